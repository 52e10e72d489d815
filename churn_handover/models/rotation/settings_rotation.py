from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    churn_case_days = fields.Integer(related="company_id.churn_case_days", readonly=False)
    churn_case_least_loss = fields.Monetary(
        related="company_id.churn_case_least_loss", readonly=False, currency_field="churn_score_currency_id"
    )
