from odoo import api, fields, models


class ChurnHandover(models.Model):
    """The end of a departure: whatever became of the plan, the user is archived on the last day, after the transfer."""

    _inherit = "churn.handover"

    # Whoever may not archive users may not have it done by a plan either; personnel's door sets it for own employees.
    archive_predecessor = fields.Boolean(groups="base.group_erp_manager")

    @api.model
    def _cron_run_due(self):
        self._start_due_departures()
        result = super()._cron_run_due()
        leaving = self.search(
            [
                ("archive_predecessor", "=", True),
                ("predecessor_id.active", "=", True),
                ("change_date", "<=", fields.Date.context_today(self)),
                ("state", "in", ("confirmed", "running", "done")),
            ]
        )
        for handover in leaving:
            handover._archive_predecessor()
        return result

    @api.model
    def _start_due_departures(self):
        """Start the drafts of those who leave today though nobody confirmed: what was chosen so far is carried out.

        Accounts without a successor are stopped: the manager's list.
        """
        drafts = self.search(
            [
                ("archive_predecessor", "=", True),
                ("state", "=", "draft"),
                ("change_date", "<=", fields.Date.context_today(self)),
            ]
        )
        for handover in drafts:
            taken = [("account_id", "in", handover._taken(handover.line_ids.account_id).ids)]
            handover.line_ids.filtered_domain(taken).unlink()
            handover._start()
            handover._message_log(
                body=handover._told_in(handover.user_id).env._(
                    "The last day has come without confirmation: started as it stands."
                )
            )

    def _archive_predecessor(self):
        """Archive the leaver where the plan says so, not before the last day; logged, so that undo gives the user back.

        Stopped lines do not hold it back: they are on the manager's list. Lines that are still to move do.
        """
        waits = self.line_ids.filtered(lambda line: line.state == "confirmed")
        early = self.change_date > fields.Date.context_today(self)
        leaver = self.predecessor_id
        if not self.archive_predecessor or not leaver.active or waits or early or leaver == self.env.user:
            return
        # sudo: whoever planned the departure was allowed to say that the user is archived after it
        leaver.sudo().with_context(churn_archive_only=True).action_archive()
        line = self.default_line_id or self.line_ids[:1]
        self.env["churn.change"].sudo()._log_value(  # sudo: the log is the engine's
            line, leaver, "active", old=True, new=False
        )
