from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .res_partner import SQL_OURS

# Cumulated share of the 12-month revenue at which tier A and tier B end: the usual ABC analysis.
TIER_A_SHARE = 0.80
TIER_B_SHARE = 0.95


class ChurnAccount(models.Model):
    """What one company knows of one account: revenue, value tier, key-account flag.

    A row per account and company, so that a nightly refresh never writes ``res.partner``. There is one at least for
    whoever ever ordered and for key accounts. Who never ordered has no tier.
    """

    _name = "churn.account"
    _description = "Account Figures"
    _inherit = ["churn.guarded"]
    _rec_name = "partner_id"
    _order = "revenue_12m desc, id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Account", required=True, index=True, ondelete="cascade", check_company=True
    )
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    revenue_12m = fields.Monetary(
        string="Revenue, 12 Months",
        readonly=True,
        help="Confirmed orders of the last 12 months without tax, in the company's currency at the order date.",
    )
    order_count_12m = fields.Integer(string="Orders, 12 Months", readonly=True)
    last_order_date = fields.Date(readonly=True)
    value_tier = fields.Selection(
        [("a", "A"), ("b", "B"), ("c", "C")],
        readonly=True,
        index=True,
        help="A: the accounts that together make the first 80 % of the 12-month revenue; B: the next 15 %; "
        "C: the rest.",
    )
    is_key_account = fields.Boolean(
        string="Key Account", help="Set by the manager: this account gets the most careful treatment."
    )

    _partner_company_unique = models.UniqueIndex(
        "(partner_id, company_id)", "An account has one row of figures per company."
    )

    # Refresh

    @api.model
    def _cron_refresh(self):
        """Refresh the figures of every company once a day; a step is one company."""
        today = fields.Date.context_today(self)
        companies = self.env["res.company"].search(
            ["|", ("churn_refreshed_on", "=", False), ("churn_refreshed_on", "<", today)]
        )
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(companies))
        for company in companies:
            self.env["churn.statistics"]._refresh()
            self._refresh(company)
            company.churn_refreshed_on = today
            if not commit_progress(1):
                break

    @api.model
    def _refresh_partners(self, partner_ids):
        """Refresh the figures of given accounts in all companies at once; the others keep theirs until the night."""
        # sudo: figures of an account are kept in every company that sold to it, whoever caused the refresh
        companies = self.env["res.company"].sudo().search(Domain.TRUE)
        return self._refresh(companies, partner_ids)

    @api.model
    def _refresh(self, companies, partner_ids=None):
        """Compute the figures from confirmed orders; one statement, which writes only rows that change.

        Orders of contacts count for their account. Our own companies and people are no customers.

        :param companies: res.company records
        :param partner_ids: ids of accounts; None for all. Tiers always compare with all accounts of the company.
        :return: number of rows written
        """
        self.env["sale.order"].flush_model(
            ["partner_id", "company_id", "state", "date_order", "amount_untaxed", "currency_rate"]
        )
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self.flush_model()
        everyone = SQL("TRUE")
        values = {
            "companies": companies.ids,
            "start": fields.Date.context_today(self) - relativedelta(months=12),
            "of_order": everyone if partner_ids is None else SQL("p.commercial_partner_id = ANY(%s)", partner_ids),
            "of_row": everyone if partner_ids is None else SQL("f.partner_id = ANY(%s)", partner_ids),
            "uid": self.env.uid,
            "ours": SQL(SQL_OURS),
            "a_share": TIER_A_SHARE,
            "b_share": TIER_B_SHARE,
        }
        written = self.env.execute_query(SQL(self._SQL_REFRESH, **values))
        self.invalidate_model()
        shown = [name for name in self.env["churn.risk.mixin"]._fields if name.startswith("churn_")]
        for model in ("res.partner", "crm.lead"):
            self.env[model].invalidate_model(shown, flush=False)
        return len(written)

    # "sold": accounts with orders. "figures": those, accounts without (any more), and, in a partial refresh, the
    # stored figures of all the others, which the tiers compare with.
    _SQL_REFRESH = """
        WITH ours AS (%(ours)s), sold AS (
            SELECT p.commercial_partner_id AS partner_id, o.company_id,
                   ROUND(COALESCE(SUM(o.amount_untaxed / COALESCE(NULLIF(o.currency_rate, 0), 1))
                                  FILTER (WHERE o.date_order >= %(start)s), 0), MAX(currency.decimal_places))
                       AS revenue,
                   COUNT(*) FILTER (WHERE o.date_order >= %(start)s) AS orders,
                   MAX(o.date_order)::date AS last_order
              FROM sale_order o
              JOIN res_partner p ON p.id = o.partner_id
              JOIN res_company company ON company.id = o.company_id
              JOIN res_currency currency ON currency.id = company.currency_id
             WHERE o.state = 'sale' AND o.company_id = ANY(%(companies)s) AND %(of_order)s
               AND p.commercial_partner_id NOT IN (SELECT partner_id FROM ours)
             GROUP BY p.commercial_partner_id, o.company_id
        ), figures AS (
            SELECT partner_id, company_id, revenue, orders, last_order, TRUE AS fresh FROM sold
             UNION ALL
            SELECT f.partner_id, f.company_id, CASE WHEN %(of_row)s THEN 0 ELSE f.revenue_12m END,
                   0, NULL, %(of_row)s
              FROM churn_account f
             WHERE f.company_id = ANY(%(companies)s)
               AND NOT EXISTS (SELECT FROM sold
                                WHERE sold.partner_id = f.partner_id AND sold.company_id = f.company_id)
        ), ranked AS (
            SELECT *, SUM(GREATEST(revenue, 0)) OVER (PARTITION BY company_id) AS total,
                   SUM(GREATEST(revenue, 0)) OVER (
                       PARTITION BY company_id ORDER BY revenue DESC, partner_id) - GREATEST(revenue, 0) AS before
              FROM figures
        )
        INSERT INTO churn_account AS f (
            partner_id, company_id, revenue_12m, order_count_12m, last_order_date, value_tier,
            create_uid, write_uid, create_date, write_date)
        SELECT partner_id, company_id, revenue, orders, last_order,
               CASE WHEN last_order IS NULL THEN NULL WHEN revenue <= 0 THEN 'c'
                    WHEN before < %(a_share)s * total THEN 'a'
                    WHEN before < %(b_share)s * total THEN 'b' ELSE 'c' END,
               %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
          FROM ranked
         WHERE fresh
   ON CONFLICT (partner_id, company_id) DO UPDATE
           SET revenue_12m = EXCLUDED.revenue_12m, order_count_12m = EXCLUDED.order_count_12m,
               last_order_date = EXCLUDED.last_order_date, value_tier = EXCLUDED.value_tier,
               write_uid = EXCLUDED.write_uid, write_date = EXCLUDED.write_date
         WHERE (f.revenue_12m, f.order_count_12m, f.last_order_date, f.value_tier) IS DISTINCT FROM
               (EXCLUDED.revenue_12m, EXCLUDED.order_count_12m, EXCLUDED.last_order_date, EXCLUDED.value_tier)
     RETURNING id
    """

    @api.model
    def _absorb(self, account, sources):
        """Take the rows of accounts that are none any more, with what hangs on them; a key account stays one.

        The figures need a refresh.
        """
        self.flush_model()
        self.env.execute_query(
            SQL(
                """
                INSERT INTO churn_account AS f (partner_id, company_id, is_key_account)
                SELECT %(account)s, company_id, COALESCE(bool_or(is_key_account), FALSE)
                  FROM churn_account WHERE partner_id = ANY(%(sources)s) GROUP BY company_id
           ON CONFLICT (partner_id, company_id) DO UPDATE
                   SET is_key_account = COALESCE(f.is_key_account, FALSE) OR EXCLUDED.is_key_account
             RETURNING id
                """,
                sources=sources.ids,
                account=account.id,
            )
        )
        self.invalidate_model()
        rows = self.sudo()  # sudo: what the user may not see must not get lost either
        staying = {row.company_id: row.id for row in rows.search([("partner_id", "=", account.id)])}
        going = rows.search([("partner_id", "in", sources.ids)])
        if going:
            self._hand_on_rows({row.id: staying[row.company_id] for row in going})
            self.env.flush_all()
            self.env.cr.execute("DELETE FROM churn_account WHERE id = ANY(%s)", [going.ids])
            self.env.invalidate_all(flush=False)

    @api.model
    def _hand_on_rows(self, heirs):
        """Move what hangs on rows that go; to be extended. What is left behind goes with them.

        :param heirs: ``{id that goes: id that stays}``
        """
