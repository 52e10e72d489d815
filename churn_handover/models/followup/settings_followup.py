from odoo import fields, models

from ..safeguard.safeguard import DEFAULT_LIMIT


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    churn_safeguard_limit = fields.Integer(
        string="Changes an Hour While Leaving",
        default=DEFAULT_LIMIT,
        config_parameter="churn_handover.safeguard_limit",
    )
