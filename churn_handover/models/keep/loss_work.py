from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date, html2plaintext


class ChurnLoss(models.Model):
    """Who is being won back, and whose task of it is due: what the page Today asks."""

    _inherit = "churn.loss"

    is_worked_on = fields.Boolean(
        string="Being Won Back",
        compute="_compute_is_worked_on",
        search="_search_is_worked_on",
        groups="churn_handover.group_churn_leader",
        help="In a running programme that wins back.",
    )
    my_task_due = fields.Boolean(
        string="My Task Is Due",
        compute="_compute_my_task_due",
        search="_search_my_task_due",
        help="A task of a programme that wins this customer back is yours, and its day has come.",
    )

    my_task_text = fields.Text(
        string="My Task", compute="_compute_my_task_text", help="What is to do to win this customer back, and is yours."
    )

    @api.depends("account_id")
    def _compute_is_worked_on(self):
        found = self._running_members().account_id
        for loss in self:
            loss.is_worked_on = loss.state == "lost" and loss.account_id in found

    def _search_is_worked_on(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("state", "=", "lost") & Domain("account_id", "in", self._running_members().account_id.ids)

    @api.model
    def _running_members(self):
        # sudo: a leader learns that a customer is in work, also when another leader does it, but not by whom
        return self.env["churn.programme.member"].sudo().search([("running_purpose", "=", "win_back")])

    @api.depends_context("uid", "tz")
    @api.depends("account_id")
    def _compute_my_task_due(self):
        found = self._my_due_tasks()
        for loss in self:
            loss.my_task_due = loss.account_id in found

    def _search_my_task_due(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("account_id", "in", self._my_due_tasks().ids)

    @api.depends_context("uid", "lang")
    @api.depends("account_id")
    def _compute_my_task_text(self):
        tasks = self._my_tasks()
        for loss in self:
            mine = tasks.filtered(lambda task, loss=loss: loss.account_id == task.churn_member_id.account_id)
            loss.my_task_text = "\n".join(loss._task_sentence(task) for task in mine) if loss.state == "lost" else False

    def _task_sentence(self, task):
        words = (task.summary or task.activity_type_id.name, html2plaintext(task.note or "").strip())
        return self.env._(
            "Your task, due on %(date)s: %(task)s",
            date=format_date(self.env, task.date_deadline),
            task=". ".join(filter(None, words)),
        )

    def action_my_task_done(self):
        self.ensure_one()
        tasks = self._my_tasks().filtered(lambda task: task.churn_member_id.account_id == self.account_id)
        tasks.sudo(False).action_feedback()

    def action_open_customer(self):
        return self.account_id.action_open_customer()

    @api.model
    def _my_due_tasks(self):
        """Accounts with a task of the reader, who may not see that a programme gave it."""
        today = fields.Date.context_today(self)
        found = self._my_tasks().filtered(lambda task: task.date_deadline <= today)
        return found.churn_member_id.account_id.sudo(False)

    @api.model
    def _my_tasks(self):
        """Open tasks of the reader that win a customer back, due or not."""
        # sudo: only the reader's own tasks are looked at
        tasks = self.env["mail.activity"].sudo()
        mine = [("user_id", "=", self.env.uid), ("churn_member_id.running_purpose", "=", "win_back")]
        return tasks.search(mine, order="date_deadline, id")
