from odoo.tools import babel_locale_parse, get_lang


def listed(env, names):
    """Return names as the language of the environment separates them: with 、 in Chinese. Empty ones are left out."""
    pattern = babel_locale_parse(get_lang(env).code).list_patterns["standard"]["middle"]
    return pattern.format("", "").join(name for name in names if name)
