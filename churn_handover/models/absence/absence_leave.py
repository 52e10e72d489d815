from odoo import api, fields, models
from odoo.exceptions import AccessError

from .absence import BINDING_STATES, OPEN_STATES

TODO = "mail.mail_activity_data_todo"


class ChurnAbsence(models.Model):
    """Approved leaves propose an absence, where the app for them is installed. Only dates are taken from them."""

    _inherit = "churn.absence"

    @api.model
    def _leaves(self, domain):
        # sudo: that and when somebody is on leave is used, never why; planners need no rights in personnel
        return self.env["hr.leave"].sudo().search([*domain, ("state", "=", "validate"), ("user_id", "!=", False)])

    def action_look_for_leaves(self):
        """Propose absences for leaves that have been approved; a button for whoever does not want to wait."""
        if not self.env.user.has_group("churn_handover.group_churn_leader"):
            raise AccessError(self.env._("Leaders and managers look for approved leaves."))
        if "hr.leave" not in self.env:
            message = self.env._("The app for time off is not installed. Plan absences by hand.")
        else:
            # sudo: leaves of all are compared with absences; what the leader may see decides the record rules
            made = self.sudo()._look_for_leaves()
            message = self.env._("Approved leaves that have become absences to plan: %(count)s.", count=len(made))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "info", "message": message, "next": {"type": "ir.actions.client", "tag": "soft_reload"}},
        }

    @api.model
    def _look_for_leaves(self):
        """Make a draft for each approved leave that is long enough; follow leaves that were changed or called off.

        :return: the drafts made
        """
        if "hr.leave" not in self.env:
            return self.browse()
        today = fields.Date.context_today(self)
        leaves = self._leaves([("request_date_to", ">=", today), ("user_id.active", "=", True)])
        self._follow_leaves(leaves)
        salespeople = self.env.ref("sales_team.group_sale_salesman").all_user_ids
        known = self.search([("leave_id", "in", leaves.ids), ("state", "!=", "cancelled")])
        told = self.search([("leave_id", "in", leaves.ids)]).mapped(
            "leave_id"
        )  # called off by hand: not proposed again
        todo = leaves.filtered(
            lambda leave: leave.id not in (*known.mapped("leave_id"), *told)
            and leave.user_id in salespeople
            and leave.number_of_days > leave.user_id.company_id.churn_absence_days
        )
        planned = self.search([("user_id", "in", todo.user_id.ids), ("state", "in", OPEN_STATES)])
        made = self.browse()
        for leave in todo:
            first, last = leave.request_date_from, leave.request_date_to
            overlapping = planned.filtered(
                lambda one, leave=leave, first=first, last=last: one.user_id == leave.user_id
                and one.date_from <= last
                and one.date_to >= first
            )
            if overlapping:
                overlapping[:1].leave_id = leave.id
            else:
                made |= self._from_leave(leave, first, last)
        return made

    def _from_leave(self, leave, first, last):
        absence = self.create({"user_id": leave.user_id.id, "date_from": first, "date_to": last, "leave_id": leave.id})
        absence.cover_id = absence._propose_cover()
        worded = absence._in_language_of(absence.user_id)
        absence.activity_schedule(
            TODO,
            date_deadline=max(first, fields.Date.context_today(self)),
            summary=worded.env._("Say who covers for you"),
            note=worded.env._("Your leave is approved. Look through the proposed covers and confirm."),
            user_id=absence.user_id.id,
        )
        return absence

    def _follow_leaves(self, leaves):
        """Drafts follow their leave; what is binding is never changed silently: whoever answers for it is told."""
        by_id = {leave.id: leave for leave in leaves}
        domain = [("leave_id", ">", 0), ("state", "in", OPEN_STATES)]
        for absence in self.search(domain):
            leave = by_id.get(absence.leave_id)
            dates = leave and (leave.request_date_from, leave.request_date_to)
            if dates == (absence.date_from, absence.date_to):
                continue
            if absence.state in BINDING_STATES:
                absence._ask_about_leave(bool(leave))
            elif leave:
                absence.write({"date_from": dates[0], "date_to": dates[1]})
            else:
                absence.state = "cancelled"
                absence.activity_unlink([TODO])

    def _ask_about_leave(self, changed):
        manager = self.env["churn.handover"]._manager_of(self.user_id)
        worded = self._in_language_of(manager)
        if changed:
            summary = worded.env._("The leave has other days than the cover")
        else:
            summary = worded.env._("The leave was called off: is the cover still needed?")
        if not self.activity_ids.filtered(lambda activity: activity.summary == summary):
            self.activity_schedule("mail.mail_activity_data_warning", summary=summary, user_id=manager.id)
