from odoo import models
from odoo.exceptions import UserError


class ChurnAccount(models.Model):
    """From a customer at risk to what is done about it."""

    _inherit = "churn.account"

    def action_start_programme(self):
        """A draft programme for the chosen customers."""
        if not self:
            raise UserError(self.env._("Choose at least one customer."))
        lost = self.filtered(lambda account: account.score_status == "lost")
        if lost and lost != self:
            raise UserError(
                self.env._("Lost customers need another programme than those still here: choose them apart.")
            )
        return self.env["churn.programme"]._propose(self, "win_back" if lost else "retain")._open()

    def action_note_loss(self):
        """The customer left: enter why; or see the loss that is known."""
        self.ensure_one()
        known = self.env["churn.loss"].search([("account_id", "=", self.id), ("state", "=", "lost")], limit=1)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Lost Customer"),
            "res_model": "churn.loss",
            "res_id": known.id,
            "view_mode": "form",
            "context": {"default_account_id": self.id},
        }
