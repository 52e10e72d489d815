"""Bring what Odoo leaves alone in an update to this version: shipped data that nobody has edited."""

from odoo import SUPERUSER_ID, api

from odoo.addons.churn_handover.analytics.segments import CUTS
from odoo.addons.churn_handover.shipped import reload_data

DATA = (
    "followup_data",
    "letter_template_absence_data",
    "letter_template_data",
    "today_data",
)


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    reload_data(env, DATA)
    forget_found_names(env)


def forget_found_names(env):
    """Of found segments only names that people gave are kept: the program wrote conditions, in one language."""
    segments = env["churn.segment"].with_context(active_test=False)
    written = set()
    for code, __ in env["res.lang"].get_installed():
        reader = segments.with_context(lang=code)
        written.add(reader._rule_name())  # of no rule: all customers
        for feature, cuts in CUTS.items():
            bounds = [(low, high) for low in (None, *cuts) for high in (None, *cuts) if (low, high) != (None, None)]
            written.update(reader._condition_text(feature, low, high) for low, high in bounds)
    found = segments.search([("kind", "=", "found"), ("own_name", "!=", False)])
    found.filtered(lambda segment: written.issuperset(segment.own_name.split("; "))).own_name = False
