from odoo import fields, models
from odoo.exceptions import AccessError


class ChurnHandoverWords(models.TransientModel):
    """Lets successor and predecessor write their part of the customer's letter."""

    _name = "churn.handover.words"
    _description = "Words for the Customer"

    line_id = fields.Many2one("churn.handover.line", required=True, readonly=True, ondelete="cascade")
    words_adds = fields.Text(string="What the Successor Adds")
    words_known = fields.Text(string="Need Not Be Explained Again")

    def action_save(self):
        line = self.line_id
        line.check_access("read")
        if self.env.user not in line.predecessor_id | line.successor_id and not line.has_access("write"):
            raise AccessError(self.env._("Only those concerned write to this customer."))
        # sudo: two texts of those concerned; the line itself is changed by planners only
        line.sudo().write({"words_adds": self.words_adds, "words_known": self.words_known})
