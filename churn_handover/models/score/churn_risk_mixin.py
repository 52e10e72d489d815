from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..dependence.account_dependence import DEPENDENCE_LEVELS
from .account_score import NULLS_LAST, SCORE_STATUS
from .score import RISK_BANDS

USER = "churn_handover.group_churn_user"

# Field here → field of churn.account.
RISK_FIELDS = {
    "churn_figures_id": "id",
    "churn_risk_band": "risk_band",
    "churn_score_status": "score_status",
    "churn_probability": "probability",
    "churn_expected_loss": "expected_loss",
    "churn_value_tier": "value_tier",
    "churn_is_key_account": "is_key_account",
    "churn_revenue_12m": "revenue_12m",
    "churn_next_order_by": "next_order_by",
    "churn_dependence": "dependence",
    "churn_dependence_level": "dependence_level",
}
FETCHED = (
    "score_status",
    "probability",
    "expected_loss",
    "value_tier",
    "is_key_account",
    "revenue_12m",
    "next_order_by",
    "dependence",
    "dependence_level",
)


class ChurnRiskMixin(models.AbstractModel):
    """Shows the figures and the churn score of the account on records of another model, without storing them there.

    The nightly job must not write contacts and opportunities, so nothing here is stored. The fields are
    searched, sorted and grouped by through one LEFT JOIN to the rows of ``churn.account`` that the user may
    read; what is out of reach shows as empty. The company is the record's own or the present one.
    """

    _name = "churn.risk.mixin"
    _description = "Churn Score of the Account"

    churn_figures_id = fields.Many2one(
        "churn.account", compute="_compute_churn_risk", string="Score of the Account", groups=USER
    )
    churn_currency_id = fields.Many2one("res.currency", compute="_compute_churn_risk", groups=USER)
    churn_risk_band = fields.Selection(
        RISK_BANDS,
        string="Churn Risk",
        compute="_compute_churn_risk",
        search="_search_churn_risk_band",
        group_expand=True,
        groups=USER,
        help="Risk of no further order: by probability and money, one step higher while a warning is open.",
    )
    churn_score_status = fields.Selection(
        SCORE_STATUS,
        string="Churn Score",
        compute="_compute_churn_risk",
        search="_search_churn_score_status",
        groups=USER,
    )
    churn_probability = fields.Float(
        compute="_compute_churn_risk",
        search="_search_churn_probability",
        aggregator="avg",
        groups=USER,
    )
    churn_expected_loss = fields.Monetary(
        string="Expected Loss",
        compute="_compute_churn_risk",
        search="_search_churn_expected_loss",
        currency_field="churn_currency_id",
        groups=USER,
    )
    churn_value_tier = fields.Selection(
        [("a", "A"), ("b", "B"), ("c", "C")],
        string="Value Tier",
        compute="_compute_churn_risk",
        search="_search_churn_value_tier",
        groups=USER,
        help="A: the accounts that together make the first 80 % of the revenue of 12 months; B: the next 15 %; "
        "C: the rest.",
    )
    churn_is_key_account = fields.Boolean(
        string="Key Account",
        compute="_compute_churn_risk",
        inverse="_inverse_churn_is_key_account",
        search="_search_churn_is_key_account",
        groups=USER,
        help="Set by the manager: this account gets the most careful treatment.",
    )
    churn_revenue_12m = fields.Monetary(
        string="Revenue, 12 Months",
        compute="_compute_churn_risk",
        search="_search_churn_revenue_12m",
        currency_field="churn_currency_id",
        aggregator=None,  # every record of an account shows the whole account: a sum would count it several times
        groups=USER,
        help="Confirmed orders of the last 12 months without tax, of the whole account.",
    )
    churn_next_order_by = fields.Date(
        string="Next Order Expected by",
        compute="_compute_churn_risk",
        search="_search_churn_next_order_by",
        groups=USER,
    )

    churn_dependence = fields.Integer(
        string="Person Dependence",
        compute="_compute_churn_risk",
        search="_search_churn_dependence",
        aggregator=None,
        groups=USER,
        help="How much of the relationship hangs on the owner, 0–100, indicative.",
    )
    churn_dependence_level = fields.Selection(
        DEPENDENCE_LEVELS,
        string="Dependence",
        compute="_compute_churn_risk",
        search="_search_churn_dependence_level",
        groups=USER,
    )

    def _churn_account_keys(self):
        """Of which account and company each record shows the score.

        :return: list of ``(partner id or False, company id)``, one per record
        """
        raise NotImplementedError

    def _churn_account_key_sql(self, alias, query):
        """The same in SQL: ``(partner id, company id)``; joins are added to ``query``."""
        raise NotImplementedError

    def _churn_account_depends(self):
        """Fields of the record that say which account it shows."""
        return []

    @api.depends(lambda self: self._churn_account_depends())
    @api.depends_context("uid", "company")
    def _compute_churn_risk(self):
        keys = self._churn_account_keys()
        partner_ids = {partner_id for partner_id, __ in keys if partner_id}
        company_ids = {company_id for __, company_id in keys}
        rows = self.env["churn.account"].search_fetch(
            [("partner_id", "in", list(partner_ids)), ("company_id", "in", list(company_ids))],
            ["partner_id", "company_id", *FETCHED],
        )
        by_key = {(row.partner_id.id, row.company_id.id): row for row in rows}
        nothing = self.env["churn.account"]
        for record, key in zip(self, keys, strict=True):
            row = by_key.get(key, nothing)
            record.churn_figures_id = row
            record.churn_currency_id = row.currency_id or self.env.company.currency_id
            record.churn_risk_band = row.risk_band
            record.churn_score_status = row.score_status
            record.churn_probability = row.probability
            record.churn_expected_loss = row.expected_loss
            record.churn_value_tier = row.value_tier
            record.churn_is_key_account = row.is_key_account
            record.churn_revenue_12m = row.revenue_12m
            record.churn_next_order_by = row.next_order_by
            record.churn_dependence = row.dependence
            record.churn_dependence_level = row.dependence_level

    def _inverse_churn_is_key_account(self):
        """Set the flag on the accounts' own rows; churn.account lets only managers do so."""
        figures = self.env["churn.account"]
        flags = {
            key: record.churn_is_key_account
            for record, key in zip(self, self._churn_account_keys(), strict=True)
            if key[0]
        }
        rows = figures.search(
            [("partner_id", "in", [key[0] for key in flags]), ("company_id", "in", [key[1] for key in flags])]
        )
        by_key = {(row.partner_id.id, row.company_id.id): row for row in rows}
        for flag in (True, False):
            figures.union(*[by_key[key] for key in flags if flags[key] is flag and key in by_key]).is_key_account = flag
        figures.create(
            [
                {"partner_id": partner_id, "company_id": company_id, "is_key_account": flag}
                for (partner_id, company_id), flag in flags.items()
                if (partner_id, company_id) not in by_key
            ]
        )

    # One method per field: a search method is not told for which field it is called.

    def _search_churn_risk_band(self, operator, value):
        return self._search_churn("churn_risk_band", operator, value)

    def _search_churn_score_status(self, operator, value):
        return self._search_churn("churn_score_status", operator, value)

    def _search_churn_probability(self, operator, value):
        return self._search_churn("churn_probability", operator, value)

    def _search_churn_expected_loss(self, operator, value):
        return self._search_churn("churn_expected_loss", operator, value)

    def _search_churn_value_tier(self, operator, value):
        return self._search_churn("churn_value_tier", operator, value)

    def _search_churn_is_key_account(self, operator, value):
        return self._search_churn("churn_is_key_account", operator, value)

    def _search_churn_revenue_12m(self, operator, value):
        return self._search_churn("churn_revenue_12m", operator, value)

    def _search_churn_next_order_by(self, operator, value):
        return self._search_churn("churn_next_order_by", operator, value)

    def _search_churn_dependence(self, operator, value):
        return self._search_churn("churn_dependence", operator, value)

    def _search_churn_dependence_level(self, operator, value):
        return self._search_churn("churn_dependence_level", operator, value)

    def _search_churn(self, name, operator, value):
        field = self._fields[name]
        return Domain.custom(
            to_sql=lambda model, alias, query: field.condition_to_sql(name, operator, value, model, alias, query)
        )

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr not in RISK_FIELDS or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        figures = self.env["churn.account"]
        rows = figures._search(Domain.TRUE, order="id")  # what the user may read
        table = query.make_alias(alias, f"churn_account_{self.env.uid}")
        if table not in query._joins:
            partner_id, company_id = self._churn_account_key_sql(alias, query)
            condition = SQL(
                "%s = %s AND %s = %s",
                SQL.identifier(table, "partner_id"),
                partner_id,
                SQL.identifier(table, "company_id"),
                company_id,
            )
            source = figures._table
            if rows.where_clause:
                source = rows.subselect(SQL("%s.*", SQL.identifier(figures._table)))
            query.add_join("LEFT JOIN", table, source, condition)
        column = figures._field_to_sql(table, RISK_FIELDS[field_expr], query)
        # who never ordered has a revenue, of nothing; an account without a score has no probability
        return SQL("coalesce(%s, 0)", column) if field_expr == "churn_revenue_12m" else column

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if (
            RISK_FIELDS.get(field_name)
            in NULLS_LAST | {"expected_loss", "value_tier", "dependence", "dependence_level"}
            and not nulls
        ):
            nulls = SQL("NULLS LAST")
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    def action_open_churn_score(self):
        """The account's score in the present company."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Churn Score"),
            "res_model": "churn.account",
            "res_id": self.churn_figures_id.id,
            "view_mode": "form",
            "views": [(self.env.ref("churn_handover.account_score_view_form").id, "form")],
        }
