from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...analytics.load import Load
from ..account.res_partner import SQL_OURS

MEETING_DAYS = 30
COUNTS = ("accounts", "deals", "quotations", "overdue", "meetings")


class ChurnLoad(models.Model):
    """What each salesperson looks after in each company, counted when asked for; numbers only.

    Records without company (activities, meetings, shared accounts) count in every company. It tells who can take over
    a customer and serve it well; it judges nobody.
    """

    _name = "churn.load"
    _description = "Load and Capacity"
    _auto = False
    _order = "user_id, company_id"  # by name: it ranks nobody
    _rec_name = "user_id"

    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    team_id = fields.Many2one(related="user_id.sale_team_id", string="Sales Team")
    accounts = fields.Integer(readonly=True, help="Accounts owned.")
    deals = fields.Integer(string="Open Deals", readonly=True, help="Opportunities that are neither won nor lost.")
    quotations = fields.Integer(readonly=True)
    overdue = fields.Integer(string="Overdue Activities", readonly=True)
    meetings = fields.Integer(string="Meetings, 30 Days", readonly=True, help="Meetings of the next 30 days.")
    revenue = fields.Monetary(
        string="Revenue, 12 Months", readonly=True, help="Confirmed orders of the accounts owned, without tax."
    )
    account_limit = fields.Integer(string="Accounts at Most", readonly=True, aggregator=None, help="Zero: no limit.")
    used = fields.Float(
        string="Capacity Used",
        readonly=True,
        aggregator="avg",
        help="Accounts owned in this company as a share of what this person can serve well.",
    )

    @api.model
    def _of(self, users, companies, currency=None):
        """What each user looks after in the companies, and may look after at most.

        :param companies: res.company records; records without company always count
        :param currency: of revenue and its limit; default that of the present company
        :return: ``{user id: Load}`` with every given user. Two queries, however many users.
        """
        currency = currency or self.env.company.currency_id
        found = {user_id: dict.fromkeys((*COUNTS, "revenue"), 0) for user_id in users.ids}
        by_id = {company.id: company for company in companies}
        today = fields.Date.context_today(self)
        rows = self.env.execute_query(
            SQL(
                """SELECT user_id, company_id, what, SUM(amount)::float8 FROM (%s) item
                    WHERE company_id IS NULL OR company_id = ANY(%s) GROUP BY user_id, company_id, what""",
                self._sql_items(users.ids),
                companies.ids,
            )
        )
        for user_id, company_id, what, amount in rows:
            if what == "revenue":
                # sudo: the currency of a company that the caller named
                company = by_id[company_id].sudo()
                found[user_id][what] += company.currency_id._convert(amount, currency, company, today, round=False)
            else:
                found[user_id][what] += int(amount)
        limits = self._limits(users, currency)
        return {user_id: Load(**values, **limits[user_id]) for user_id, values in found.items()}

    @api.model
    def _limits(self, users, currency):
        """Return ``{user id: {limit: number or None}}``; own row before the one for everybody."""
        # sudo: numbers only; whoever plans must know what a colleague can carry
        rows = self.env["churn.capacity"].sudo().search([("user_id", "in", [*users.ids, False])])
        by_user = {row.user_id.id: row for row in rows}
        today, company = fields.Date.context_today(self), self.env.company
        limits = {}
        for user_id in users.ids:
            row = by_user.get(user_id) or by_user.get(False) or rows.browse()
            revenue = row.revenue_limit
            if revenue:
                revenue = row.currency_id._convert(revenue, currency, company, today, round=False)
            limits[user_id] = {
                "account_limit": row.account_limit or None,
                "deal_limit": row.deal_limit or None,
                "revenue_limit": revenue or None,
            }
        return limits

    @api.model
    def _sql_items(self, user_ids):
        """A query of (user_id, company_id, what, amount); the tables it reads are flushed."""
        self.env["res.partner"].flush_model(["user_id", "active", "commercial_partner_id", "company_id"])
        self.env["crm.lead"].flush_model(["user_id", "active", "type", "won_status", "company_id"])
        self.env["sale.order"].flush_model(["user_id", "state", "company_id"])
        self.env["mail.activity"].flush_model(["user_id", "active", "date_deadline"])
        self.env["calendar.event"].flush_model(["active", "start", "partner_ids"])
        self.env["res.users"].flush_model(["partner_id", "active", "share"])
        self.env["churn.account"].flush_model(["partner_id", "company_id", "revenue_12m"])
        self.env["churn.capacity"].flush_model()
        now = fields.Datetime.now()
        return SQL(
            self._SQL_ITEMS,
            users=user_ids,
            today=fields.Date.context_today(self),
            now=now,
            until=now + timedelta(days=MEETING_DAYS),
            ours=SQL(SQL_OURS),
        )

    # A meeting counts for every colleague who attends it, the organiser included.
    _SQL_ITEMS = """
        SELECT account.user_id, account.company_id, 'accounts' AS what, COUNT(*)::numeric AS amount
          FROM res_partner account
         WHERE account.user_id = ANY(%(users)s) AND account.active AND account.commercial_partner_id = account.id
           AND account.id NOT IN (SELECT partner_id FROM (%(ours)s) us WHERE partner_id IS NOT NULL)
         GROUP BY 1, 2
         UNION ALL
        SELECT user_id, company_id, 'deals', COUNT(*) FROM crm_lead
         WHERE user_id = ANY(%(users)s) AND active AND type = 'opportunity' AND won_status = 'pending'
         GROUP BY 1, 2
         UNION ALL
        SELECT user_id, company_id, 'quotations', COUNT(*) FROM sale_order
         WHERE user_id = ANY(%(users)s) AND state IN ('draft', 'sent')
         GROUP BY 1, 2
         UNION ALL
        SELECT user_id, NULL, 'overdue', COUNT(*) FROM mail_activity
         WHERE user_id = ANY(%(users)s) AND active AND date_deadline < %(today)s
         GROUP BY 1
         UNION ALL
        SELECT attendee.id, NULL, 'meetings', COUNT(*)
          FROM calendar_event event
          JOIN calendar_event_res_partner_rel rel ON rel.calendar_event_id = event.id
          JOIN res_users attendee ON attendee.partner_id = rel.res_partner_id AND attendee.id = ANY(%(users)s)
         WHERE event.active AND event.start >= %(now)s AND event.start < %(until)s
         GROUP BY 1
         UNION ALL
        SELECT account.user_id, figures.company_id, 'revenue', SUM(figures.revenue_12m)
          FROM churn_account figures
          JOIN res_partner account ON account.id = figures.partner_id AND account.active
         WHERE account.user_id = ANY(%(users)s)
         GROUP BY 1, 2
    """

    @property
    def _table_query(self):
        """A row per active salesperson and company that the person works in."""
        group = self.env.ref("sales_team.group_sale_salesman")
        users = group.sudo().all_user_ids.filtered("active")  # sudo: who is in sales; names and numbers are shown
        counts = SQL(", ").join(
            SQL("COALESCE(SUM(item.amount) FILTER (WHERE item.what = %s), 0)::int AS %s", name, SQL.identifier(name))
            for name in COUNTS
        )
        return SQL(
            """
            SELECT load.*, CASE WHEN load.account_limit > 0
                                THEN load.accounts::float8 / load.account_limit END AS used
              FROM (
                SELECT (ROW_NUMBER() OVER (ORDER BY place.user_id, place.cid))::int AS id,
                       place.user_id, place.cid AS company_id, %s,
                       COALESCE(SUM(item.amount) FILTER (WHERE item.what = 'revenue'), 0) AS revenue,
                       (SELECT capacity.account_limit FROM churn_capacity capacity
                         WHERE capacity.user_id = place.user_id OR capacity.user_id IS NULL
                         ORDER BY capacity.user_id NULLS LAST LIMIT 1) AS account_limit
                  FROM res_company_users_rel place
             LEFT JOIN (%s) item ON item.user_id = place.user_id
                   AND (item.company_id = place.cid OR item.company_id IS NULL)
                 WHERE place.user_id = ANY(%s)
                 GROUP BY place.user_id, place.cid
              ) load
            """,
            counts,
            self._sql_items(users.ids),
            users.ids,
        )
