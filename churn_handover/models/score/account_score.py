from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common.heirs import doubles, hand_on
from ..common.listed import listed
from ..common.month_words import month_words
from .score import RISK_BANDS

SCORE_STATUS = [
    ("scored", "Scored"),
    ("too_new", "Too New"),
    ("cannot_tell", "Can't Tell Yet"),
    ("lost", "Lost"),
    ("no_data", "No Orders"),
    ("error", "Not Computable"),
]

# The band one step up; without a band of its own (too new, can't tell yet) a warning is worth watching.
LIFTED = {None: "watch", "low": "watch", "watch": "high", "high": "critical", "critical": "critical"}
# A customer that is gone is no longer at risk, and nobody raises the band of one without orders.
NEVER_LIFTED = ("lost", "no_data", "error")

# Empty values come last in either direction: an account without a score is at neither end of a ranking.
NULLS_LAST = {"probability", "probability_change", "usual_gap", "next_order_by", "risk_band", "dependence"}


class ChurnAccount(models.Model):
    """The current churn score of the account, written by :meth:`churn.score.model._cron_score`.

    A score orders work on customers; it is no measure of the people who serve them.
    """

    _inherit = "churn.account"

    user_id = fields.Many2one(related="partner_id.user_id", string="Owner")
    team_id = fields.Many2one(related="partner_id.user_id.sale_team_id", string="Sales Team")

    score_model_id = fields.Many2one(
        "churn.score.model",
        index="btree_not_null",
        readonly=True,
        ondelete="set null",
        help="What scores this account.",
    )
    scored_on = fields.Date(readonly=True)
    score_status = fields.Selection(SCORE_STATUS, string="Score", readonly=True)
    horizon = fields.Integer(readonly=True, help="The probability is about this many days from the day of scoring.")
    probability = fields.Float(
        string="Churn Probability",
        readonly=True,
        aggregator="avg",
        help="Probability of no order within the horizon, learned from this company's order history.",
    )
    probability_change = fields.Float(
        string="Change", readonly=True, aggregator="avg", help="Against the end of last month, in percentage points."
    )
    net_revenue_12m = fields.Monetary(
        string="Net Revenue, 12 Months", readonly=True, help="What the model counts as orders, less credit notes."
    )
    expected_loss = fields.Monetary(
        readonly=True,
        default=0.0,
        help="Probability × revenue of the last 12 months: the list to work through from the top.",
    )
    base_band = fields.Selection(
        RISK_BANDS, string="Band without Warnings", readonly=True, help="By probability and money alone."
    )
    public_band = fields.Selection(RISK_BANDS, readonly=True, groups=fields.NO_ACCESS)  # raised by what all may know
    full_band = fields.Selection(RISK_BANDS, readonly=True, groups=fields.NO_ACCESS)  # raised by all open warnings
    risk_band = fields.Selection(
        RISK_BANDS,
        compute="_compute_risk_band",
        search="_search_risk_band",
        group_expand=True,
        help="Low, watch, high, critical: by probability and money, one step higher while a warning is open.",
    )
    is_lifted = fields.Boolean(compute="_compute_risk_band", string="Raised by a Warning")
    usual_gap = fields.Float(string="Usual Days between Orders", readonly=True, aggregator="avg", digits=(8, 0))
    last_buying_day = fields.Date(string="Last Order", readonly=True)
    next_order_by = fields.Date(string="Next Order Expected by", readonly=True)
    reasons = fields.Json(readonly=True)
    reason_text = fields.Text(compute="_compute_reason_text", string="Why")
    main_reason = fields.Text(compute="_compute_reason_text")
    lost_since = fields.Date(readonly=True)
    score_ids = fields.One2many("churn.score", "account_id", string="Score History")
    warning_ids = fields.One2many("churn.warning", "account_id", string="Warnings")
    warning_text = fields.Text(compute="_compute_warning_text", string="Open Warnings")
    warning_names = fields.Char(compute="_compute_warning_text", string="Kinds of Open Warnings")
    history = fields.Json(compute="_compute_history")

    # The list of customers at risk is read from its top; so is each band of it.
    _risk_list = models.Index("(company_id, expected_loss DESC, id)")
    _risk_band_list = models.Index("(company_id, full_band, expected_loss DESC, id)")

    # Bands

    @api.depends("full_band", "public_band", "base_band")
    @api.depends_context("uid", "churn_known_to_all")
    def _compute_risk_band(self):
        hidden = set(self.ids if self._knows_public_only() else self.env["churn.warning"]._hidden_account_ids())
        for account, bands in zip(self, self.sudo(), strict=True):  # the bands of visible rows only, chosen per viewer
            account.risk_band = bands.public_band if account.id in hidden else bands.full_band
            account.is_lifted = account.risk_band != account.base_band

    @api.model
    def _knows_public_only(self):
        """Whether a stored filter is searched by the system: its result is read by many, each of whom knows less."""
        return bool(self.env.context.get("churn_known_to_all"))

    def _search_risk_band(self, operator, value):
        if operator != "in":
            return NotImplemented
        field = self._fields["risk_band"]
        return Domain.custom(
            to_sql=lambda model, alias, query: field.condition_to_sql("risk_band", "in", value, model, alias, query)
        )

    def _field_to_sql(self, alias, field_expr, query=None):
        """Search, group and sort by the band in SQL: a plain column unless something is kept from the viewer."""
        if field_expr != "risk_band":
            return super()._field_to_sql(alias, field_expr, query)
        bands = self.sudo()  # chosen per viewer below
        public = bands._field_to_sql(alias, "public_band", query)
        if self._knows_public_only():
            return public
        full = bands._field_to_sql(alias, "full_band", query)
        hidden = self.env["churn.warning"]._hidden_account_ids()
        if not hidden:
            return full
        row_id = SQL.identifier(alias, "id")
        return SQL("CASE WHEN %s = ANY(%s) THEN %s ELSE %s END", row_id, hidden, public, full)

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name in NULLS_LAST and not nulls:
            nulls = SQL("NULLS LAST")
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    @api.model
    def _lift_bands(self, company):
        """Write the bands that all see and that everything is seen in, from the own band and the open warnings."""
        step_up = SQL(
            "CASE %s ELSE account.base_band END",
            SQL(" ").join(
                SQL("WHEN account.base_band IS NULL THEN %s", up)
                if band is None
                else SQL("WHEN account.base_band = %s THEN %s", band, up)
                for band, up in LIFTED.items()
            ),
        )
        self.env["churn.warning"].flush_model()
        self.env["churn.warning.kind"].flush_model(["lifts"])
        self.flush_model()
        self.env.cr.execute(SQL(self._SQL_LIFT, company=company.id, step_up=step_up, never=NEVER_LIFTED))
        self.invalidate_model(["full_band", "public_band", "risk_band", "is_lifted"])

    _SQL_LIFT = """
        WITH lifting AS (
            SELECT warning.account_id,
                   bool_or(warning.confidential_user_id IS NULL AND warning.restricted IS NOT TRUE) AS known_to_all
              FROM churn_warning warning
              JOIN churn_warning_kind kind ON kind.id = warning.kind_id AND kind.lifts
             WHERE warning.company_id = %(company)s AND warning.closed_on IS NULL
             GROUP BY warning.account_id
        ), band AS (
            SELECT account.id,
                   CASE WHEN lifting.account_id IS NULL THEN account.base_band ELSE %(step_up)s END AS full_band,
                   CASE WHEN lifting.known_to_all THEN %(step_up)s ELSE account.base_band END AS public_band
              FROM churn_account account
              LEFT JOIN lifting ON lifting.account_id = account.id
                    AND account.score_status NOT IN %(never)s
             WHERE account.company_id = %(company)s
        )
        UPDATE churn_account account
           SET full_band = band.full_band, public_band = band.public_band
          FROM band
         WHERE band.id = account.id
           AND (account.full_band, account.public_band) IS DISTINCT FROM (band.full_band, band.public_band)
    """

    @api.model
    def _hand_on_rows(self, heirs):
        """The months that the other account has no score of, and the warnings."""
        result = super()._hand_on_rows(heirs)
        for name, once, among in (
            ("churn.score", ("month",), Domain.TRUE),
            ("churn.warning", ("kind_id", "key"), [("closed_on", "=", False)]),
        ):
            rows = self.env[name]
            hand_on(rows, "account_id", heirs, but=doubles(rows, "account_id", heirs, once, among))
        return result

    # Words

    @api.depends("reasons", "score_status")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        reason = self.env["churn.score.reason"]
        for account in self:
            sentences = reason._sentences(account)
            account.reason_text = "\n".join(sentences)
            account.main_reason = sentences[0] if sentences else False

    @api.depends("warning_ids.text", "warning_ids.closed_on")
    @api.depends_context("uid", "lang")
    def _compute_warning_text(self):
        """What the reader may know. Searched, not taken from ``warning_ids``: its cache is shared by all users."""
        opened = self.env["churn.warning"].search([("account_id", "in", self.ids), ("closed_on", "=", False)])
        by_account = opened.grouped("account_id")
        for account in self:
            mine = by_account.get(account, opened.browse())
            account.warning_text = "\n".join(mine.mapped("text"))
            account.warning_names = listed(self.env, mine.kind_id.mapped("name"))

    @api.depends("score_ids.probability")
    @api.depends_context("lang")
    def _compute_history(self):
        for account in self:
            account.history = [
                {
                    "month": fields.Date.to_string(score.month),
                    "label": month_words(self.env, score.month),
                    "probability": score.probability,
                    "band": score.base_band,
                }
                for score in account.score_ids.sorted("month")
            ]

    # Actions

    def action_open_customer(self):
        self.ensure_one()
        return self.partner_id._get_records_action(context={})
