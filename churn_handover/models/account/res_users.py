import logging

from odoo import models
from odoo.fields import Command

_logger = logging.getLogger(__name__)


class ResUsers(models.Model):
    _inherit = "res.users"

    def action_archive(self):
        """From the screens, ask first what becomes of the customers; from code and RPC, never ask and never refuse."""
        leavers = self.filtered(lambda user: user.active and not user.share)
        self.check_access("write")
        if self.env.context.get("churn_ask") and leavers:
            counts = leavers._churn_open_counts()
            if any(counts.values()):
                return self._churn_ask_archive()
        # sudo: Odoo would refuse who may archive users but not change sales teams
        self.env["crm.team.member"].sudo().search([("user_id", "in", leavers.ids)]).action_archive()
        kept = self.with_context(churn_ask=False, churn_keep_activities=tuple(leavers.ids))
        return super(ResUsers, kept).action_archive()

    def write(self, vals):
        archiving = "active" in vals and not vals["active"]
        leavers = self.filtered(lambda user: user.active and not user.share) if archiving else self.browse()
        result = super().write(vals)
        if leavers:
            leavers._churn_end_absences()
        if leavers and not self.env.context.get("churn_archive_only"):
            leavers._churn_hand_over_now()
        return result

    def _churn_end_absences(self):
        """Whoever is archived is not away but gone, and covers for nobody; like the handover it never fails."""
        try:
            with self.env.cr.savepoint():
                # sudo: who archives users need not be in sales; covers only pass to the next backup
                self.env["churn.absence"].sudo()._users_gone(self)
        except Exception:
            _logger.exception("The absences of the archived users %s could not be ended", self.ids)

    def _churn_hand_over_now(self):
        """Have the backups take over what archived users leave behind; archiving itself must never fail.

        Who is to lose access at once must lose it, so an error in the plan is logged, not raised.
        """
        try:
            with self.env.cr.savepoint():
                # sudo: who archives users need not be in sales; the plan only names backups that managers chose
                self.env["churn.handover"].sudo()._emergency(self)
        except Exception:
            _logger.exception("No emergency handover could be made for the archived users %s", self.ids)

    def _churn_open_counts(self):
        """Return {user: {what: how many open ones}} in all companies."""
        # sudo: only numbers come out; who archives a user must know what hangs on it
        return self.env["churn.handover"].sudo()._open_counts_by_user(self)

    def _churn_ask_archive(self):
        dialog = self.env["churn.archive"].create({"user_ids": [Command.set(self.ids)]})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Before archiving"),
            "res_model": dialog._name,
            "res_id": dialog.id,
            "views": [(False, "form")],
            "target": "new",
        }
