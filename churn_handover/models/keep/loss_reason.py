from odoo import fields, models


class ChurnLossReason(models.Model):
    """Why customers leave; more reasons are more rows."""

    _name = "churn.loss.reason"
    _description = "Loss Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="Known to the program: proposed by rule.", readonly=True, copy=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    winnable = fields.Boolean(
        default=True, string="Can Come Back", help="Off: closed or moved customers are not worked on."
    )
    measure_ids = fields.Many2many("churn.measure", string="Win-Back Plays")
