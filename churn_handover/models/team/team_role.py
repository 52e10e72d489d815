from odoo import fields, models


class ChurnTeamRole(models.Model):
    """What somebody does for an account: account manager, engineer, after-sales …"""

    _name = "churn.team.role"
    _description = "Account Team Role"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    customer_visible = fields.Boolean(
        string="Shown to Customer",
        default=True,
        help="New members with this role are shown to the customer unless the member row says otherwise.",
    )
