"""Bring what Odoo leaves alone in an update to this version: record rules, and places that no mail will ever use."""

from odoo import SUPERUSER_ID, api

from odoo.addons.churn_handover.shipped import reload_rules

RULES = ("team",)


def migrate(cr, version):
    # Of mailings that were deleted while their places were on their way; since then deleting gives them back.
    cr.execute("UPDATE churn_place SET state = 'freed' WHERE state = 'reserved' AND mailing_id IS NULL")
    reload_rules(api.Environment(cr, SUPERUSER_ID, {}), RULES)
