from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# Field of res.partner: column of churn_account.
COLUMNS = {
    "churn_value_tier": "value_tier",
    "churn_is_key_account": "is_key_account",
    "churn_revenue_12m": "revenue_12m",
}
COMPARISONS = {operator: SQL(operator) for operator in ("<", "<=", ">", ">=")}


class ResPartner(models.Model):
    """An account's figures of the current company, shown on all its contacts.

    They are stored in churn.account and read by a join, so that contacts can be filtered, sorted and grouped by them
    without any being written.
    """

    _inherit = "res.partner"

    churn_currency_id = fields.Many2one("res.currency", compute="_compute_churn_figures")
    churn_value_tier = fields.Selection(
        selection=lambda self: self.env["churn.account"]._fields["value_tier"]._description_selection(self.env),
        string="Value Tier",
        compute="_compute_churn_figures",
        search="_search_churn_value_tier",
        groups="churn_handover.group_churn_user",
        help="A: the accounts that together make the first 80 % of the 12-month revenue; B: the next 15 %; C: the rest.",
    )
    churn_is_key_account = fields.Boolean(
        string="Key Account",
        compute="_compute_churn_figures",
        inverse="_inverse_churn_is_key_account",
        search="_search_churn_is_key_account",
        groups="churn_handover.group_churn_user",
        help="Set by the manager: this account gets the most careful treatment.",
    )
    churn_revenue_12m = fields.Monetary(
        string="Revenue, 12 Months",
        currency_field="churn_currency_id",
        compute="_compute_churn_figures",
        search="_search_churn_revenue_12m",
        aggregator=None,  # contacts show their account's revenue: a sum would count it several times
        groups="churn_handover.group_churn_user",
        help="Confirmed orders of the last 12 months without tax, of the whole account.",
    )

    @api.depends_context("company")
    @api.depends("commercial_partner_id.churn_account_ids.value_tier", "commercial_partner_id.churn_account_ids.is_key_account")
    def _compute_churn_figures(self):
        rows = self.env["churn.account"].search_fetch(
            [("partner_id", "in", self.commercial_partner_id.ids), ("company_id", "=", self.env.company.id)],
            ["partner_id", *COLUMNS.values()],
        )
        by_account = {row.partner_id.id: row for row in rows}
        for partner in self:
            row = by_account.get(partner.commercial_partner_id._origin.id, rows.browse())
            partner.churn_currency_id = self.env.company.currency_id
            partner.churn_value_tier = row.value_tier
            partner.churn_is_key_account = row.is_key_account
            partner.churn_revenue_12m = row.revenue_12m

    def _inverse_churn_is_key_account(self):
        """Set the flag on the account of the current company; churn.account lets only managers do so."""
        figures = self.env["churn.account"]
        for flag, partners in self.grouped("churn_is_key_account").items():
            accounts = partners.commercial_partner_id
            rows = figures.search([("partner_id", "in", accounts.ids), ("company_id", "=", self.env.company.id)])
            rows.is_key_account = flag
            figures.create(
                [
                    {"partner_id": account.id, "company_id": self.env.company.id, "is_key_account": flag}
                    for account in accounts - rows.partner_id
                ]
            )

    @api.model
    def _search_churn_value_tier(self, operator, value):
        return self._search_churn_figure("churn_value_tier", operator, value)

    @api.model
    def _search_churn_is_key_account(self, operator, value):
        return self._search_churn_figure("churn_is_key_account", operator, value)

    @api.model
    def _search_churn_revenue_12m(self, operator, value):
        return self._search_churn_figure("churn_revenue_12m", operator, value)

    def _search_churn_figure(self, name, operator, value):
        """An account without a row has no tier, no flag and no revenue."""
        if operator in COMPARISONS:
            return Domain.custom(
                to_sql=lambda model, alias, query: SQL(
                    "COALESCE(%s, 0) %s %s", model._churn_figure(alias, name, query), COMPARISONS[operator], value
                )
            )
        if operator not in ("in", "not in"):
            return NotImplemented
        values, unset = [item for item in value if item], any(not item for item in value)

        def to_sql(model, alias, query):
            column = model._churn_figure(alias, name, query)
            empty = SQL("%s IS NULL", column) if name == "churn_value_tier" else SQL("COALESCE(%s::int, 0) = 0", column)
            found = SQL("%s = ANY(%s)", column, values)  # strict, so that the join starts from the few that match
            if operator == "in":
                return SQL("(%s OR %s)", found, empty) if unset else found
            return SQL("NOT (%s)", empty) if unset and not values else self._sql_not_in(column, found, empty, unset)

        return Domain.custom(to_sql=to_sql)

    @staticmethod
    def _sql_not_in(column, found, empty, unset):
        others = SQL("COALESCE(NOT %s, TRUE)", found)
        return SQL("(%s AND NOT %s)", others, empty) if unset else others

    def _churn_figure(self, alias, name, query):
        """The column of churn_account for a partner's account in the current company; joins it once per query."""
        figures = self.env["churn.account"]
        joined = query.make_alias(alias, "churn_account")
        query.add_join(
            "LEFT JOIN",
            joined,
            figures._table,
            SQL(
                "%s = %s AND %s = %s",
                SQL.identifier(joined, "partner_id", to_flush=figures._fields["partner_id"]),
                self._field_to_sql(alias, "commercial_partner_id", query),
                SQL.identifier(joined, "company_id"),
                self.env.company.id,
            ),
        )
        column = COLUMNS[name]
        return SQL.identifier(joined, column, to_flush=figures._fields[column])

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr not in COLUMNS or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        column = self._churn_figure(alias, field_expr, query)
        # sorted from the top, "nothing" must not come first
        return SQL("COALESCE(%s, 0)", column) if field_expr == "churn_revenue_12m" else column
