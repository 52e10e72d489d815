from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    churn_refreshed_on = fields.Date(
        string="Account Figures Refreshed on",
        readonly=True,
        copy=False,
        help="So that the nightly work can go on where it stopped.",
    )
