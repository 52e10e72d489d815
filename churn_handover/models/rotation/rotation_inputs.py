from collections import defaultdict
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...analytics.rotation import Account, Rep, Rules

# A second and each further complaint within two years asks for half a year more with the same person, two years at
# most: judgement, as are the defaults of the schedule.
REPEAT_MONTHS, REPEAT_EXTRA, REPEAT_MOST = 24, 6, 24
# Whom the customer still knows: owners of the last three years who work here.
KNOWN_MONTHS = 36
NEGOTIATION_DAYS, LIKELY = 30, 50
# High season: months with a quarter of the orders, of an account with enough orders to tell.
SEASON_YEARS, SEASON_LEAST, SEASON_SHARE = 3, 6, 0.25


class ChurnRotationSchedule(models.Model):
    """What the planner reads: one query per concern, however many accounts."""

    _inherit = "churn.rotation.schedule"

    def _rules(self):
        self.ensure_one()
        return Rules(
            interval=self.interval_months,
            tenure=self.tenure_months,
            cap_rep=self.cap_rep,
            cap_company=self.cap_company,
            balance=self.balance_percent / 100,
            consent=self.key_consent,
            same_team=self.scope == "team",
            second_face=self.second_face,
        )

    def _inputs(self, accounts=None):
        """Return {account id: Account} as the planner reads it.

        Accounts in other open handovers and accounts of owners who left are none of its business.

        :param accounts: only these; default all of the schedule
        """
        self.ensure_one()
        domain = self._account_domain()
        if accounts is not None:
            domain &= Domain("id", "in", accounts.ids)
        ids = self.env["res.partner"].with_context(churn_known_to_all=True).search(domain).ids
        today = fields.Date.context_today(self)
        stays, quiet, agreed = self._exceptions(ids, today)
        tenures = self._steadiness(ids)
        known = self._known(ids, today)
        for found in (self._negotiations(ids, today), self._seasons(ids, today)):
            for account_id, spans in found.items():
                quiet[account_id] += spans
        return {
            row[0]: Account(
                *row[:5],
                consent=row[0] in agreed,
                industry=row[5],
                country=row[6],
                known=tuple(sorted(known[row[0]])),
                stays_until=stays.get(row[0], (None, ""))[0],
                stays_why=stays.get(row[0], (None, "freeze"))[1],
                quiet=tuple(sorted(quiet[row[0]])),
                tenure=tenures.get(row[0], 0),
            )
            for row in self._facts(ids)
        }

    def _facts(self, ids):
        """Rows of (id, owner, since, revenue, key, industry, country)."""
        for model in ("churn.assignment", "churn.account", "churn.handover", "churn.handover.line"):
            self.env[model].flush_model()
        self.env["res.partner"].flush_model(["user_id", "industry_id", "country_id"])
        self.env["res.users"].flush_model(["active"])
        return self.env.execute_query(
            SQL(
                """
                SELECT p.id, p.user_id, COALESCE(a.date_from, p.create_date::date),
                       COALESCE(f.revenue_12m, 0)::float8, COALESCE(f.is_key_account, FALSE),
                       p.industry_id, p.country_id
                  FROM res_partner p
                  JOIN res_users owner ON owner.id = p.user_id AND owner.active
             LEFT JOIN churn_assignment a ON a.account_id = p.id AND a.kind = 'owner' AND a.date_to IS NULL
             LEFT JOIN churn_account f ON f.partner_id = p.id AND f.company_id = %(company)s
                 WHERE p.id = ANY(%(ids)s)
                   AND NOT EXISTS (
                       SELECT FROM churn_handover_line line JOIN churn_handover plan ON plan.id = line.handover_id
                        WHERE line.account_id = p.id AND line.state IN ('confirmed', 'stopped')
                          AND plan.rotation_round_id IS NULL)
                """,
                company=self.company_id.id,
                ids=ids,
            )
        )

    def _exceptions(self, ids, today):
        """Freezes and exceptions.

        :return: ``{id: (last day, why)}``, ``{id: [(first day, last day)]}`` of those that begin later, ids that agreed
        """
        # sudo: a freeze counts whoever plans; what it comes from is shown to whom may see it
        frozen = self.env["churn.feedback"].sudo()._freeze_until(ids)
        stays = {account_id: (until, "freeze") for account_id, until in frozen.items()}
        quiet, agreed = defaultdict(list), set()
        rows = self.env["churn.rotation.exception"].search(
            [("account_id", "in", ids), ("company_id", "=", self.company_id.id), ("date_to", ">=", today)]
        )
        for row in rows:
            account_id = row.account_id.id
            if row.kind == "consent":
                agreed.add(account_id)
            elif row.date_from > today:
                quiet[account_id].append((row.date_from, row.date_to))
            elif row.date_to > stays.get(account_id, (date.min, ""))[0]:
                stays[account_id] = (row.date_to, "exception")
        return stays, quiet, agreed

    def _steadiness(self, ids):
        """{id: months of minimum tenure} of accounts that complained again; they need the people they know."""
        since = fields.Datetime.now() - relativedelta(months=REPEAT_MONTHS)
        # sudo: as for the freeze
        rows = (
            self.env["churn.feedback"]
            .sudo()
            ._read_group(
                [
                    ("account_id", "in", ids),
                    ("kind", "=", "complaint"),
                    ("state", "!=", "withdrawn"),
                    ("received_date", ">=", since),
                ],
                ["account_id"],
                ["__count"],
                having=[("__count", ">", 1)],
            )
        )
        extra = {account.id: min((count - 1) * REPEAT_EXTRA, REPEAT_MOST) for account, count in rows}
        return {account_id: self.tenure_months + months for account_id, months in extra.items()}

    def _known(self, ids, today):
        """{id: user ids the customer knows beside the owner}"""
        known = defaultdict(set)
        self.env["churn.team.member"].flush_model()
        self.env["churn.assignment"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT member.account_id, member.user_id
                  FROM churn_team_member member JOIN res_users u ON u.id = member.user_id AND u.active
                 WHERE member.account_id = ANY(%(ids)s) AND (member.date_to IS NULL OR member.date_to >= %(today)s)
                 UNION
                SELECT former.account_id, former.user_id
                  FROM churn_assignment former JOIN res_users u ON u.id = former.user_id AND u.active
                 WHERE former.account_id = ANY(%(ids)s) AND former.kind = 'owner' AND former.date_to >= %(since)s
                """,
                ids=ids,
                today=today,
                since=today - relativedelta(months=KNOWN_MONTHS),
            )
        )
        for account_id, user_id in rows:
            known[account_id].add(user_id)
        return known

    def _negotiations(self, ids, today):
        """{id: [(today, last day)]} of accounts with a quotation sent or an opportunity that is likely to be won."""
        if not self.quiet_negotiation:
            return {}
        self.env["crm.lead"].flush_model(["partner_id", "probability", "won_status", "active", "date_deadline"])
        self.env["sale.order"].flush_model(["partner_id", "state", "validity_date"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT p.commercial_partner_id, GREATEST(MAX(deal.day), %(least)s)
                  FROM (SELECT partner_id, date_deadline AS day FROM crm_lead
                         WHERE active AND type = 'opportunity' AND won_status = 'pending' AND probability >= %(likely)s
                           AND COALESCE(date_deadline, write_date::date) >= %(stale)s
                         UNION ALL
                        SELECT partner_id, validity_date FROM sale_order
                         WHERE state = 'sent' AND COALESCE(validity_date, write_date::date) >= %(stale)s) deal
                  JOIN res_partner p ON p.id = deal.partner_id
                 WHERE p.commercial_partner_id = ANY(%(ids)s)
                 GROUP BY 1
                """,
                ids=ids,
                likely=LIKELY,
                least=today + timedelta(days=NEGOTIATION_DAYS),
                stale=today - timedelta(days=NEGOTIATION_DAYS),
            )
        )
        return {account_id: [(today, until)] for account_id, until in rows}

    def _seasons(self, ids, today):
        """{id: [(first, last day)]} of the months in which an account places a quarter or more of its orders."""
        if not self.quiet_season:
            return {}
        self.env["sale.order"].flush_model(["partner_id", "company_id", "state", "date_order"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH counted AS (
                    SELECT p.commercial_partner_id AS account_id, EXTRACT(month FROM o.date_order)::int AS month,
                           COUNT(*) AS orders, SUM(COUNT(*)) OVER (PARTITION BY p.commercial_partner_id) AS total
                      FROM sale_order o JOIN res_partner p ON p.id = o.partner_id
                     WHERE o.state = 'sale' AND o.company_id = %(company)s AND o.date_order >= %(since)s
                       AND p.commercial_partner_id = ANY(%(ids)s)
                     GROUP BY 1, 2)
                SELECT account_id, month FROM counted
                 WHERE total >= %(least)s AND orders >= %(share)s * total AND orders > 1
                """,
                company=self.company_id.id,
                since=today - relativedelta(years=SEASON_YEARS),
                ids=ids,
                least=SEASON_LEAST,
                share=SEASON_SHARE,
            )
        )
        spans = defaultdict(list)
        for account_id, month in rows:
            first = today + relativedelta(day=1, month=month)
            first += relativedelta(years=1) if first + relativedelta(day=31) < today else relativedelta()
            spans[account_id].append((first, first + relativedelta(day=31)))
        return spans

    def _people(self, accounts):
        """The reps: owners give; who may take is named on the schedule, or is in a team and looks after customers.

        Room is what somebody can carry less what is owned and what confirmed handovers of other doors are bringing.

        :param accounts: list of Account
        """
        owners = {account.owner for account in accounts}
        # sudo: whoever plans must know who could take over and how much they carry; only ids and numbers are used
        users = self.env["res.users"].sudo()
        takers = self.user_ids
        if not takers:
            members = self.env["crm.team.member"].sudo().search(Domain.TRUE).user_id  # sudo: as above
            takers = self.env["churn.capacity"]._serving(users.browse(owners) | members)
        takers = takers.filtered(
            lambda user: user.active and not user.share and self.company_id in user.sudo().company_ids  # sudo: as above
        )
        takers -= takers.browse(takers._churn_leaving())
        everybody = users.browse(owners) | takers
        loads = self.env["churn.load"].sudo()._of(everybody, self.company_id)  # sudo: as above
        coming = self.env["churn.handover.line"].sudo()._coming(everybody, but_rotation=True)  # sudo: as above
        return [
            Rep(
                user.id,
                user.sale_team_id.id or None,
                user in takers,
                None if (free := loads[user.id].free_accounts) is None else max(free - coming[user.id], 0),
            )
            for user in everybody
        ]
