import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_amount

from ..common.listed import listed
from ..score.score import RISK_BANDS

# Long enough for most customers to have had a reason to order; the score looks about as far ahead.
WINDOW_DAYS = 90
HOLDOUT_SHARE = 0.2


class ChurnProgramme(models.Model):
    """An action on a set of accounts, with a random holdout and a measured result.

    Draft: who and what. Start: the audience is frozen, the holdout drawn, the tasks given. Done: the window is over
    and the result told, once; nothing is told before, so that looking every day can't make an effect up.
    """

    _name = "churn.programme"
    _inherit = ["churn.guarded", "mail.thread", "mail.activity.mixin"]
    _description = "Programme"
    _order = "date_start desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users", string="Responsible", required=True, default=lambda self: self.env.user, tracking=True
    )
    purpose = fields.Selection(
        [("retain", "Retain"), ("deepen", "Deepen"), ("win_back", "Win Back")],
        required=True,
        default="retain",
        tracking=True,
    )
    state = fields.Selection(
        [("draft", "Draft"), ("running", "Running"), ("done", "Judged"), ("cancelled", "Stopped")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    # Audience
    audience = fields.Selection(
        [("list", "Chosen Customers"), ("band", "Risk Band"), ("segment", "Segment")],
        required=True,
        default="list",
        help="Frozen at the start: who joins the band or segment later is not in the programme.",
    )
    band = fields.Selection(RISK_BANDS, default="critical")
    segment_id = fields.Many2one("churn.segment", index="btree_not_null", check_company=True, ondelete="restrict")
    member_ids = fields.One2many("churn.programme.member", "programme_id", string="Customers")
    member_count = fields.Integer(compute="_compute_member_count", string="Customers in It")
    # Measures
    measure_ids = fields.Many2many("churn.measure", string="Measures")
    task_count = fields.Integer(compute="_compute_task_count", string="Tasks")
    task_done_count = fields.Integer(compute="_compute_task_count", string="Tasks Done")
    # Money and time
    budget = fields.Monetary(help="Zero: no limit.")
    planned_cost = fields.Monetary(compute="_compute_planned_cost", help="Cost of the measures × treated customers.")
    cost = fields.Monetary(
        string="Actual Cost", tracking=True, help="What it really cost; the planned cost unless entered."
    )
    date_start = fields.Date(string="Start", required=True, default=fields.Date.context_today, copy=False)
    date_end = fields.Date(
        string="Judged after",
        required=True,
        default=lambda self: fields.Date.add(fields.Date.context_today(self), days=WINDOW_DAYS),
        copy=False,
        tracking=True,
        help="Last day of the window. The result is told once, after this day.",
    )
    # Draw
    holdout_share = fields.Float(
        string="Holdout",
        default=HOLDOUT_SHARE,
        tracking=True,
        help="Share of customers, drawn at random in each value tier, for whom nothing is done: what they do shows "
        "what would have happened anyway (Ascarza, Journal of Marketing Research 2018).",
    )
    seed = fields.Char(
        default=lambda self: secrets.token_hex(4),
        required=True,
        copy=False,
        help="The draw can be repeated from this and the customers' numbers.",
    )
    basis = fields.Selection(
        [("sale", "Confirmed Orders"), ("invoice", "Posted Invoices")],
        string="Revenue by",
        required=True,
        default="sale",
    )

    _dates = models.Constraint("CHECK(date_end > date_start)", "A programme is judged after its start.")
    _share = models.Constraint(
        "CHECK(holdout_share >= 0 AND holdout_share <= 0.5)", "The holdout is between 0 and 50 %."
    )

    @api.constrains("budget", "cost")
    def _check_money(self):
        if any(programme.budget < 0 or programme.cost < 0 for programme in self):
            raise ValidationError(self.env._("Budget and cost can't be negative."))

    # Counts

    @api.depends("member_ids", "audience", "band", "segment_id", "state")
    def _compute_member_count(self):
        counts = dict(
            self.env["churn.programme.member"]._read_group(
                [("programme_id", "in", self.ids)], ["programme_id"], ["__count"]
            )
        )
        for programme in self:
            # not from the database: customers that were just added are counted before they are saved
            known = counts.get(programme._origin, 0) if programme.state != "draft" else len(programme.member_ids)
            programme.member_count = known + len(programme._audience() - programme.member_ids.account_id)

    def _audience(self):
        """Accounts that join at the start: those now in the band or segment."""
        if self.state != "draft":
            return self.env["churn.account"]
        if self.audience == "band":
            return self.env["churn.account"].search(
                self._reach()
                & Domain("company_id", "=", self.company_id.id)
                & Domain("risk_band", "=", self.band)
                & Domain("score_status", "!=", "lost")
                & Domain("partner_id.active", "=", True)
            )
        if self.audience == "segment" and self.segment_id:
            return self.segment_id._accounts().filtered_domain(self._reach())
        return self.env["churn.account"]

    @api.model
    def _reach(self):
        """Whom the user may treat: a manager every customer, a leader those of the teams led and own ones."""
        if self.env.su or self.env.user.has_group("churn_handover.group_churn_manager"):
            return Domain.TRUE
        led = Domain("partner_id.user_id.crm_team_member_ids.crm_team_id.user_id", "=", self.env.uid)
        return led | Domain("partner_id.user_id", "=", self.env.uid)

    def _compute_task_count(self):
        tasks = self.env["mail.activity"].with_context(active_test=False)
        rows = tasks._read_group(
            [("churn_member_id.programme_id", "in", self.ids)], ["churn_member_id", "active"], ["__count"]
        )
        for programme in self:
            mine = [(active, count) for member, active, count in rows if member.programme_id == programme]
            programme.task_count = sum(count for __, count in mine)
            programme.task_done_count = sum(count for active, count in mine if not active)

    @api.depends("measure_ids.cost", "member_ids.group", "member_ids.is_exception", "holdout_share", "member_count")
    def _compute_planned_cost(self):
        """Of those treated; before the draw, of the share that will be."""
        for programme in self:
            programme.planned_cost = programme._planned()

    def _planned(self):
        each = self.measure_ids._cost_in(self.company_id)
        if self.state == "draft":
            joining = len(self._audience() - self.member_ids.account_id)
            drawn = sum(self._cost_of(member) for member in self.member_ids if not member.is_exception)
            always = sum(self._cost_of(member) for member in self.member_ids if member.is_exception)
            return always + (drawn + each * joining) * (1 - self.holdout_share)
        return sum(self._cost_of(member) for member in self.member_ids if member.group != "holdout")

    def _cost_of(self, member):
        return self._measures_of(member)._cost_in(self.company_id)

    def _measures_of(self, member):
        """The programme's measures; for a lost customer also the play for its reason."""
        if self.purpose != "win_back" or not member.loss_id:
            return self.measure_ids
        return self.measure_ids | member.loss_id._plays()

    # Creation from elsewhere

    @api.model
    def _propose(self, accounts, purpose="retain", **values):
        """A draft for these accounts (``churn.account``) and the form to look at it. Key accounts are exceptions."""
        company = accounts.company_id
        if len(company) != 1:
            raise UserError(self.env._("Choose customers of one company."))
        strangers = accounts - accounts.filtered_domain(self._reach())
        if strangers:
            raise UserError(
                self.env._(
                    "These customers belong to other teams, leave them out: %(names)s.",
                    names=listed(self.env, strangers.partner_id.mapped("display_name")[:5]),
                )
            )
        measures = self.env["churn.measure"].search([("reason_ids", "=", False), ("kind", "=", "task")], limit=1)
        programme = self.create(
            {
                "name": self._name_of(purpose, accounts),
                "company_id": company.id,
                "purpose": purpose,
                "measure_ids": [(6, 0, measures.ids)] if purpose != "win_back" else [],
                # of one customer no effect can be told: held out by lot, nothing at all would be done
                "holdout_share": HOLDOUT_SHARE if len(accounts) > 1 else 0.0,
                **values,
            }
        )
        programme._add_members(accounts)
        return programme

    @api.model
    def _name_of(self, purpose, accounts):
        name = dict(self._fields["purpose"]._description_selection(self.env))[purpose]
        if len(accounts) == 1:
            return self.env._("%(purpose)s: %(customer)s", purpose=name, customer=accounts.partner_id.display_name)
        return self.env._("%(purpose)s: %(count)s customers", purpose=name, count=len(accounts))

    def _add_members(self, accounts):
        self.ensure_one()
        self.env["churn.programme.member"].create(
            [
                {"programme_id": self.id, "account_id": account.id, "is_exception": account.is_key_account}
                for account in accounts - self.member_ids.account_id
            ]
        )

    def _open(self):
        return self._get_records_action(context={})

    def _require_draft(self, message):
        if self.filtered(lambda programme: programme.state != "draft"):
            raise UserError(message)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        self._require_draft(self.env._("A programme that has started is kept: its result belongs to it."))

    def write(self, vals):
        fixed = {
            "purpose",
            "company_id",
            "holdout_share",
            "seed",
            "date_start",
            "date_end",
            "basis",
            "audience",
            "segment_id",
        }
        if not fixed.isdisjoint(vals):
            self._require_draft(
                self.env._("Audience, draw and window are fixed when a programme starts; stop it and make a new one.")
            )
        result = super().write(vals)
        if "user_id" in vals:
            self.check_access("write")  # a leader hands it to somebody of the own teams only
        return result

    # Actions

    def action_open_members(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Customers of the Programme"),
            "res_model": "churn.programme.member",
            "view_mode": "list,kanban,form",
            "mobile_view_mode": "kanban",
            "domain": [("programme_id", "=", self.id)],
            "context": {"search_default_group": 1} if self.state != "draft" else {},
        }

    def action_open_tasks(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Tasks of the Programme"),
            "res_model": "mail.activity",
            "view_mode": "list,form",
            "domain": [("churn_member_id.programme_id", "=", self.id)],
            "context": {"active_test": False, "create": False},
        }

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)
