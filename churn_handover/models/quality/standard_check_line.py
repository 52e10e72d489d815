from odoo import fields, models


class ChurnStandardCheckLine(models.Model):
    """A point of the list as it was on the day of the check, to tick."""

    _name = "churn.standard.check.line"
    _description = "Point of a Check"
    _order = "sequence, id"

    check_id = fields.Many2one("churn.standard.check", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Point", required=True)
    result = fields.Selection(
        [("unseen", "Not Seen"), ("kept", "Kept"), ("missed", "Not Kept")], required=True, default="unseen"
    )
