from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    churn_loss_gaps = fields.Float(related="company_id.churn_loss_gaps", readonly=False)
    churn_loss_days = fields.Integer(related="company_id.churn_loss_days", readonly=False)
