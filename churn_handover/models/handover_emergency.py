from odoo import api, fields, models
from odoo.fields import Command


class ChurnHandover(models.Model):
    """The door without notice: a user was archived, and nobody asked what becomes of the customers."""

    _inherit = "churn.handover"

    @api.model
    def _emergency(self, users):
        """Hand over at once what archived users still hold: to backups, else the team leader, else the manager's list.

        Lines that these users were to take over are stopped, plans that already exist for them are brought forward.
        Never fails for want of a successor: such lines are stopped and the responsible manager is told. The transfer
        itself is left to the cron.

        :return: the plans made
        """
        # sudo: whoever archives a user may have no sales rights; the plan only keeps accounts from being orphaned
        self = self.sudo()
        self._stop_lines_to(users)
        handovers = self.browse()
        for user in users:
            self._bring_forward(user)
            handovers |= self._plan_emergency(user)
        self.env.ref("churn_handover.cron_handover")._trigger()
        return handovers

    def _stop_lines_to(self, users):
        """Stop the lines whose successor is gone."""
        lines = self.env["churn.handover.line"].search([("successor_id", "in", users.ids), ("state", "=", "confirmed")])
        lines._stop({line: line._refusal(line.successor_id, set()) for line in lines if not line.successor_id.active})

    def _bring_forward(self, user):
        """Whoever is archived before the last day hands over today."""
        today = fields.Date.context_today(self)
        lines = self.env["churn.handover.line"].search(
            [("predecessor_id", "=", user.id), ("state", "in", ("confirmed", "stopped")), ("change_date", ">", today)]
        )
        for state, part in lines.grouped("state").items():
            part.write({"change_date": today, "state": state})
        for handover in lines.handover_id:
            handover.message_post(
                body=self.env._("%(name)s was archived early: the change date is today.", name=user.name)
            )

    def _plan_emergency(self, user):
        """Make and start the emergency plan of a user, empty when nothing is open that another plan would not move."""
        scan = self.env["churn.transfer"]._scan(user, "move", "close")
        waiting = self.env["churn.transfer"]._waiting(user)
        rows = [
            row
            for key, found in scan.by_key.items()
            if key not in waiting
            for rule, row in found
            if rule.res_model != "crm.team.member"  # every rep is in a team: that alone is nothing to hand over
        ]
        swept = self.env["churn.handover.line"].search_count(
            [("predecessor_id", "=", user.id), ("is_default", "=", True), ("state", "in", ("confirmed", "stopped"))],
            limit=1,
        )
        if not rows or swept:
            return self.browse()
        companies = user.company_ids.browse({row.company_id for row in rows if row.company_id}) | user.company_ids
        handover = self._plan(
            user,
            fields.Date.context_today(self),
            emergency=True,
            overlap_days=0,
            company_ids=[Command.set(companies.ids)],
            user_id=self._manager_of(user).id,
        )
        handover._start()
        return handover

    @api.model
    def _manager_of(self, user):
        """Return who answers for a plan that nobody made: team leader, employee's manager, else a sales manager."""
        leaders = user.with_context(active_test=False).crm_team_member_ids.crm_team_id.user_id
        managers = self.env.ref("churn_handover.group_churn_manager").all_user_ids.filtered(
            lambda manager: user.company_id in manager.company_ids
        )
        candidates = (user.sale_team_id.user_id, leaders, user.employee_ids.parent_id.user_id, managers)
        for group in candidates:
            if able := group.filtered(lambda candidate: candidate.active and not candidate.share) - user:
                return able[0]
        return self.env.user
