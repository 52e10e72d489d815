from babel.dates import format_skeleton

from odoo.tools.misc import babel_locale_parse, get_lang


def month_words(env, month, skeleton="yMMM"):
    """A month as the reader's language writes it: in Chinese the year comes first.

    :param month: any date of the month
    :param skeleton: parts to show, as in CLDR: ``yMMM`` is Nov 2026, ``yMMMM`` November 2026
    """
    return format_skeleton(skeleton, month, locale=babel_locale_parse(get_lang(env).code))
