from odoo import fields, models
from odoo.tools import format_datetime

from .gate import OPEN_GATES


class ChurnHandoverLine(models.Model):
    """The introduction of a line: who has to be there, when they can, what was planned."""

    _inherit = "churn.handover.line"

    with_manager = fields.Boolean(
        string="Manager Comes Along", help="Times are offered only when the responsible manager is free too."
    )
    introduction_ids = fields.One2many("churn.introduction", "line_id", readonly=True, copy=False)
    may_introduce = fields.Boolean(compute="_compute_may_introduce")

    def _compute_may_introduce(self):
        for line in self:
            line.may_introduce = line._asks_for_introduction()

    def _asks_for_introduction(self):
        """Whether a meeting is still to be found for this line."""
        planned = self.introduction_ids.filtered(lambda one: one.state == "planned")
        waits = self._gates("introduced").filtered(lambda gate: gate.state in OPEN_GATES)
        # sudo: whether there is somebody to introduce, also for customers
        somebody = self.sudo().successor_id.active
        return bool(waits and somebody and not planned and self.state in ("confirmed", "stopped", "done"))

    def _introduction_users(self):
        """Return who of ours has to be free: successor, predecessor while there, the manager if wanted."""
        line = self.sudo()  # sudo: whether somebody is still there, for whoever books
        users = line.predecessor_id.filtered("active") | line.successor_id.filtered("active")
        if line.with_manager:
            users |= line.handover_id.user_id
        return users

    def _introduction_window(self):
        return self.env["churn.introduction"]._first_and_last(self)

    def _introduction_slots(self, partner, limit=6):
        """Return times at which all of ours are free, aware in the customer's time zone, earliest first."""
        if not self._asks_for_introduction():
            return []
        first, last = self._introduction_window()
        tz = self.env["churn.introduction"]._timezone(partner, self)
        return self.env["churn.diary"]._slots(self._introduction_users(), first, last, tz, limit)

    def _gate_status(self, kind):
        planned = self.introduction_ids.filtered(lambda one: one.state == "planned")
        if kind == "introduced" and planned:
            return self.env._("Meeting: %(time)s", time=format_datetime(self.env, planned[:1].start, dt_format="short"))
        return super()._gate_status(kind)

    def action_book(self):
        """Offer times for the introduction."""
        self.ensure_one()
        wizard = self.env["churn.introduction.book"]._make(self)
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.introduction_book_action"),
            "res_id": wizard.id,
        }

    # What a change of the plan does to it

    def write(self, vals):
        before = {line.id: line.successor_id for line in self} if "successor_id" in vals else {}
        result = super().write(vals)
        changed = self.filtered(lambda line: line.id in before and before[line.id] != line.successor_id)
        if "words_adds" not in vals:
            # What the former successor wrote about themselves would go out under another name.
            changed.filtered(lambda line: before[line.id] and line.words_adds).words_adds = False
        if binding := changed.filtered(lambda line: line.state in ("confirmed", "stopped")):
            # sudo: the right to write the line was checked by write
            binding.sudo()._forget_successor()
        return result

    def _forget_successor(self):
        """Somebody else takes over: what the former successor accepted or attended proves nothing any more."""
        reason = self.env._("Somebody else takes over now.")
        (self._gates("dossier") | self._gates("introduced"))._reopen_passed(reason)
        self.introduction_ids._successor_changed()

    def _plan_changed(self, names):
        result = super()._plan_changed(names)
        if "change_date" in names:
            planned = self.introduction_ids.filtered(lambda one: one.state == "planned")
            planned.filtered(lambda one: not one._in_time())._cancel()
            # sudo: the right to the plan was checked; the meeting may be somebody else's
            planned.filtered(lambda one: one.state == "planned").sudo()._renew_agenda()
        return result

    def _close_gate_tasks(self):
        """What does not change hands needs no introduction."""
        result = super()._close_gate_tasks()
        self.introduction_ids._cancel()
        return result
