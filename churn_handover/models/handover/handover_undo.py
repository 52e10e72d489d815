from odoo import models
from odoo.exceptions import UserError

from ..common.listed import listed


class ChurnHandover(models.Model):
    """Taking a handover back."""

    _inherit = "churn.handover"

    def action_undo(self):
        """Give back everything that still is as the transfer left it, and show what is not."""
        self.ensure_one()
        self.check_access("write")
        self._undo()
        if self.kept_count:
            return self.action_view_kept()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Everything was given back. Mails that were sent cannot be taken back."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _undo(self, lines=None):
        """Restore what still is as the transfer left it; the rest is marked as kept, with the reason.

        :param lines: only these; default all
        :raise UserError: nothing has moved, or the predecessor is no active user any more
        """
        plans = self.sudo()  # sudo: the right to the plan was checked; the engine writes what the manager may not
        for handover in plans:
            chosen = (lines.sudo() if lines else handover.line_ids).filtered(lambda line: line.state == "done")
            handover._check_undo(chosen)
            chosen._lock()
            self.env["churn.undo"].sudo()._execute(chosen.filtered(lambda line: line.state == "done"))  # sudo: as above
            over = chosen
            if not handover.line_ids.filtered(lambda line: line.state == "done"):
                waiting = handover.line_ids.filtered(lambda line: line.state != "undone")
                waiting.write({"state": "cancelled"})
                over |= waiting
                handover.state = "undone"
            over._sync_overlap()
            handover._log_undo(chosen)

    def _check_undo(self, lines):
        if not lines:
            raise UserError(self.env._("%(name)s: nothing has moved, there is nothing to undo.", name=self.name))
        gone = lines.predecessor_id.filtered(lambda user: not user.active)
        archived_by_plan = self.env["churn.change"].search(
            [
                ("handover_id", "=", self.id),
                ("res_model", "=", "res.users"),
                ("field_name", "=", "active"),
                ("state", "=", "applied"),
            ]
        )
        gone -= gone.browse(archived_by_plan.mapped("res_id"))
        if gone:
            raise UserError(
                self.env._(
                    "%(names)s is archived: accounts would go to somebody who is not there. Unarchive the user first.",
                    names=listed(self.env, gone.mapped("name")),
                )
            )
