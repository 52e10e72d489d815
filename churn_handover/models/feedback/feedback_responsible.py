from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .feedback import OPEN_STATES

TODO = "mail.mail_activity_data_todo"
DEADLINE_DAYS = {"critical": 0, "high": 1, "normal": 3, "low": 7}


class ChurnFeedback(models.Model):
    """Who takes care of feedback: never whom it is about, and above that person when it is a leader."""

    _inherit = "churn.feedback"

    def _assign_responsible(self):
        """Give open feedback without one a responsible person, and that person a task."""
        todo = self.sudo().filtered(
            lambda f: f.state in OPEN_STATES
        )  # sudo: who enters feedback need not see who leads
        for feedback in todo:
            if not feedback.user_id:
                feedback.user_id = feedback._find_responsible()
            feedback._schedule_task()

    def _schedule_task(self):
        """Put the feedback on the task list of its responsible person, once, in the name of the system."""
        self = self.with_user(api.SUPERUSER_ID)
        if not self.user_id or self.activity_search([TODO]):
            return
        deadline = fields.Date.context_today(self) + timedelta(days=DEADLINE_DAYS[self.severity])
        self.activity_schedule(
            TODO, date_deadline=deadline, summary=self.env._("Answer the customer"), user_id=self.user_id.id
        )

    def _follow_up(self, vals):
        """Keep the task with the responsible person, and end it with the feedback."""
        feedback = self.sudo()  # sudo: the task may belong to a colleague
        if vals.get("withheld_user_ids"):
            for record in feedback:
                concerned = record._concerned()
                record.activity_ids.filtered_domain([("user_id", "in", concerned.ids)]).user_id = record.user_id
        if vals.get("state") in ("solved", "withdrawn"):
            feedback.activity_unlink([TODO])
        elif vals.get("user_id") or vals.get("state"):
            if vals.get("user_id"):
                feedback.activity_reschedule([TODO], new_user_id=vals["user_id"])
            for record in feedback.filtered(lambda f: f.state in OPEN_STATES):
                record._schedule_task()

    def _find_responsible(self):
        """Return who takes care: the leader of the person or of the account's owner, a superior, any manager.

        About a leader or manager the superior of the personnel file comes before the sales team's leader.
        Who is concerned, archived or not in the feedback's company is passed over; nobody may be left.
        """
        self.ensure_one()
        person = self.about_user_id or self.account_id.user_id
        leaders = person.crm_team_member_ids.crm_team_id.user_id
        superiors = self._superiors_of(person | self.withheld_user_ids)
        candidates = [superiors, leaders] if self.about_superior else [leaders, superiors]
        managers = self.env.ref("churn_handover.group_churn_manager").all_user_ids
        if self.create_uid in managers:
            candidates.append(self.create_uid)
        for users in [*candidates, managers]:
            fit = users.filtered(
                lambda user: user.active
                and not user.share
                and user not in self._concerned()
                and self.company_id in user.company_ids
                and user.id != api.SUPERUSER_ID
            )
            if fit:
                return fit[0]
        return self.env["res.users"]

    @api.model
    def _superiors_of(self, users):
        """Return the superiors of users by their personnel files, nearest first."""
        employees = users.employee_ids.parent_id
        chain = self.env["hr.employee"]
        while employees - chain:
            chain |= employees
            employees = employees.parent_id
        return chain.user_id

    @api.model
    def _cron_assign(self):
        """Find a new responsible person for open feedback whose own has left, and give lost tasks back."""
        open_feedback = Domain("state", "in", OPEN_STATES)
        left = self.search(open_feedback & (Domain("user_id", "=", False) | Domain("user_id.active", "=", False)))
        left.user_id = False
        orphans = self.env["mail.activity"].search(
            [("res_model", "=", self._name), ("user_id.active", "=", False), ("automated", "=", True)]
        )
        orphans.unlink()
        without_task = open_feedback & Domain("activity_ids", "not any", [("automated", "=", True)])
        (left | self.search(without_task & Domain("user_id", "!=", False)))._assign_responsible()
