from odoo import fields, models


class ChurnStandardPoint(models.Model):
    """One thing to look at, that is kept or is not."""

    _name = "churn.standard.point"
    _description = "Point of a Service Standard"
    _order = "sequence, id"

    standard_id = fields.Many2one("churn.standard", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Point", required=True, translate=True)
