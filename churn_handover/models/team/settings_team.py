from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    churn_contradiction = fields.Float(related="company_id.churn_contradiction", readonly=False)
