from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    churn_score_currency_id = fields.Many2one(related="company_id.currency_id", string="Currency of the Bands")
    churn_watch = fields.Float(related="company_id.churn_watch", readonly=False)
    churn_high = fields.Float(related="company_id.churn_high", readonly=False)
    churn_money_high = fields.Monetary(
        related="company_id.churn_money_high", readonly=False, currency_field="churn_score_currency_id"
    )
    churn_money_critical = fields.Monetary(
        related="company_id.churn_money_critical", readonly=False, currency_field="churn_score_currency_id"
    )
