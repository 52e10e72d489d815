from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    churn_contact_level = fields.Float(related="company_id.churn_contact_level", readonly=False)
    churn_team_size = fields.Integer(related="company_id.churn_team_size", readonly=False)
    churn_key_team_size = fields.Integer(related="company_id.churn_key_team_size", readonly=False)
