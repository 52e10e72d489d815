from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    churn_account_ids = fields.One2many("churn.account", "partner_id", string="Account Figures")
    churn_member_ids = fields.One2many("churn.team.member", "account_id", string="Account Team")
    churn_assignment_ids = fields.One2many("churn.assignment", "account_id", string="Assignment History")
