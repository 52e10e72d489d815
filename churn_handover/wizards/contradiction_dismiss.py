from odoo import fields, models


class ChurnContradictionDismiss(models.TransientModel):
    """Asks why a contradiction is all right; which ones is in the context."""

    _name = "churn.contradiction.dismiss"
    _description = "Dismiss a Contradiction"

    reason = fields.Text(required=True)

    def action_dismiss(self):
        self.ensure_one()
        found = self.env["churn.contradiction"].browse(self.env.context.get("active_ids", []))
        found._dismiss(self.reason)
        return {"type": "ir.actions.act_window_close"}
