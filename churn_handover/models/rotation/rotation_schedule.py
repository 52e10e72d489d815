import ast

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

HORIZON_MONTHS = 12
CHANGE_DAYS = 30


class ChurnRotationSchedule(models.Model):
    """How often the accounts of a domain change hands, and what must hold when they do.

    No study tells the best interval (DESIGN): the defaults are judgement. The planner itself is plain Python,
    ``analytics/rotation.py``; what it reads is gathered in ``rotation_inputs.py``, what it returns becomes lines of
    rounds in ``rotation_replan.py``.
    """

    _name = "churn.rotation.schedule"
    _description = "Rotation Schedule"
    _inherit = ["churn.guarded", "mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="An account that fits several schedules follows the first.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    domain = fields.Char(string="Accounts", default="[]", required=True, help="Which accounts follow this schedule.")
    account_count = fields.Integer(string="Accounts in It", compute="_compute_account_count")
    user_ids = fields.Many2many(
        "res.users",
        "churn_rotation_schedule_user_rel",
        string="People",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who may take accounts over. Empty: everybody in a sales team who owns an account, is a backup or has a "
        "capacity.",
    )

    # When
    interval_months = fields.Integer(
        string="Interval",
        default=24,
        required=True,
        help="Months with one owner before the account changes hands. There is no evidence for a best interval: "
        "this is judgement.",
    )
    tenure_months = fields.Integer(
        string="Minimum Tenure",
        default=12,
        required=True,
        help="Two changes of owner are never closer than this, whatever else is asked for. Judgement.",
    )
    round_months = fields.Integer(string="Months Between Rounds", default=3, required=True)
    first_date = fields.Date(
        string="First Round",
        required=True,
        default=lambda self: fields.Date.context_today(self) + relativedelta(day=1, months=2),
        help="The others follow at the distance of the rounds.",
    )
    overlap_days = fields.Integer(
        string="Overlap",
        default=lambda self: self.env.company.churn_overlap_days,
        help="Days around the change in which both people serve the account; key accounts get at least the company's.",
    )

    # How many
    cap_rep = fields.Integer(
        string="Accounts per Person and Round",
        default=5,
        required=True,
        help="Nobody gives or takes over more than so many accounts in one round.",
    )
    cap_company = fields.Integer(string="Accounts per Round", default=50, required=True)
    balance_percent = fields.Float(
        string="Balance",
        default=10.0,
        help="Nobody receives more than given by more than this share of the accounts and of the revenue, in percent.",
    )

    # Who follows whom, and when not
    scope = fields.Selection(
        [("any", "Everybody"), ("team", "Same Sales Team")],
        string="Successors From",
        default="any",
        required=True,
        help="People of the account team come first, then whoever knows the industry, the country and the sales team.",
    )
    key_consent = fields.Boolean(
        string="Key Accounts Only with Consent",
        default=True,
        help="A key account moves only when the customer has agreed: enter that as an exception.",
    )
    second_face = fields.Boolean(
        string="Second Person for Key Accounts",
        default=True,
        help="A key account that knows one person only gets a second one on its team within a year.",
    )
    quiet_negotiation = fields.Boolean(
        string="Not While Negotiating",
        default=True,
        help="No change while a quotation is with the customer or an opportunity is likely to be won.",
    )
    quiet_season = fields.Boolean(
        string="Not in High Season",
        default=True,
        help="No change in months in which the account usually places a quarter or more of its orders.",
    )

    round_ids = fields.One2many("churn.rotation.round", "schedule_id")
    line_ids = fields.One2many("churn.rotation.line", "schedule_id")
    proposed_count = fields.Integer(string="Proposed", compute="_compute_line_counts")
    held_count = fields.Integer(string="Stay", compute="_compute_line_counts")
    change_ids = fields.One2many("churn.rotation.change", "schedule_id")
    change_count = fields.Integer(
        string="Changes, 30 Days",
        compute="_compute_change_count",
        help="Accounts that planning anew moved in the plan.",
    )
    planned_on = fields.Datetime(readonly=True, copy=False)

    _months_positive = models.Constraint(
        "CHECK(interval_months > 0 AND tenure_months > 0 AND round_months > 0)", "Months are at least 1."
    )
    _tenure_in_interval = models.Constraint(
        "CHECK(tenure_months <= interval_months)",
        "The minimum tenure cannot be longer than the interval: no account could follow the schedule.",
    )
    _caps_positive = models.Constraint(
        "CHECK(cap_rep >= 0 AND cap_company >= 0 AND balance_percent >= 0 AND overlap_days >= 0)",
        "Numbers of accounts, days and the balance cannot be negative.",
    )

    @api.depends("domain", "company_id")
    def _compute_account_count(self):
        for schedule in self:
            schedule.account_count = self.env["res.partner"].search_count(schedule._account_domain())

    @api.depends("line_ids.state")
    def _compute_line_counts(self):
        rows = self.env["churn.rotation.line"]._read_group(
            [("schedule_id", "in", self.ids)], ["schedule_id", "state"], ["__count"]
        )
        counts = {(schedule.id, state): count for schedule, state, count in rows}
        for schedule in self:
            schedule.proposed_count = counts.get((schedule.id, "proposed"), 0)
            schedule.held_count = counts.get((schedule.id, "held"), 0)

    @api.depends("change_ids")
    def _compute_change_count(self):
        since = fields.Datetime.subtract(fields.Datetime.now(), days=CHANGE_DAYS)
        counts = dict(
            self.env["churn.rotation.change"]._read_group(
                [("schedule_id", "in", self.ids), ("planned_on", ">=", since)], ["schedule_id"], ["__count"]
            )
        )
        for schedule in self:
            schedule.change_count = counts.get(schedule, 0)

    @api.constrains("domain")
    def _check_domain(self):
        for schedule in self:
            try:
                schedule._account_domain().validate(self.env["res.partner"])
            except (ValueError, SyntaxError) as error:
                raise ValidationError(
                    self.env._("The accounts cannot be found that way: %(reason)s", reason=str(error))
                ) from error

    def _account_domain(self):
        """The accounts of the schedule: owned, in its company or shared by all companies."""
        self.ensure_one()
        return (
            Domain(ast.literal_eval(self.domain or "[]"))
            & self.env["res.partner"]._churn_account_domain()
            & Domain("user_id", "!=", False)
            & Domain("company_id", "in", [self.company_id.id, False])
        )

    def _round_dates(self):
        """Days of the rounds within the next 12 months."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        end = today + relativedelta(months=HORIZON_MONTHS)
        dates, number = [], 0
        while (day := self.first_date + relativedelta(months=number * self.round_months)) <= end:
            if day > today:
                dates.append(day)
            number += 1
        return dates

    # Screens

    def action_plan(self):
        """Plan the next 12 months, keeping what still holds."""
        self.check_access("write")
        changed = self._replan()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(changed)s lines changed, %(proposed)s proposed, %(held)s accounts stay although they are due.",
                    changed=changed,
                    proposed=sum(self.mapped("proposed_count")),
                    held=sum(self.mapped("held_count")),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_view_lines(self):
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.rotation_line_action"),
            "domain": [("schedule_id", "in", self.ids)],
            "context": {"search_default_proposed": 1},
        }

    def action_view_held(self):
        return {**self.action_view_lines(), "context": {"search_default_held": 1}}

    def action_view_changes(self):
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.rotation_change_action"),
            "domain": [("schedule_id", "in", self.ids)],
        }
