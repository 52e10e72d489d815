from odoo import api, fields, models
from odoo.fields import Command

from ..common.listed import listed


class ChurnHandover(models.Model):
    """The door without notice: a user was archived, and nobody asked what becomes of the customers."""

    _inherit = "churn.handover"

    no_backup_count = fields.Integer(string="Without a Backup", compute="_compute_no_backup_count")

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
        self._bring_forward(users)
        handovers = self._plan_emergencies(users)
        self.env.ref("churn_handover.cron_handover")._trigger()
        return handovers

    def _stop_lines_to(self, users):
        """Stop the lines whose successor is gone."""
        lines = self.env["churn.handover.line"].search([("successor_id", "in", users.ids), ("state", "=", "confirmed")])
        lines._stop({line: line._refusal(line.successor_id, set()) for line in lines if not line.successor_id.active})

    def _bring_forward(self, users):
        """Whoever is archived before the last day hands over today."""
        today = fields.Date.context_today(self)
        lines = self.env["churn.handover.line"].search(
            [
                ("predecessor_id", "in", users.ids),
                ("state", "in", ("confirmed", "stopped")),
                ("change_date", ">", today),
            ]
        )
        plans = lines.handover_id.filtered(lambda plan: plan.kind == "departure" and plan.state == "confirmed")
        plans.change_date = today  # its lines follow
        (lines - plans.line_ids).change_date = today
        for handover, part in lines.grouped("handover_id").items():
            names = listed(self.env, part.predecessor_id.mapped("name"))
            handover.message_post(body=self.env._("%(name)s was archived early: the change date is today.", name=names))

    def _plan_emergencies(self, users):
        """Make and start a plan for each user who holds something that no other plan would move.

        One look for what all of them hold: whoever holds nothing costs no query.
        """
        transfer = self.env["churn.transfer"]
        waiting = transfer._waiting(users)
        sweeping = self.env["churn.handover.line"].search(
            [("predecessor_id", "in", users.ids), ("is_default", "=", True), ("state", "in", ("confirmed", "stopped"))]
        )
        scans = transfer._scan(users, "move", "close").by_user()
        handovers = self.browse()
        for user in users - sweeping.predecessor_id:
            scan = scans.get(user.id)
            # every rep is in a sales team: that alone is nothing to hand over
            rows = [row for rule, row in scan.rows(waiting) if rule.res_model != "crm.team.member"] if scan else []
            if rows:
                handovers |= self._plan_emergency(user, scan, {row.company_id for row in rows if row.company_id})
        return handovers

    def _plan_emergency(self, user, scan, company_ids):
        """Make and start the emergency plan of a user.

        :param company_ids: where something is open, beside the user's own companies
        """
        # The manager gets one mail about it, see _tell_emergency; not one more that a plan was assigned.
        handover = self.with_context(mail_auto_subscribe_no_notify=True)._plan(
            user,
            fields.Date.context_today(self),
            scan=scan,
            emergency=True,
            overlap_days=0,
            company_ids=[Command.set((user.company_ids.browse(company_ids) | user.company_ids).ids)],
            user_id=self._manager_of(user).id,
        )
        handover = handover.with_env(self.env)
        handover._note_without_backup()
        handover._start(scan)
        return handover

    def _note_without_backup(self):
        """Mark the accounts that no backup takes: they come to the team leader, or to nobody, and are listed."""
        lines = self.line_ids.filtered("account_id")
        backups = self.env["churn.team.member"]._backups(lines.account_id.ids, self.change_date)
        lines.filtered(lambda line: line.successor_id.id not in backups[line.account_id.id]).no_backup = True

    @api.model
    def _manager_of(self, user):
        """Return who answers for a plan that nobody made: team leader, employee's manager, else a sales manager.

        Only who can open the plan: a team leader of ours those of own members, a manager of ours all of a company. A
        superior in HR without these rights would get a mail with a link that opens nothing. Who administers the server
        comes last.
        """
        ours = self.env.ref("churn_handover.group_churn_leader").all_user_ids
        managers = self.env.ref("churn_handover.group_churn_manager").all_user_ids.filtered(
            lambda manager: user.company_id in manager.company_ids
        )
        leaders = user.with_context(active_test=False).crm_team_member_ids.crm_team_id.user_id & ours
        superiors = user.employee_ids.parent_id.user_id & managers
        admins = self.env.ref("base.group_system").sudo().all_user_ids  # sudo: only who it is
        candidates = (user.sale_team_id.user_id & ours, leaders, superiors, managers - admins, managers)
        for group in candidates:
            if able := group.filtered(lambda candidate: candidate.active and not candidate.share) - user:
                return able[0]
        return self.env.user

    @api.depends("line_ids.no_backup")
    def _compute_no_backup_count(self):
        for handover in self:
            handover.no_backup_count = len(handover.line_ids.filtered("no_backup"))

    def action_view_no_backup(self):
        return self._action_lines("no_backup")
