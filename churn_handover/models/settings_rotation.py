from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    churn_case_days = fields.Integer(related="company_id.churn_case_days", readonly=False)
