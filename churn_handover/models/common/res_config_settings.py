from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    churn_overlap_days = fields.Integer(related="company_id.churn_overlap_days", readonly=False)
    churn_key_overlap_days = fields.Integer(related="company_id.churn_key_overlap_days", readonly=False)
