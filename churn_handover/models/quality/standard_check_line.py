from odoo import api, fields, models


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

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.check_id._check_not_of_me()
        return lines

    def write(self, vals):
        self.check_id._check_not_of_me()
        result = super().write(vals)
        self.check_id._check_not_of_me()
        return result
