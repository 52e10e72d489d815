from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..common.mail_link import mail_link

TODO = "mail.mail_activity_data_todo"
DONE_FIELDS = frozenset(("done_date", "done_by_id", "handover_id", "task_id"))


class ChurnChecklistItem(models.Model):
    """One thing outside Odoo of one departure: who sees to it, by when, and what proves it."""

    _name = "churn.checklist.item"
    _description = "Departure Checklist"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "done_date desc, due_date, id"  # what is not done first
    _rec_name = "task_id"

    handover_id = fields.Many2one("churn.handover", required=True, index=True, ondelete="cascade")
    leaver_id = fields.Many2one(related="handover_id.predecessor_id", string="Who Leaves")
    task_id = fields.Many2one("churn.checklist.task", string="What", required=True, ondelete="restrict")
    hint = fields.Char(related="task_id.hint")
    user_id = fields.Many2one(
        "res.users",
        string="Sees to It",
        index="btree_not_null",
        ondelete="set null",
        domain=[("share", "=", False)],
    )
    due_date = fields.Date(required=True)
    proof = fields.Char(help="What shows that it was done: a number, a name, where to look.")
    done_date = fields.Date(string="Done on", readonly=True)
    done_by_id = fields.Many2one("res.users", string="Done by", ondelete="set null", readonly=True)
    is_overdue = fields.Boolean(compute="_compute_is_overdue")

    _task_unique = models.UniqueIndex("(handover_id, task_id)", "This task is on the list already.")

    @api.depends("due_date", "done_date")
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for item in self:
            item.is_overdue = bool(item.due_date) and not item.done_date and item.due_date < today

    @api.model_create_multi
    def create(self, vals_list):
        items = super(ChurnChecklistItem, self.with_context(mail_create_nosubscribe=True)).create(vals_list)
        items._schedule()
        return items

    def write(self, vals):
        if not self.env.su and not DONE_FIELDS.isdisjoint(vals):
            raise AccessError(self.env._("A task is marked as done by its button only."))
        result = super().write(vals)
        if "user_id" in vals or "due_date" in vals:
            self._schedule()
        return result

    def _schedule(self):
        """Keep one task with whoever sees to it."""
        own = self.sudo()  # sudo: a task for a colleague
        own.activity_unlink([TODO])
        for item in own.filtered(lambda item: item.user_id.active and not item.done_date):
            item.activity_schedule(
                TODO,
                user_id=item.user_id.id,
                date_deadline=item.due_date,
                summary=item.with_context(lang=item.user_id.lang or self.env.lang).task_id.name,
            )

    def _tell_doers(self):
        """Send everybody one mail with all that is to do, by when; nobody about what they have just planned themselves.

        The tasks are of one departure.
        """
        plan = self.handover_id
        todo = self.sudo().filtered(lambda item: not item.done_date)  # sudo: tasks of colleagues
        for user, items in todo.grouped("user_id").items():
            if not user.active or user == self.env.user:
                continue
            told = plan._told_in(user)
            rows = [
                told.env._(
                    "%(task)s, until %(date)s",
                    task=mail_link(item.with_env(told.env)),
                    date=format_date(told.env, item.due_date),
                )
                for item in items.sorted("due_date")
            ]
            names = {"name": plan.predecessor_id.name, "plan": mail_link(told)}
            if user == plan.predecessor_id:
                subject = told.env._("Before you leave: what you see to outside Odoo")
                intro = told.env._("this is to be done before you leave (%(plan)s), and you see to it:", **names)
            else:
                subject = told.env._("%(name)s leaves: what you see to outside Odoo", **names)
                intro = told.env._(
                    "%(name)s leaves (%(plan)s). This is to be done outside Odoo, and you see to it:", **names
                )
            body = told.env["ir.qweb"]._render(
                "churn_handover.checklist_notice",
                {"greeting": told.env._("Hello %(name)s,", name=user.name), "intro": intro, "rows": rows},
            )
            self.env["mail.thread"].message_notify(
                partner_ids=user.partner_id.ids,
                author_id=plan.user_id.partner_id.id,
                notify_author=True,
                subject=subject,
                body=body,
            )

    def _call_off(self):
        """Nobody leaves: nothing has to be done, and nobody has to follow it."""
        self.activity_unlink([TODO])
        self.message_unsubscribe(self.message_partner_ids.ids)

    def action_done(self):
        """It was done, and this proves it."""
        self.check_access("write")
        for item in self:
            if not (item.proof or "").strip():
                raise UserError(
                    self.env._(
                        "%(task)s: write down what proves it before you mark it as done.", task=item.task_id.name
                    )
                )
        own = self.sudo()  # sudo: the right to the item was checked; the day and who are not typed
        own.write({"done_date": fields.Date.context_today(self), "done_by_id": self.env.uid})
        own.activity_unlink([TODO])

    def action_not_done(self):
        self.check_access("write")
        self.sudo().write({"done_date": False, "done_by_id": False})  # sudo: as in action_done
        self._schedule()
