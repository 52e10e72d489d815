import logging
import secrets
from datetime import datetime, time, timedelta

import numpy as np
import pytz
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...analytics.trend import YEAR, falling_demand, quarters
from ..feedback.feedback_account import FREEZE_DAYS

_logger = logging.getLogger(__name__)

HISTORY_MONTHS = 36
# Whoever took over less than a year ago is not to blame for the years before.
OWNER_MONTHS = 12
# After a decision an account is left in peace for half a year: judgement.
PAUSE_DAYS = 180
# Of an overloaded person so many accounts at a time: each is a talk.
OVERLOAD_CASES = 3
GRAVE = ("high", "critical")
# Cases after complaints are opened within working hours, like those that people open.
OFFICE_OPENS, OFFICE_MINUTES, SATURDAY = time(9), 480, 5


class ChurnCase(models.Model):
    """Nightly detectors: they propose cases, with evidence, and decide nothing. One query per detector and company."""

    _inherit = "churn.case"

    @api.model
    def _cron_detect(self):
        """Every night, for each company; whoever got a grave complaint is looked for at some minute of the day."""
        self._detect_everywhere("_detect")
        self.env.ref("churn_handover.cron_case_complaint")._trigger(at=self._some_working_minute())

    @api.model
    def _cron_detect_complaints(self):
        self._detect_everywhere("_detect_complaints")

    @api.model
    def _detect_everywhere(self, method):
        companies = self.env["res.company"].search(Domain.TRUE)
        commit_progress = self.env["ir.cron"]._commit_progress
        self.env["churn.statistics"]._refresh()
        commit_progress(remaining=len(companies))
        for company in companies:
            try:
                getattr(self.with_company(company), method)(company)
            except Exception:  # one company that fails must not keep the others waiting
                self.env.cr.rollback()
                _logger.exception("Cases of company %s could not be looked for", company.id)
            if not commit_progress(1):
                break

    @api.model
    def _some_working_minute(self):
        """A moment of the next working day, as UTC without time zone.

        A case that says no reason and was opened at night would tell that it was detected, and so that there is a
        complaint.
        """
        zone = pytz.timezone(self.env.company.partner_id.tz or "UTC")
        now = fields.Datetime.now()
        day = pytz.utc.localize(now).astimezone(zone).date()
        while True:
            opens = zone.localize(datetime.combine(day, OFFICE_OPENS)).astimezone(pytz.utc).replace(tzinfo=None)
            if day.weekday() < SATURDAY and opens > now:
                return opens + timedelta(minutes=secrets.randbelow(OFFICE_MINUTES), seconds=secrets.randbelow(60))
            day += timedelta(days=1)

    @api.model
    def _detect(self, company):
        """Propose cases for a company by what orders and loads say, and return them."""
        accounts = self._accounts_to_watch(company)
        # who buys less comes before the overload
        found = {**self._find_overload(company, accounts), **self._find_falling(company, accounts)}
        return self._open_cases(company, accounts, found)

    @api.model
    def _detect_complaints(self, company):
        accounts = self._accounts_to_watch(company)
        return self._open_cases(company, accounts, self._find_complaints(company, accounts))

    @api.model
    def _open_cases(self, company, accounts, found):
        cases = self.browse()
        for account_id, values in found.items():
            cases |= self._open_case(company, account_id, accounts[account_id], values)
        return cases

    def _open_case(self, company, account_id, account, values):
        """Open a case in the name of its manager: nothing tells one that was detected from one opened by hand."""
        manager = values.pop("manager", None) or self._manager_of(account["user_id"], company)
        if not manager:
            return self.browse()
        case = (
            self.with_user(manager)
            .sudo()  # sudo: the cron proposes; who decides is checked at each button
            .create(
                {
                    "account_id": account_id,
                    "company_id": company.id,
                    "user_id": account["user_id"],
                    "manager_id": manager.id,
                    **values,
                }
            )
        )
        return case.sudo(self.env.su).with_user(self.env.user)

    def _deciders(self, user_id, company):
        """(leaders of the salesperson's teams, managers) who may decide about that person's accounts."""
        leaders = self.env["res.users"].browse(user_id).crm_team_member_ids.crm_team_id.user_id
        leaders &= self.env.ref("churn_handover.group_churn_leader").all_user_ids
        managers = self.env.ref("churn_handover.group_churn_manager").all_user_ids
        return tuple(
            users.filtered(
                lambda user: user.active and user.id not in (user_id, api.SUPERUSER_ID) and company in user.company_ids
            )
            for users in (leaders, managers)
        )

    def _manager_of(self, user_id, company):
        """Who decides about a salesperson's accounts: the leader of the team, else any manager."""
        leaders, managers = self._deciders(user_id, company)
        return (leaders or managers)[:1]

    def _accounts_to_watch(self, company):
        """{account id: facts} of accounts with an active owner for whom a case may be opened now."""
        for model in ("churn.assignment", "churn.case", "churn.account", "churn.handover.line"):
            self.env[model].flush_model()
        self.env["res.partner"].flush_model(["user_id", "active", "industry_id", "commercial_partner_id"])
        today = fields.Date.context_today(self)
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT p.id, p.user_id, p.industry_id, COALESCE(f.revenue_12m, 0)::float8 AS revenue,
                       COALESCE(f.is_key_account, FALSE) AS is_key,
                       COALESCE(a.date_from, p.create_date::date) AS since
                  FROM res_partner p
                  JOIN res_users owner ON owner.id = p.user_id AND owner.active
             LEFT JOIN churn_assignment a ON a.account_id = p.id AND a.kind = 'owner' AND a.date_to IS NULL
             LEFT JOIN churn_account f ON f.partner_id = p.id AND f.company_id = %(company)s
                 WHERE p.active AND p.commercial_partner_id = p.id
                   AND (p.company_id IS NULL OR p.company_id = %(company)s)
                   AND (f.id IS NOT NULL OR p.company_id = %(company)s OR %(alone)s)
                   AND NOT EXISTS (
                       SELECT FROM churn_case c
                        WHERE c.account_id = p.id
                          AND (c.state IN ('proposed', 'told', 'answered', 'probation') OR c.write_date > %(pause)s))
                   AND NOT EXISTS (
                       SELECT FROM churn_handover_line line
                        WHERE line.account_id = p.id AND line.state IN ('confirmed', 'stopped'))
                """,
                company=company.id,
                alone=len(self.env["res.company"].search(Domain.TRUE, limit=2)) == 1,
                pause=fields.Datetime.now() - timedelta(days=PAUSE_DAYS),
            )
        )
        limit = today - relativedelta(months=OWNER_MONTHS)
        return {row["id"]: {**row, "is_new": row["since"] > limit} for row in rows}

    # Demand

    def _find_falling(self, company, accounts):
        """Accounts whose demand keeps falling, by ``analytics/trend.py``."""
        ids = sorted(account_id for account_id, facts in accounts.items() if not facts["is_new"])
        revenue, orders = self._months(company)
        known = sorted(revenue.keys() & accounts.keys())
        if not known:
            return {}
        segment = np.array([accounts[account_id]["industry_id"] or 0 for account_id in known])
        money = np.array([revenue[account_id] for account_id in known])
        numbers = np.array([orders[account_id] for account_id in known])
        trends = falling_demand(money, numbers, segment, company.churn_case_least_loss or None)
        by_quarter, orders_by_quarter = quarters(money), quarters(numbers)
        asked = set(ids)
        return {
            account_id: {
                "cause": "demand",
                "evidence": {
                    "revenue_now": float(by_quarter[row, -YEAR:].sum()),
                    "revenue_before": float(by_quarter[row, -2 * YEAR : -YEAR].sum()),
                    "orders_now": int(orders_by_quarter[row, -YEAR:].sum()),
                    "orders_before": int(orders_by_quarter[row, -2 * YEAR : -YEAR].sum()),
                    "change": round(100 * float(trends.revenue_change[row])),
                    "one_in": round(1 / max(float(trends.p[row]), 1e-4)),
                },
            }
            for row, account_id in enumerate(known)
            if trends.falling[row] and account_id in asked
        }

    def _months(self, company):
        """({account id: revenue per month}, {account id: orders per month}) of the last 36 full months."""
        self.env["sale.order"].flush_model(
            ["partner_id", "company_id", "state", "date_order", "amount_untaxed", "currency_rate"]
        )
        first = fields.Date.context_today(self) + relativedelta(day=1, months=-HISTORY_MONTHS)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT p.commercial_partner_id,
                       (EXTRACT(year FROM o.date_order) * 12 + EXTRACT(month FROM o.date_order))::int - %(first)s,
                       SUM(o.amount_untaxed / COALESCE(NULLIF(o.currency_rate, 0), 1))::float8, COUNT(*)
                  FROM sale_order o JOIN res_partner p ON p.id = o.partner_id
                 WHERE o.state = 'sale' AND o.company_id = %(company)s
                   AND o.date_order >= %(since)s AND o.date_order < %(until)s
                 GROUP BY 1, 2
                """,
                company=company.id,
                first=first.year * 12 + first.month,
                since=first,
                until=first + relativedelta(months=HISTORY_MONTHS),
            )
        )
        revenue, orders = {}, {}
        for account_id, month, amount, count in rows:
            revenue.setdefault(account_id, np.zeros(HISTORY_MONTHS))[month] = amount
            orders.setdefault(account_id, np.zeros(HISTORY_MONTHS))[month] = count
        return revenue, orders

    # Complaints

    def _find_complaints(self, company, accounts):
        """Accounts of which a leader got a grave complaint about the owner; the case does not say so."""
        steady = fields.Datetime.now() - timedelta(days=FREEZE_DAYS)
        feedback = self.env["churn.feedback"].sudo()  # sudo: who may read it decides; the case carries none of it
        rows = feedback.search(
            [
                ("company_id", "=", company.id),
                ("account_id", "in", list(accounts)),
                ("kind", "=", "complaint"),
                ("severity", "in", GRAVE),
                ("is_sorted", "=", True),
                ("about_user_id", "!=", False),
                "|",
                ("state", "in", ("new", "progress")),
                "&",
                ("state", "=", "solved"),
                ("solved_date", ">=", steady),
            ],
            order="id",
        )
        found = {}
        for row in rows:
            owner_id = accounts[row.account_id.id]["user_id"]
            if row.about_user_id.id == owner_id:
                leaders, managers = self._deciders(owner_id, company)
                found[row.account_id.id] = {"cause": "decision", "manager": row.user_id & (leaders | managers)}
        return found

    # Overload

    def _find_overload(self, company, accounts):
        """Accounts that people who have too many could give: small ones, with them for a while, not frozen."""
        owners = self.env["res.users"].browse({facts["user_id"] for facts in accounts.values()})
        # sudo: numbers only
        loads = self.env["churn.load"].sudo()._of(owners, company)
        full = {user: (load, excess) for user, load in loads.items() if (excess := _excess(load))}
        if not full:
            return {}
        # sudo: a freeze counts whoever asks; nothing of it is stored
        frozen = self.env["churn.feedback"].sudo()._freeze_until(list(accounts))
        found, taken = {}, dict.fromkeys(full, 0)
        for account_id, facts in sorted(accounts.items(), key=lambda item: (item[1]["revenue"], item[0])):
            if facts["user_id"] not in full or facts["is_key"] or facts["is_new"] or account_id in frozen:
                continue
            load, excess = full[facts["user_id"]]
            if taken[facts["user_id"]] < min(OVERLOAD_CASES, excess):
                taken[facts["user_id"]] += 1
                found[account_id] = {
                    "cause": "overload",
                    "evidence": {
                        "accounts": load.accounts,
                        "limit": load.account_limit,
                        "deals": load.deals,
                        "deal_limit": load.deal_limit,
                        "overdue": load.overdue,
                    },
                }
        return found


def _excess(load):
    """How many accounts somebody would have to give to serve the others well; 0 when nothing is too much.

    Too much are more accounts or open deals than the capacity says, or an overdue activity for every account that the
    person can serve: who is that late keeps up with none of them. How many accounts that takes nobody knows: as many
    as are asked for at a time.
    """
    late = load.account_limit and load.overdue > load.account_limit
    if late or (load.deal_limit and load.deals > load.deal_limit):
        return OVERLOAD_CASES
    return max(load.accounts - load.account_limit, 0) if load.account_limit else 0
