from odoo import fields, models


class ChurnHandoverLine(models.Model):
    """What is at stake with each account, for whoever chooses its successor: as far as the reader may see it."""

    _inherit = "churn.handover.line"

    currency_id = fields.Many2one(related="account_id.churn_currency_id", related_sudo=False)
    revenue_12m = fields.Monetary(related="account_id.churn_revenue_12m", related_sudo=False)
    is_key_account = fields.Boolean(related="account_id.churn_is_key_account", related_sudo=False)
    risk_band = fields.Selection(related="account_id.churn_risk_band", related_sudo=False)
