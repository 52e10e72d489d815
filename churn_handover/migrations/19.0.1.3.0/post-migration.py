"""Bring what Odoo leaves alone in an update to this version: shipped data that nobody has edited."""

from odoo import SUPERUSER_ID, api

from odoo.addons.churn_handover.shipped import reload_data, reload_rules

RULES = ()
DATA = (
    "followup_data",
    "letter_template_absence_data",
    "letter_template_data",
    "message_kind_data",
)


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    reload_rules(env, RULES)
    reload_data(env, DATA)
