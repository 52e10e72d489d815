from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

TODO = "mail.mail_activity_data_todo"
GC_BATCH = 500


class ChurnCase(models.Model):
    """From the proposal to the answer: the salesperson is told, and agrees or appeals."""

    _inherit = "churn.case"

    def action_tell(self):
        """Tell the salesperson why, and ask for an answer."""
        self._check_manager()
        for case in self:
            if case.state != "proposed":
                raise UserError(self.env._("%(user)s has been told already.", user=case.user_id.name))
            if case.cause == "decision" and not case.reason_text:
                raise UserError(self.env._("Write down the reason: the salesperson is told what you enter there."))
            deadline = fields.Date.context_today(self) + timedelta(days=case.company_id.churn_case_days)
            flow = case.sudo()  # sudo: the right to the case was checked; the state is nobody's to write
            flow.write({"state": "told", "deadline": deadline})
            flow.activity_schedule(
                TODO,
                date_deadline=deadline,
                summary=self.env._("Agree, or appeal with a plan"),
                user_id=case.user_id.id,
            )

    def action_dismiss(self):
        """There is nothing to it; the salesperson never hears of a case that was not told."""
        self._check_manager()
        if any(case.state != "proposed" for case in self):
            raise UserError(self.env._("The salesperson knows of this case: decide it."))
        self.sudo().state = "dismissed"  # sudo: the right to the case was checked

    def action_agree(self):
        self._answer("agree")

    def _answer(self, answer, text=False):
        """The salesperson answers; once, and in time or late, as long as nothing is decided.

        :param answer: "agree" or "appeal"
        :param text: the plan with which the account is to be kept
        """
        for case in self:
            if case.user_id != self.env.user:
                raise AccessError(self.env._("Only %(user)s answers here.", user=case.user_id.name))
            if case.state != "told" and case.answer != "silent":
                raise UserError(self.env._("This case is answered or decided already."))
            # sudo: the salesperson's only right is this answer, checked above
            case.sudo()._record_answer(answer, text)

    def _record_answer(self, answer, text=False):
        self.write(
            {
                "state": "answered",
                "answer": answer,
                "answer_text": text,
                "answer_date": fields.Date.context_today(self) if answer != "silent" else False,
            }
        )
        self.activity_unlink([TODO])
        self.activity_schedule(
            TODO,
            summary=self.env._("Decide the case"),
            user_id=self.manager_id.id,
        )

    def _check_manager(self):
        self.check_access("write")
        self._check_not_mine()

    @api.model
    def _cron_flow(self):
        """End the time to answer, measure probations that are over and conditions that are due, find promises kept."""
        today = fields.Date.context_today(self)
        steps = self.env["churn.steps"]
        for case in self.search([("state", "=", "told"), ("deadline", "<", today)]):
            steps._each(case, "_record_answer", "silent")
        over = [("state", "=", "probation"), ("probation_to", "<", today), ("probation_measured", "=", False)]
        steps._each(self.search(over), "_measure")
        steps._each(self._due_returns(), "_measure_return")
        self.env["churn.case.compensation"]._find_given()

    @api.autovacuum
    def _gc_expired(self):
        """Delete decided cases after the company's retention period of feedback: they name people as feedback does."""
        expired = self.browse()
        for company in self.env["res.company"].search([("churn_feedback_months", ">", 0)]):
            limit = fields.Datetime.subtract(fields.Datetime.now(), months=company.churn_feedback_months)
            decided = [("state", "in", ("closed", "dismissed")), ("write_date", "<", limit)]
            expired |= self.search([("company_id", "=", company.id), *decided], limit=GC_BATCH - len(expired))
            if len(expired) == GC_BATCH:
                break
        count = len(expired)
        expired.unlink()
        return count, count == GC_BATCH
