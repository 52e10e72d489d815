from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount

OPEN_STATES = ("proposed", "told", "answered", "probation")
# What only the buttons write.
FLOW_FIELDS = frozenset(
    ("state", "answer", "answer_text", "answer_date", "deadline", "decision_date", "decided_by_id", "evidence", "cause")
)
# What is decided is written when it is carried out: the salesperson reads the case, also by RPC, but no draft.
DECIDED_FIELDS = frozenset(
    (
        "decision",
        "decision_text",
        "target_kind",
        "target_amount",
        "probation_to",
        "help_visits",
        "help_calls",
        "colleague_id",
        "successor_id",
        "change_date",
        "referral_percent",
        "referral_until",
    )
)
# What may be agreed upon later.
AGREED_FIELDS = frozenset(("return_date", "return_kind", "return_target", "return_condition"))

# What only the night writes.
MEASURED_FIELDS = frozenset(("return_amount", "return_met", "return_measured_on"))


class ChurnCase(models.Model):
    """Whether an account stays with its owner: why it is asked, what the owner says to it, what the manager decides.

    The owner reads the case from the day of being told, all of it: nothing confidential is stored here. A complaint
    about a person is not a cause of its own, only a "decision of the manager" as many are; who may read the feedback
    is shown it beside the case, with own rights.
    """

    _name = "churn.case"
    _description = "Reassignment Case"
    _inherit = ["churn.guarded", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "account_id"
    _check_company_auto = True
    _mail_post_access = "read"  # the salesperson may speak, too

    account_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("churn_is_account", "=", True), ("user_id", "!=", False)],
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        compute="_compute_user_id",
        store=True,
        precompute=True,
        required=True,
        index=True,
        ondelete="restrict",
        help="The owner of the account when the case was opened.",
    )
    manager_id = fields.Many2one(
        "res.users",
        string="Who Decides",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    cause = fields.Selection(
        [
            ("demand", "Demand Keeps Falling"),
            ("overload", "Too Much for One Person"),
            ("decision", "Decision of the Manager"),
        ],
        string="Reason",
        required=True,
        readonly=True,
        default="decision",
        index=True,
    )
    reason_text = fields.Text(string="In the Manager's Words", help="What the salesperson is told, with the evidence.")
    evidence = fields.Json(string="Figures", readonly=True, copy=False)
    evidence_text = fields.Html(string="Evidence", compute="_compute_evidence_text")
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("told", "Told"),
            ("answered", "To Decide"),
            ("probation", "Probation"),
            ("closed", "Decided"),
            ("dismissed", "Dismissed"),
        ],
        required=True,
        default="proposed",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )

    # The salesperson's answer
    deadline = fields.Date(string="Answer Until", readonly=True, copy=False)
    answer = fields.Selection(
        [("agree", "Agrees"), ("appeal", "Appeals"), ("silent", "No Answer")], readonly=True, copy=False, tracking=True
    )
    answer_text = fields.Text(string="Plan", readonly=True, copy=False)
    answer_date = fields.Date(readonly=True, copy=False)
    is_mine = fields.Boolean(compute="_compute_rights")
    can_decide = fields.Boolean(compute="_compute_rights")

    # The decision
    decision = fields.Selection(
        [("keep", "Keeps the Account"), ("probation", "Probation"), ("share", "Share"), ("move", "Move")],
        readonly=True,
        copy=False,
        tracking=True,
    )
    decision_text = fields.Text(string="Why This Decision", readonly=True, copy=False)
    decision_date = fields.Date(readonly=True, copy=False)
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True, copy=False, ondelete="restrict")

    _open_unique = models.UniqueIndex(
        "(account_id) WHERE state IN ('proposed', 'told', 'answered', 'probation')",
        "There is an open case on this account.",
    )

    @api.depends("account_id")
    def _compute_user_id(self):
        for case in self:
            case.user_id = case.user_id or case.account_id.user_id

    @api.depends("account_id", "user_id")
    def _compute_display_name(self):
        for case in self:
            case.display_name = ", ".join(filter(None, (case.account_id.name, case.user_id.name)))

    @api.depends_context("uid")
    @api.depends("user_id", "state")
    def _compute_rights(self):
        writable = self._filtered_access("write")
        may_open = self.has_access("create")
        for case in self:
            case.is_mine = case.user_id == self.env.user
            case.can_decide = (case in writable if case.id else may_open) and not case.is_mine

    # Evidence

    @api.depends("evidence", "cause", "account_id")
    @api.depends_context("uid", "lang")
    def _compute_evidence_text(self):
        heard = self._heard()
        for case in self:
            texts = case._texts_of_evidence()
            if case.account_id.id in heard:
                texts.append(heard[case.account_id.id])
            items = Markup().join(Markup("<li>%s</li>") % text for text in texts)
            case.evidence_text = items and Markup("<ul>%s</ul>") % items

    def _texts_of_evidence(self):
        facts = self.evidence or {}
        if self.cause == "demand":
            return [
                self.env._(
                    "Revenue of the last 12 months: %(now)s; of the 12 months before: %(before)s",
                    now=self._money("revenue_now"),
                    before=self._money("revenue_before"),
                ),
                self.env._(
                    "Orders of the last 12 months: %(now)s; of the 12 months before: %(before)s",
                    now=facts.get("orders_now"),
                    before=facts.get("orders_before"),
                ),
                self.env._(
                    "Against comparable customers, in the same season: %(change)s %%", change=facts.get("change")
                ),
                self.env._(
                    "Where nothing happens, one account in %(count)s shows such a trend", count=facts.get("one_in")
                ),
            ]
        if self.cause == "overload":
            return self._texts_of_overload(facts)
        return []

    def _texts_of_overload(self, facts):
        """Each number with its limit, where there is one."""
        texts = []
        if facts.get("limit"):
            texts.append(
                self.env._(
                    "%(user)s looks after %(accounts)s accounts; at most %(limit)s can be served well",
                    user=self.user_id.name,
                    accounts=facts.get("accounts"),
                    limit=facts["limit"],
                )
            )
        if facts.get("deal_limit"):
            texts.append(
                self.env._(
                    "%(user)s works on %(deals)s open deals; at most %(limit)s can be served well",
                    user=self.user_id.name,
                    deals=facts.get("deals"),
                    limit=facts["deal_limit"],
                )
            )
        return [
            *texts,
            self.env._(
                "%(deals)s open deals, %(overdue)s overdue activities",
                deals=facts.get("deals"),
                overdue=facts.get("overdue"),
            ),
        ]

    def _money(self, fact):
        return format_amount(self.env, (self.evidence or {}).get(fact) or 0.0, self.currency_id)

    def _heard(self):
        """What the viewer may see of the accounts' complaints: {account id: text}."""
        feedback = self.env["churn.feedback"].sudo(False)
        if not self.account_id or not feedback.has_access("read"):
            return {}
        return {
            account: self.env._(
                "Complaints: %(open)s open, %(solved)s solved",
                open=voice.open_complaints,
                solved=voice.solved_complaints,
            )
            for account, voice in feedback._voices(self.account_id.ids).items()
            if voice.open_complaints or voice.solved_complaints
        }

    # Rights

    @api.model_create_multi
    def create(self, vals_list):
        closed = (FLOW_FIELDS - {"cause"}) | DECIDED_FIELDS | AGREED_FIELDS | MEASURED_FIELDS
        if not self.env.su and any(not closed.isdisjoint(vals) for vals in vals_list):
            raise AccessError(self.env._("A case is moved on by its buttons only."))
        accounts = self.env["res.partner"].browse([vals["account_id"] for vals in vals_list])
        if not self.env.su and self.env.user in accounts.user_id:
            raise UserError(self.env._("A case about your own account is opened by somebody else."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            undecided = any(case.state != "closed" for case in self)
            closed = FLOW_FIELDS | DECIDED_FIELDS | MEASURED_FIELDS | (AGREED_FIELDS if undecided else frozenset())
            if not closed.isdisjoint(vals):
                raise AccessError(self.env._("A case is moved on by its buttons only."))
            self._check_not_mine()
        return super().write(vals)

    def _check_not_mine(self):
        """Leaders and managers own accounts too: nobody decides the own case."""
        if any(case.user_id == self.env.user for case in self):
            raise AccessError(self.env._("Somebody else decides about your own account."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_told(self):
        if not self.env.su and any(case.state not in ("proposed", "dismissed") for case in self):
            raise UserError(self.env._("The salesperson knows of this case: it stays in the history."))

    # Screens

    def action_open_account(self):
        self.ensure_one()
        return self.account_id._get_records_action(context={})
