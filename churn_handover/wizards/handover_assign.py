from odoo import fields, models
from odoo.fields import Command


class ChurnHandoverAssign(models.TransientModel):
    """Gives many lines to one successor at once."""

    _name = "churn.handover.assign"
    _description = "Assign a Successor"

    line_ids = fields.Many2many(
        "churn.handover.line",
        string="Lines",
        required=True,
        default=lambda self: [Command.set(self.env.context.get("active_ids") or [])],
    )
    line_count = fields.Integer(compute="_compute_line_count")
    successor_id = fields.Many2one("res.users", required=True, domain=[("share", "=", False)])

    def _compute_line_count(self):
        for wizard in self:
            wizard.line_count = len(wizard.line_ids)

    def action_assign(self):
        self.line_ids.write({"successor_id": self.successor_id.id})
        # The list, and the numbers in the panel beside it.
        return {"type": "ir.actions.client", "tag": "soft_reload"}
