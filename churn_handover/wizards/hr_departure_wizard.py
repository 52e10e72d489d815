from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from ..models.common.listed import listed
from .archive import open_tables


class HrDepartureWizard(models.TransientModel):
    _inherit = "hr.departure.wizard"

    # sudo: Odoo gives officers this wizard but not the end of the contract, from which it proposes the day
    departure_date = fields.Date(default=lambda self: self.sudo()._get_default_departure_date())
    churn_hand_over = fields.Boolean(
        string="Hand over customers first",
        default=True,
        help="Sales gets a plan: on the last day everything that is open moves to successors; after that the user is "
        "archived.",
    )
    churn_can_plan = fields.Boolean(compute="_compute_churn_open")
    churn_open_summary = fields.Html(compute="_compute_churn_open", sanitize=False)

    @api.depends("employee_ids", "departure_date")
    def _compute_churn_open(self):
        today = fields.Date.context_today(self)
        for wizard in self:
            counts = wizard._churn_leavers()._churn_open_counts()
            wizard.churn_open_summary = open_tables(counts)
            ahead = bool(wizard.departure_date) and wizard.departure_date > today
            wizard.churn_can_plan = ahead and any(counts.values())

    def _churn_leavers(self):
        """Return the active users of the employees, without those who still work here under another employee."""
        # sudo: an officer need not see the other employees of a user, who may be in another company
        employees = self.env["hr.employee"].sudo().search([("user_id", "in", self.employee_ids.user_id.ids)])
        staying = (employees - self.employee_ids._origin).user_id
        return (self.employee_ids.user_id._origin - staying).filtered(lambda user: user.active and not user.share)

    def action_register_departure(self):
        """Plan first; the users of a planned departure are archived by their plan, not now."""
        self.ensure_one()
        handovers = self._churn_plan() if self.churn_hand_over and self.churn_can_plan else None
        if handovers:
            self.remove_related_user = False
        wizard = self
        if not self.env.user.has_group("hr.group_hr_manager"):
            self.employee_ids.check_access("write")
            if self.remove_related_user:
                self.employee_ids.user_id.check_access("write")
            # sudo: Odoo gives officers this wizard but not the dates of contracts, which it reads and ends
            wizard = self.sudo()
        action = super(HrDepartureWizard, wizard).action_register_departure()
        if not handovers:
            return action
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Handover planned"),
                "type": "success",
                "message": self._churn_message(handovers),
                "next": action,
            },
        }

    def _churn_plan(self):
        """Return the plans of the leavers who look after something: those made before, else new ones."""
        # sudo: an officer plans the departure of own employees; who takes which customer stays with sales
        all_handovers = self.env["churn.handover"].sudo()
        handovers = all_handovers.browse()
        leavers = self._churn_leavers()
        plans = all_handovers.search(
            [
                ("predecessor_id", "in", leavers.ids),
                ("kind", "=", "departure"),
                ("state", "in", ("draft", "confirmed", "running")),
            ]
        ).grouped("predecessor_id")
        for leaver, held in leavers._churn_open_counts().items():
            if not held:
                continue
            known = plans.get(leaver, handovers.browse())[:1]
            known.archive_predecessor |= self._churn_may_archive(leaver)
            handovers |= known or self._churn_plan_one(leaver)
        return handovers

    def _churn_plan_one(self, leaver):
        # sudo: see _churn_plan
        handovers = self.env["churn.handover"].sudo()
        handover = handovers._plan(
            leaver,
            self.departure_date,
            reason_id=self.departure_reason_id.id,
            archive_predecessor=self._churn_may_archive(leaver),
            company_ids=[Command.set(leaver.company_ids.ids)],
            user_id=self._churn_responsible(leaver).id,
        )
        try:
            with self.env.cr.savepoint():
                handover._confirm()
            summary = self.env._("%(name)s leaves: check the successors", name=leaver.name)
            note = False
        except UserError as error:
            summary = self.env._("%(name)s leaves: choose successors and confirm", name=leaver.name)
            note = str(error)
        handover.activity_schedule(
            "mail.mail_activity_data_todo", summary=summary, note=note, user_id=handover.user_id.id
        )
        return handover

    def _churn_responsible(self, leaver):
        """Return who decides in sales: the team leader or employee's manager if they may, else a sales manager."""
        responsible = self.env["churn.handover"].sudo()._manager_of(leaver)  # sudo: see _churn_plan
        if responsible.has_group("churn_handover.group_churn_leader"):
            return responsible
        # sudo: who is in a group is not readable for an officer
        managers = self.env.ref("churn_handover.group_churn_manager").sudo().all_user_ids - leaver
        allowed = managers.filtered(lambda user: user.active and leaver.company_id in user.company_ids)
        return allowed[:1] or responsible

    def _churn_may_archive(self, leaver):
        """An officer may not have an administrator archived by way of a plan."""
        return not leaver.has_group("base.group_erp_manager") or self.env.user.has_group("base.group_erp_manager")

    def _churn_message(self, handovers):
        return self.env._(
            "Everything open moves on %(date)s, then the user is archived. Sales was told: %(names)s.",
            date=format_date(self.env, self.departure_date),
            names=listed(self.env, handovers.user_id.mapped("name")),
        )
