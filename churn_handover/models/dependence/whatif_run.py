from collections import defaultdict
from datetime import timedelta

import numpy as np

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

KEPT_WEEKS = 104
# Accounts × candidates compared in one step of the job: some seconds and some hundred megabytes.
PAIRS_PER_STEP = 400_000
SUMMED = ("accounts", "revenue", "covered", "uncovered", "cannot_tell", "stake_low", "stake_high", "saved", "unplaced")


class ChurnWhatif(models.Model):
    """The weekly work: everybody's departure is planned, a few people at a time."""

    _inherit = "churn.whatif"

    # The week

    @api.model
    def _cron_snapshot(self):
        """Take this week's figures of every company; a step is a few people of one company."""
        self.env["churn.statistics"]._refresh()
        done = self.search([("date", ">=", self._monday()), ("kind", "=", "company")]).company_id
        companies = self.env["res.company"].search([("id", "not in", done.ids)])
        steps = [(company, users) for company in companies for users in self._steps(company)]
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(steps))
        for position, (company, users) in enumerate(steps):
            self._take(company, users)
            if position + 1 == len(steps) or steps[position + 1][0] != company:
                self._finish(company)
            if not commit_progress(1):
                break

    @api.model
    def _snapshot(self, company):
        """Take this week's figures of the company anew.

        :return: the rows
        """
        self.search([*self._of_week(company), ("kind", "!=", "selection")]).unlink()
        for users in self._steps(company):
            self._take(company, users)
        self._finish(company)
        return self.search([*self._of_week(company), ("kind", "!=", "selection")])

    @api.model
    def _monday(self):
        today = fields.Date.context_today(self)
        return today - timedelta(days=today.weekday())

    @api.model
    def _of_week(self, company):
        return [("company_id", "=", company.id), ("date", ">=", self._monday())]

    @api.model
    def _steps(self, company):
        """Return lists of people that are still to do this week; one empty list at least."""
        done = set(self.search([*self._of_week(company), ("kind", "=", "person")]).user_id.ids)
        owned = defaultdict(int)
        for row in self._owned(company):
            owned[row[1]] += 1
        per_step = max(1, PAIRS_PER_STEP // max(1, len(self._candidates(company))))
        steps, room = [[]], per_step
        for user_id in sorted(set(owned) - done):
            if steps[-1] and owned[user_id] > room:
                steps.append([])
                room = per_step
            steps[-1].append(user_id)
            room -= owned[user_id]
        return [self.env["res.users"].browse(user_ids) for user_ids in steps]

    @api.model
    def _take(self, company, users):
        """Write the rows of these people."""
        from ...analytics.leaving import leave

        if not users:
            return
        data = self._company_data(company, users)
        base = {"company_id": company.id, "date": fields.Date.context_today(self), "kind": "person"}
        self.create(
            [
                {**base, "title": user.name, "user_id": user.id, **self._values(leave(data, [user.id]), company)}
                for user in users
            ]
        )

    @api.model
    def _finish(self, company):
        """Add the company as a whole; from now on this week's rows are the latest. What is too old goes."""
        self.create(
            {
                "company_id": company.id,
                "date": fields.Date.context_today(self),
                "kind": "company",
                "title": company.name,
            }
        )
        rows = self.search([("company_id", "=", company.id), ("kind", "!=", "selection")])
        rows.filtered(lambda row: row.date < self._monday() - timedelta(weeks=KEPT_WEEKS)).unlink()
        rows = rows.exists()
        latest = rows.filtered(lambda row: row.date >= self._monday())
        former = (rows - latest).filtered("is_latest")
        former.is_latest = False
        former.taker_ids.unlink()
        latest.is_latest = True
        self._sum_up(company)

    @api.model
    def _sum_up(self, company):
        """Put the sum over the people of this week into the row of the company."""
        rows = self.search([*self._of_week(company), ("kind", "!=", "selection")])
        people = rows.filtered(lambda row: row.kind == "person")
        total = {name: sum(people.mapped(name)) for name in (*SUMMED, "unplaced_revenue")}
        told = people.filtered("dependence")
        weight = sum(told.mapped("revenue"))
        total["dependence"] = sum(row.revenue * row.dependence for row in told) / weight if weight else 0
        total["covered_share"] = total["covered"] / total["revenue"] if total["revenue"] else 0.0
        total["unplaced_accounts"] = [account for row in people for account in row.unplaced_accounts or []]
        (rows - people).write(total)

    # One departure

    @api.model
    def _figures(self, company, users):
        """Return the values of a row for these people leaving together."""
        from ...analytics.leaving import leave

        return self._values(leave(self._company_data(company, users), users.ids), company)

    @api.model
    def _values(self, found, company):
        """Make field values of what :func:`leaving.leave` found."""
        values = {name: value for name, value in found.items() if name != "takers"}
        values["dependence"] = found["dependence"] or 0
        values["covered_share"] = found["covered"] / found["revenue"] if found["revenue"] else 0.0
        names = {user.id: user.name for user in self.env["res.users"].browse(found["takers"])}
        values["shortages"] = self.env["churn.shortage"]._values(found["shortages"], names)
        takers = [
            {"user_id": user_id, "accounts": accounts, "revenue": revenue, "saved": company.currency_id.round(saved)}
            for user_id, (accounts, revenue, saved) in found["takers"].items()
        ]
        values["taker_ids"] = [Command.create(taker) for taker in takers]
        values["saved"] = sum(taker["saved"] for taker in takers)  # as the rows add up
        return values

    # What is known of the company

    @api.model
    def _candidates(self, company):
        return self.env["churn.fit"]._candidates(company)

    @api.model
    def _company_data(self, company, users):
        """Everything about the accounts of these owners and about all candidates of the company."""
        from ...analytics.leaving import Company

        rows = self._owned(company, users)
        candidates = self._candidates(company)
        fits = self.env["churn.fit"].with_company(company)._compare([row[0] for row in rows], candidates, company)
        columns = list(zip(*rows, strict=True)) or [()] * 5
        return Company(
            accounts=np.array(columns[0], dtype=int),
            owner=np.array(columns[1], dtype=int),
            revenue=fits.revenue,
            dependence=np.array([np.nan if value is None else value for value in columns[2]], dtype=float),
            covered=np.array(columns[3], dtype=bool),
            candidates=np.array(fits.user_ids, dtype=int),
            fit=fits.fit,
            room=fits.room(),
            need=np.column_stack([np.ones(len(rows)), fits.revenue, np.array(columns[4], dtype=float)]),
        )

    @api.model
    def _owned(self, company, users=None):
        """Rows (account, owner, dependence or None, backup with contact, open deals), in the order of the accounts.

        :param users: whose accounts; None for everybody's
        """
        self.env.flush_all()
        whose = SQL("TRUE") if users is None else SQL("account.user_id = ANY(%s)", users.ids)
        return self.env.execute_query(
            SQL(
                """
                WITH deal AS (
                    SELECT customer.commercial_partner_id AS account_id, COUNT(*) AS open
                      FROM crm_lead lead
                      JOIN res_partner customer ON customer.id = lead.partner_id
                     WHERE lead.active AND lead.type = 'opportunity' AND lead.won_status = 'pending'
                       AND (lead.company_id IS NULL OR lead.company_id = %(company)s)
                     GROUP BY 1
                )
                SELECT account.id, account.user_id,
                       CASE WHEN figures.dependence_status = 'told' THEN figures.dependence END,
                       COALESCE(figures.backup_contacts, 0) > 0, COALESCE(deal.open, 0)
                  FROM res_partner account
                  JOIN res_users owner ON owner.id = account.user_id AND owner.active AND NOT owner.share
                  JOIN res_company_users_rel place ON place.user_id = owner.id AND place.cid = %(company)s
             LEFT JOIN churn_account figures ON figures.partner_id = account.id AND figures.company_id = %(company)s
             LEFT JOIN deal ON deal.account_id = account.id
                 WHERE account.active AND account.commercial_partner_id = account.id AND %(whose)s
                   AND (account.company_id IS NULL OR account.company_id = %(company)s)
                   AND NOT EXISTS (SELECT FROM res_users us WHERE us.partner_id = account.id AND NOT us.share)
                 ORDER BY account.id
                """,
                company=company.id,
                whose=whose,
            )
        )

    @api.autovacuum
    def _gc_selections(self):
        """What several people leaving together would mean is asked for a moment, not kept."""
        self.search([("kind", "=", "selection"), ("date", "<", "today -30d")]).unlink()
