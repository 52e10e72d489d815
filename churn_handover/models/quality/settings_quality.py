from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    churn_message_cap = fields.Integer(related="company_id.churn_message_cap", readonly=False)
    churn_message_key_cap = fields.Integer(related="company_id.churn_message_key_cap", readonly=False)
    churn_mailings_obey = fields.Boolean(related="company_id.churn_mailings_obey", readonly=False)
