from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date


class ChurnChecklistItem(models.Model):
    """The one task of the list that Odoo does itself: API keys revoked, open sessions ended.

    Archiving the login keeps keys and sessions from working; they are removed all the same, so that nothing revives
    with the login. While the login is active its owner can sign in again: then the task stays open.
    """

    _inherit = "churn.checklist.item"

    kind = fields.Selection(related="task_id.kind")
    access_summary = fields.Char(
        string="Access Now", compute="_compute_access", help="What the leaver can still get in with, at this moment."
    )
    may_end_access = fields.Boolean(compute="_compute_access")

    @api.depends("task_id.kind", "handover_id.predecessor_id", "handover_id.change_date", "done_date")
    @api.depends_context("uid", "lang")
    def _compute_access(self):
        for item in self:
            item.access_summary, item.may_end_access = False, False
            if item.kind != "access":
                continue
            keys, sessions = item._access()
            leaver = item.leaver_id.sudo()  # sudo: an archived colleague's state, for whoever sees to the task
            item.access_summary = self.env._(
                "Login: %(login)s; API keys: %(keys)s; open sessions: %(sessions)s",
                login=self.env._("active") if leaver.active else self.env._("archived"),
                keys=len(keys),
                sessions=len(set(sessions.mapped("session_identifier"))),
            )
            item.may_end_access = not item.done_date and not item._access_refusal()

    def _access(self):
        """Return (API keys, devices with a session) of the leaver."""
        self.ensure_one()
        own = [("user_id", "=", self.leaver_id.id)]
        # sudo: what somebody can still get in with is known to who has to end it; keys themselves cannot be read
        keys = self.env["res.users.apikeys"].sudo().search(own)
        return keys, self.env["res.device"].sudo().search(own)  # sudo: as above

    def _access_refusal(self):
        """Return why the current user may not end the leaver's access now; empty when nothing speaks against it."""
        self.ensure_one()
        plan = self.handover_id.sudo()  # sudo: who sees to a task need not be in sales; the item's right was checked
        leaver, officer = plan.predecessor_id, self.env.user.has_group("base.group_erp_manager")
        if plan.kind != "departure" or plan.state not in ("confirmed", "running", "done"):
            return self.env._("This departure does not take place.")
        if leaver == self.env.user:
            return self.env._("Somebody else ends your access.")
        if leaver.has_group("base.group_erp_manager") and not officer:
            return self.env._("%(name)s has more rights than you: ask an administrator.", name=leaver.name)
        if leaver.active and plan.change_date > fields.Date.context_today(self) and not officer:
            return self.env._(
                "%(name)s works here until %(date)s: before that day only an administrator ends the access.",
                name=leaver.name,
                date=format_date(self.env, plan.change_date),
            )
        return ""

    def action_end_access(self):
        """Revoke every API key of the leaver and end every session; what was ended is written down as proof."""
        self.ensure_one()
        self.check_access("write")
        if self.kind != "access":
            raise UserError(self.env._("This task is done outside Odoo."))
        if refusal := self._access_refusal():
            raise AccessError(refusal)
        self._end_access()
        if self.done_date:
            message, kind = self.proof, "success"
        else:
            message, kind = (
                self.env._("The login is still active: have it archived, then this task is done."),
                "warning",
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": kind, "message": message, "next": {"type": "ir.actions.client", "tag": "soft_reload"}},
        }

    def _end_access(self):
        """End the access of the leavers of these tasks, whoever asked; done when the login is archived, too."""
        for item in self.sudo():  # sudo: callers checked that the access may be ended; keys belong to their owner
            keys, devices = item._access()
            names, sessions = keys.mapped("name"), len(set(devices.mapped("session_identifier")))
            keys._remove()
            devices._revoke()
            leaver = item.leaver_id
            told = item.handover_id._told_in(item.user_id or item.handover_id.user_id).env
            proof = told._(
                "%(date)s: API keys revoked: %(keys)s%(names)s; sessions ended: %(sessions)s; login %(login)s",
                date=format_date(told, fields.Date.context_today(self)),
                keys=len(names),
                names=f" ({', '.join(names)})" if names else "",
                sessions=sessions,
                login=told._("active") if leaver.active else told._("archived"),
            )
            item.proof = "; ".join(filter(None, (item.proof, proof)))
            if not leaver.active:
                item.action_done()
        self.invalidate_recordset(["access_summary", "may_end_access"])

    @api.model
    def _end_access_of_archived(self, users):
        """Whoever is archived loses keys and sessions in the same minute, where a departure asks for it."""
        items = self.search(
            [
                ("handover_id.predecessor_id", "in", users.filtered(lambda user: not user.active).ids),
                ("handover_id.kind", "=", "departure"),
                ("handover_id.state", "in", ("confirmed", "running", "done")),
                ("task_id.kind", "=", "access"),
                ("done_date", "=", False),
            ]
        )
        items._end_access()
