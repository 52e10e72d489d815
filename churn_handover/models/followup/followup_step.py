from odoo import fields, models


class ChurnFollowupStep(models.Model):
    """When after a change the manager asks how it goes, and when the customer is asked; data that a manager changes."""

    _name = "churn.followup.step"
    _description = "Follow-up Step"
    _order = "days, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    days = fields.Integer(string="Days After the Change", required=True, default=30)
    tier_ids = fields.Many2many("churn.handover.tier", string="Tiers", help="Empty: for every tier.")
    ask_manager = fields.Boolean(
        string="Manager Calls", default=True, help="The manager gets a task with three questions for the customer."
    )
    ask_customer = fields.Boolean(
        string="Customer Rates", help="The customer gets a mail with three smileys. Nobody rated can read the answer."
    )

    _days_positive = models.Constraint("CHECK(days > 0)", "A follow-up comes after the change.")
