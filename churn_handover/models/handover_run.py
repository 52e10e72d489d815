from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

BATCH = 1000  # lines that are moved in one transaction


class ChurnHandover(models.Model):
    """Running a confirmed plan, batch by batch, and taking it back."""

    _inherit = "churn.handover"

    def action_confirm(self):
        """Check the plan and make it binding."""
        self.check_access("write")
        self._confirm()

    def action_run_now(self):
        """Run the plan today, whatever its change date."""
        self.check_access("write")
        self._confirm()
        self.line_ids.filtered(lambda line: line.state == "confirmed").change_date = fields.Date.context_today(self)
        self._run()

    def action_undo(self):
        """Give back everything that still is as the transfer left it."""
        self.check_access("write")
        self._undo()

    def _due_lines(self):
        today = fields.Date.context_today(self)
        return self.line_ids.filtered(lambda line: line.state == "confirmed" and line.change_date <= today)

    def _run(self):
        """Move all lines that are due, in this transaction; a line that another session is moving is left to it."""
        for handover in self:
            while lines := handover._next_batch():
                handover._run_batch(lines)
            handover._finish()

    def _next_batch(self):
        """Return the next lines to move, locked; the default line comes last and alone, to sweep up the rest."""
        due = self._due_lines()
        accounts = due.filtered("account_id")
        batch = (accounts[:BATCH] or due).try_lock_for_update()
        batch.invalidate_recordset(["state"])
        return batch.filtered(lambda line: line.state == "confirmed")

    def _run_batch(self, lines):
        """Move the lines; those whose successor cannot take over any more are stopped, the others go on."""
        lines._stop_refused()
        lines = lines.filtered(lambda line: line.state == "confirmed")
        if not lines:
            return
        self.state = "running"
        self.env["churn.transfer"]._execute(self, lines)
        lines.write({"state": "done", "moved_at": fields.Datetime.now()})

    def _finish(self):
        if self.line_ids and all(line.state in ("done", "undone", "cancelled") for line in self.line_ids):
            self.state = "done"

    @api.model
    def _cron_run_due(self):
        """Run the plans whose day has come."""
        domain = Domain("state", "in", ("confirmed", "running")) & Domain(
            "line_ids", "any", [("state", "=", "confirmed"), ("change_date", "<=", fields.Date.context_today(self))]
        )
        for handover in self.search(domain):
            handover._run()

    def _undo(self):
        """Restore what still is as the transfer left it; the rest is marked as kept, with the reason."""
        self.env["churn.undo"]._execute(self.line_ids.filtered(lambda line: line.state == "done"))
        self.state = "undone"
