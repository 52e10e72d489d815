from babel.dates import get_timezone_name

from odoo.tools import babel_locale_parse, get_lang


def zone_name(env, tz):
    """Return a time zone as people call it, such as Central European Time, in the language of the environment.

    :param tz: a time zone, or its name
    """
    name = str(tz)
    if "/" not in name or name.startswith("Etc/"):
        return name.removeprefix("Etc/")  # of these people know nothing else; babel calls them an unknown region
    return get_timezone_name(tz, locale=babel_locale_parse(get_lang(env).code))
