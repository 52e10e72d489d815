from datetime import timedelta

from odoo import api, fields, models


class ChurnVisitPlan(models.TransientModel):
    """Asks when a leader visits a customer, and with whom."""

    _name = "churn.visit.plan"
    _description = "Plan a Leader Visit"

    visit_id = fields.Many2one("churn.visit", required=True, readonly=True, ondelete="cascade")
    account_id = fields.Many2one(related="visit_id.account_id")
    due_date = fields.Date(related="visit_id.due_date")
    leader_id = fields.Many2one(
        "res.users",
        required=True,
        compute="_compute_from_visit",
        store=True,
        precompute=True,
        readonly=False,
        domain=lambda self: [("all_group_ids", "in", self.env.ref("churn_handover.group_churn_leader").ids)],
    )
    start = fields.Datetime(required=True, string="When")
    hours = fields.Float(default=1.0, required=True)
    contact_ids = fields.Many2many(
        "res.partner",
        string="People of the Customer",
        required=True,
        compute="_compute_from_visit",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('id', 'child_of', account_id)]",
    )
    with_owner = fields.Boolean(string="The Owner Comes Along", help="Leave it off to hear what is said without them.")

    @api.depends("visit_id")
    def _compute_from_visit(self):
        for wizard in self:
            wizard.leader_id = wizard.visit_id.leader_id or self.env.user
            wizard.contact_ids = wizard.visit_id.account_id.child_ids[:1] or wizard.visit_id.account_id

    def action_plan(self):
        """Put it into everybody's calendar; Odoo invites them."""
        self.ensure_one()
        visit = self.visit_id
        owner = visit.sudo().owner_id if self.with_owner else self.env["res.users"]  # sudo: who owns the account
        stop = self.start + timedelta(hours=max(self.hours, 0.25))
        visit._plan(self.leader_id, self.start, stop, self.contact_ids, owner)


class ChurnVisitRecord(models.TransientModel):
    """Asks whether a visit took place, who was there and what was said."""

    _name = "churn.visit.record"
    _description = "Record a Leader Visit"

    visit_id = fields.Many2one("churn.visit", required=True, readonly=True, ondelete="cascade")
    was_planned = fields.Boolean(compute="_compute_from_visit", store=True, precompute=True)
    leader_id = fields.Many2one(
        "res.users",
        string="Who Was There",
        required=True,
        compute="_compute_from_visit",
        store=True,
        precompute=True,
        readonly=False,
        domain=lambda self: [("all_group_ids", "in", self.env.ref("churn_handover.group_churn_leader").ids)],
    )
    held_on = fields.Date(
        string="When", required=True, compute="_compute_from_visit", store=True, precompute=True, readonly=False
    )
    note = fields.Text(string="What Was Said")

    @api.depends("visit_id")
    def _compute_from_visit(self):
        today = fields.Date.context_today(self)
        for wizard in self:
            visit = wizard.visit_id
            wizard.was_planned = visit.state == "planned"
            wizard.leader_id = visit.leader_id or self.env.user
            wizard.held_on = min(visit.start.date(), today) if visit.start else today

    def action_record(self):
        self.ensure_one()
        self.visit_id._held(self.leader_id, self.held_on, self.note)

    def action_not_held(self):
        """It did not take place."""
        self.ensure_one()
        self.visit_id._not_held(self.note)
