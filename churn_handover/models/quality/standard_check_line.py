from odoo import fields, models


class ChurnStandardCheckLine(models.Model):
    """A point of the list as it was on the day of the check, to tick."""

    _name = "churn.standard.check.line"
    _description = "Point of a Check"
    _inherit = ["churn.guarded"]
    _order = "sequence, id"

    check_id = fields.Many2one("churn.standard.check", required=True, index=True, ondelete="cascade", readonly=True)
    sequence = fields.Integer(default=10, readonly=True)
    name = fields.Char(string="Point", required=True, readonly=True)
    result = fields.Selection(
        [("unseen", "Not Seen"), ("kept", "Kept"), ("missed", "Not Kept")], required=True, default="unseen"
    )

    def write(self, vals):
        self.check_id._check_not_of_me()
        self.check_id._check_open()
        return super().write(vals)
