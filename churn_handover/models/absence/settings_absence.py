from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    churn_absence_days = fields.Float(related="company_id.churn_absence_days", readonly=False)
