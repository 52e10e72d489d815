from odoo import api, fields, models
from odoo.exceptions import AccessError


class ChurnHandoverWords(models.TransientModel):
    """Lets successor and predecessor write their part of the customer's letter, and see what the customer will read."""

    _name = "churn.handover.words"
    _description = "Words for the Customer"

    line_id = fields.Many2one("churn.handover.line", required=True, readonly=True, ondelete="cascade")
    words_adds = fields.Text(string="What the Successor Adds")
    words_known = fields.Text(string="Need Not Be Explained Again")
    is_sent = fields.Boolean(compute="_compute_is_sent")
    preview = fields.Html(string="The Letter", compute="_compute_preview", sanitize=False)

    @api.depends("line_id")
    def _compute_is_sent(self):
        for wizard in self:
            concerned = wizard.line_id.has_access("read")
            # sudo: whether a letter has left, nothing else of it
            letters = wizard.line_id.sudo().letter_item_ids.letter_id if concerned else self.env["churn.letter"]
            wizard.is_sent = bool(letters.filtered(lambda letter: letter.state not in ("draft", "cancelled")))

    @api.depends("line_id", "words_adds", "words_known")
    def _compute_preview(self):
        for wizard in self:
            line = wizard.line_id._origin
            words = {"words_adds": wizard.words_adds, "words_known": wizard.words_known}
            concerned = line and line.has_access("read")
            wizard.preview = self.env["churn.letter"]._rehearse(line, words) if concerned else False

    def action_save(self):
        line = self.line_id
        line.check_access("read")
        if self.env.user not in line.predecessor_id | line.successor_id and not line.has_access("write"):
            raise AccessError(self.env._("Only those concerned write to this customer."))
        # sudo: two texts of those concerned; the line itself is changed by planners only
        line.sudo().write({"words_adds": self.words_adds, "words_known": self.words_known})
