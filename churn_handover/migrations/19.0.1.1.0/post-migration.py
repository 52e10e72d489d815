"""Bring what Odoo leaves alone in an update to this version: record rules, and shipped data that nobody has edited.

Rules that stay old would leave team leaders without rights that the new screens count on, and shipped texts would lack
what the new ones say.
"""

from odoo import SUPERUSER_ID, api

from odoo.addons.churn_handover.shipped import reload_data, reload_rules

RULES = ("case", "dependence", "followup", "keep", "promise", "quality", "rotation", "team", "transition")
DATA = (
    "checklist_data",
    "handover_tier_data",
    "keep_data",
    "letter_template_data",
    "message_kind_data",
    "today_rotation_data",
    "today_team_data",
)


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    reload_rules(env, RULES)
    reload_data(env, DATA)
