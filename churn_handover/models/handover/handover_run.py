import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

BATCH = 2000  # accounts that are moved in one transaction
BACKGROUND_FROM = 2000  # open records; a larger plan runs in the background


class ChurnHandover(models.Model):
    """Running a confirmed plan, batch by batch."""

    _inherit = "churn.handover"

    def action_run_now(self):
        """Run the plan today, whatever its change date; a large one in the background."""
        self.ensure_one()
        self._confirm()
        # sudo: the right to the plan was checked when confirming; the transfer writes what the manager may not
        plan = self.sudo()
        today = fields.Date.context_today(self)
        if plan.state == "confirmed" and plan.change_date > today:
            plan.change_date = today
        plan.line_ids.filtered(lambda line: line.state == "confirmed" and line.change_date > today).change_date = today
        size = len(self.env["churn.transfer"]._scan(plan._predecessors()))
        if size <= BACKGROUND_FROM:
            plan._run()
            return None
        plan.state = "running"
        self.env.ref("churn_handover.cron_handover").sudo()._trigger()  # sudo: crons are the system's
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "Records that move in the background: %(count)s. You can go on working.", count=size
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _run(self):
        """Move all lines that are due, in this transaction; a line that another session is moving is left to it."""
        for handover in self:
            for _moved in handover._batches():
                continue
            handover._finish()

    @api.model
    def _cron_run_due(self):
        """Run the plans whose day has come; what is done stays done when the server is stopped in the middle."""
        domain = self._due_domain()
        commit_progress = self.env["ir.cron"]._commit_progress
        handovers = self.search(domain, order="change_date, id")
        commit_progress(remaining=self._count_due(handovers))
        for handover in handovers:
            try:
                for moved in handover._batches():
                    if not commit_progress(moved, remaining=self._count_due(handovers)):
                        return
                handover._finish()
            except Exception:
                # One plan that fails must not keep the others waiting; it is tried again with the next run.
                self.env.cr.rollback()
                _logger.exception("Handover %s could not be run", handover.id)
                handovers -= handover
            commit_progress(remaining=self._count_due(handovers))

    @api.model
    def _due_domain(self):
        due = [("state", "=", "confirmed"), ("change_date", "<=", fields.Date.context_today(self))]
        return Domain("state", "in", ("confirmed", "running")) & Domain("line_ids", "any", due)

    def _due_lines(self):
        return Domain("handover_id", "in", self.ids) & Domain(
            [("state", "=", "confirmed"), ("change_date", "<=", fields.Date.context_today(self))]
        )

    def _count_due(self, handovers):
        return self.env["churn.handover.line"].search_count(handovers._due_lines())

    def _batches(self):
        """Move the lines that are due, yielding after each batch how many were dealt with.

        Accounts first. The default line comes last, on a fresh look at what is still open: it sweeps up the rest.
        """
        self._begin()
        scan = None
        while lines := self._next_batch():
            if scan is None or lines.filtered("is_default"):
                scan = self.env["churn.transfer"]._scan(self._predecessors())
            self.state = "running"
            lines._stop_refused(scan)
            self._run_lines(lines.filtered(lambda line: line.state == "confirmed"), scan)
            yield len(lines)

    def _begin(self):
        """Make ready to move the lines that are due; called once before the first batch."""
        # A plan may have been made, or data imported, a moment ago: plans for empty tables take minutes.
        if self._count_due(self) > BATCH:
            self.env["churn.statistics"]._refresh()

    def _next_batch(self):
        """Return the next lines to move, locked: what another session is moving is passed over, and moved once."""
        lines = self.env["churn.handover.line"]
        batch = lines.search(self._due_lines() & Domain("is_default", "=", False), limit=BATCH, order="id")
        batch = batch or lines.search(self._due_lines(), limit=1)
        return batch.try_lock_for_update()

    def _run_lines(self, lines, scan):
        """Move the lines; one whose records somebody's validation refuses is stopped, the others go on."""
        if not lines:
            return
        try:
            with self.env.cr.savepoint():
                items = self.env["churn.transfer"]._execute(self, lines, scan)
        except UserError as error:
            if len(lines) == 1:
                lines._stop({lines: str(error)})
                return
            half = len(lines) // 2
            self._run_lines(lines[:half], scan)
            self._run_lines(lines[half:], scan)
            return
        lines._set_done()
        self._log_on_accounts(lines, items)
        self._log_closed(items)

    def _finish(self):
        """Tell people when nothing more is due; close the plan when nothing is left."""
        if self.env["churn.handover.line"].search_count(self._due_lines(), limit=1):
            return
        self._count_elsewhere()
        self._tell_people()
        if self.line_ids.filtered(lambda line: line.state in ("draft", "confirmed", "stopped")):
            return
        if self.state != "done":
            self.state = "done"
        self._archive_predecessor()

    def _count_elsewhere(self, scan=None):
        """Count what the predecessors still hold in companies out of the plan.

        :param scan: what the transfer found of them to move and to close, when the caller has it
        """
        if scan is None:
            scan = self.env["churn.transfer"]._scan(self._predecessors(), "move", "close")
        inside = set(self.company_ids.ids)
        total, own = scan.counts(), scan.counts(inside)
        self.elsewhere_count = sum(total.values()) - sum(own.values())
