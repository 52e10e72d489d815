from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError


class ChurnAbsencePlan(models.TransientModel):
    """The door: who is away, from when to when, who covers. It makes the absence; the absence does everything else."""

    _name = "churn.absence.plan"
    _description = "Plan an Absence"

    user_id = fields.Many2one(
        "res.users",
        string="Who Is Away",
        required=True,
        default=lambda self: self._default_user(),
        domain=[("share", "=", False)],
    )
    may_choose = fields.Boolean(compute="_compute_may_choose")
    date_from = fields.Date(string="First Day", required=True, default=fields.Date.context_today)
    date_to = fields.Date(
        string="Last Day", required=True, compute="_compute_date_to", store=True, precompute=True, readonly=False
    )
    cover_id = fields.Many2one(
        "res.users",
        string="Who Covers",
        compute="_compute_cover_id",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('share', '=', False), ('id', '!=', user_id)]",
        help="Proposed: the backup of most accounts, else the team's leader. Accounts whose first backup is somebody "
        "else go to that backup; you can change each of them before you confirm.",
    )
    note = fields.Text(string="Note for the Covers")
    auto_reply = fields.Boolean(
        string="Answer Customers Automatically",
        help="Whoever writes gets one automatic answer: until when the person is away and who is there instead.",
    )
    proposal = fields.Html(compute="_compute_proposal", sanitize=False)

    @api.model
    def _default_user(self):
        """The user or employee on whose screen the door was opened, else oneself."""
        if user_id := self.env.context.get("churn_absence_of"):
            return self.env["res.users"].browse(user_id)
        model_name, ids = self.env.context.get("active_model"), self.env.context.get("active_ids") or []
        if model_name == "res.users" and ids:
            return self.env["res.users"].browse(ids[:1])
        if model_name in ("hr.employee", "hr.employee.public") and ids:
            # sudo: only whose login it is; the public card shows that to every colleague
            return self.env["hr.employee"].sudo().browse(ids[:1]).user_id
        return self.env.user

    @api.depends_context("uid")
    def _compute_may_choose(self):
        self.may_choose = self.env.user.has_group("churn_handover.group_churn_leader")

    @api.depends("date_from")
    def _compute_date_to(self):
        for plan in self:
            if not plan.date_to or (plan.date_from and plan.date_to < plan.date_from):
                plan.date_to = plan.date_from

    def _absence(self):
        """Return the absence as it would be, without storing it."""
        # sudo: companies and team of a colleague; only names and numbers are shown
        user = self.user_id._origin
        return self.env["churn.absence"].new(
            {
                "user_id": user.id,
                "date_from": self.date_from,
                "date_to": self.date_to,
                "company_ids": [fields.Command.set(user.sudo().company_ids.ids)],  # sudo: as above
            }
        )

    @api.depends("user_id", "date_from", "date_to")
    def _compute_cover_id(self):
        for plan in self:
            plan.cover_id = plan._absence()._propose_cover() if plan.user_id and plan.date_to else False

    @api.depends("user_id", "cover_id", "date_from", "date_to")
    def _compute_proposal(self):
        for plan in self:
            if not plan.user_id or not plan.date_to:
                plan.proposal = False
                continue
            absence = plan._absence()
            accounts = absence._owned_accounts()
            covers = Counter(absence._propose_covers(accounts).values())
            users = {self.env["res.users"].browse(user): count for user, count in covers.items()}
            rest = len(accounts) - sum(covers.values())
            if plan.cover_id:
                cover = plan.cover_id._origin
                users[cover] = users.get(cover, 0) + rest
            plan.proposal = absence._load_table(users, absence.company_ids._origin)

    def action_plan(self):
        """Make the draft with a line for each account, and open it."""
        self.ensure_one()
        self._check()
        absence = self.env["churn.absence"].create(
            {
                "user_id": self.user_id.id,
                "date_from": self.date_from,
                "date_to": self.date_to,
                "cover_id": self.cover_id.id,
                "note": self.note,
                "auto_reply": self.auto_reply,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": absence._name,
            "res_id": absence.id,
            "views": [(False, "form")],
        }

    def _check(self):
        if self.date_to < self.date_from:
            raise UserError(self.env._("The last day cannot be before the first."))
        if self.date_to < fields.Date.context_today(self):
            raise UserError(self.env._("The last day is in the past. Set a day from today on."))
