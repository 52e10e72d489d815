"""Bring what Odoo leaves alone in an update to this version: record rules, and shipped data that nobody has edited."""

from odoo import SUPERUSER_ID, api

from odoo.addons.churn_handover.shipped import reload_data, reload_rules

RULES = ("absence", "activity_plan", "quality", "transition")
DATA = ("activity_plan_data",)


def migrate(cr, version):
    # Mailings of programmes take their places as all others do since.
    cr.execute("UPDATE mailing_mailing SET churn_reserved = TRUE WHERE churn_programme_id IS NOT NULL")
    env = api.Environment(cr, SUPERUSER_ID, {})
    reload_rules(env, RULES)
    reload_data(env, DATA)
