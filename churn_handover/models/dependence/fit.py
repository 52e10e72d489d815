from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from odoo import api, fields, models
from odoo.tools import SQL

BACKUP_ROLE, TEAM_ROLE, SALES_TEAM_ROLE = 1.0, 0.7, 0.3


@dataclass
class Fits:
    """Candidates against accounts, as arrays (accounts × candidates) in the order of the ids."""

    account_ids: list
    user_ids: list
    revenue: np.ndarray
    fit: np.ndarray
    features: dict
    details: dict = field(default_factory=dict)
    loads: dict = field(default_factory=dict)
    weights: dict = field(default_factory=dict)

    def room(self):
        """What every user can still take, as :func:`analytics.matching.match` wants it; inf without limit."""
        loads = [self.loads[user_id] for user_id in self.user_ids]
        free = [(load.free_accounts, load.free_revenue, load.free_deals) for load in loads]
        return np.array([[np.inf if part is None else part for part in row] for row in free], dtype=float).reshape(
            -1, 3
        )


class ChurnFit(models.AbstractModel):
    """Compares who could take over with what they serve well today; one query per concern, numbers to the pure core.

    It compares for a customer; it ranks nobody. Past sales performance is not among the features.
    """

    _name = "churn.fit"
    _description = "Fit of Successors"

    @api.model
    def _candidates(self, companies):
        """Who may take over: members of a sales team who work in all these companies and are not leaving.

        Odoo puts the administrator into the first sales team by itself: who administers the server and looks after no
        customer is left out.
        """
        members = self.env["crm.team.member"].search([("user_id.active", "=", True)]).user_id
        leaving = self.env["churn.handover.line"].search(
            [("handover_id.kind", "=", "departure"), ("state", "in", ("confirmed", "stopped"))]
        )
        leaving |= (
            self.env["churn.handover"]
            .search([("kind", "=", "departure"), ("state", "in", ("confirmed", "running"))])
            .line_ids
        )
        able = members - leaving.predecessor_id
        able -= able.browse(able._churn_leaving())
        able = able.filtered(lambda user: not user.share and companies <= user.company_ids)
        # sudo: who administers the server; only that is used
        admins = able & self.env.ref("base.group_system").sudo().all_user_ids
        return able - (admins - self.env["churn.capacity"]._serving(admins))

    @api.model
    def _compare(self, account_ids, users, companies):
        """How well each user fits each account.

        :param companies: res.company records; revenue is in the currency of the present one, as loads are
        :rtype: Fits
        """
        from ...analytics import fit as core

        user_ids = sorted(users.ids)
        account_ids = sorted(account_ids)
        at = {user_id: position for position, user_id in enumerate(user_ids)}
        rows, served = self._kinds(account_ids, user_ids, companies)
        kinds = [self._coded(core, part, columns) for part, columns in ((rows, rows + served), (served, rows + served))]
        mix, served_mix = self._mixes(account_ids, user_ids, companies)
        served_by = np.array([at[row["user_id"]] for row in served], dtype=int)
        features, known = core.similarities(kinds[0], kinds[1], served_by, len(user_ids), mix, served_mix)
        loads = self.env["churn.load"]._of(users, companies)
        contacts = self._contacts(account_ids, user_ids)
        months = self._months(user_ids)
        shape = (len(account_ids), len(user_ids))
        features["familiarity"] = core.enough(contacts, core.ENOUGH_CONTACTS)
        features["role"] = self._roles(account_ids, user_ids)
        features["newness"] = np.broadcast_to(core.newness(months), shape)
        share = [min(loads[user_id].share or 0.0, 1.0) for user_id in user_ids]
        features["load"] = np.broadcast_to(np.array(share, dtype=float), shape)
        details = {
            "industry": core.served_alike(kinds[0].industry, kinds[1].industry, served_by, len(user_ids)),
            "region": core.served_alike(kinds[0].country, kinds[1].country, served_by, len(user_ids)),
            "familiarity": contacts,
            "newness": np.broadcast_to(months, shape),
            "load": np.broadcast_to(np.array([loads[user_id].accounts for user_id in user_ids]), shape),
        }
        weights = self.env["churn.fit.weight"]._all()
        fits = core.fit(features, known, weights)
        for name, told in known.items():  # what is not known of the account is no reason
            features[name] = np.where(told[:, None], features[name], np.nan)
        return Fits(account_ids, user_ids, kinds[0].revenue, fits, features, details, loads, weights)

    # What accounts are like

    @api.model
    def _kinds(self, account_ids, user_ids, companies):
        """Return (rows of the accounts in the order of their ids, rows of what the users serve well today).

        Served well: an owner's account that ordered in the last 12 months.
        """
        self.env["res.partner"].flush_model()
        self.env["churn.account"].flush_model()
        query = """
            SELECT account.id, account.user_id, account.industry_id AS industry, account.country_id AS country,
                   account.state_id AS state, account.lang AS language, COALESCE(figures.revenue, 0)::float8 AS revenue
              FROM res_partner account
         LEFT JOIN (SELECT partner_id, SUM(revenue_12m * company.rate) AS revenue, SUM(order_count_12m) AS orders
                      FROM churn_account JOIN (%(companies)s) company ON company.id = company_id
                     GROUP BY partner_id) figures
                ON figures.partner_id = account.id
             WHERE %(condition)s
             ORDER BY account.id
        """
        found = []
        for condition in (
            SQL("account.id = ANY(%s)", account_ids),
            SQL("account.user_id = ANY(%s) AND account.active AND figures.orders > 0", user_ids),
        ):
            self.env.cr.execute(SQL(query, companies=self._sql_rates(companies), condition=condition))
            found.append(self.env.cr.dictfetchall())
        return found

    @api.model
    def _sql_rates(self, companies):
        """A query of (id, rate) of the companies: what their currency is worth in that of the present company."""
        currency, company, today = self.env.company.currency_id, self.env.company, fields.Date.context_today(self)
        # sudo: the currency of companies that the caller named
        rates = [one.currency_id._convert(1.0, currency, company, today, round=False) for one in companies.sudo()]
        return SQL("SELECT * FROM unnest(%s::int[], %s::float8[]) AS of (id, rate)", companies.ids, rates)

    @api.model
    def _coded(self, core, rows, every):
        """Make a Kind of rows; codes are given over ``every`` row so that both sides agree."""
        arrays = []
        for name in ("industry", "country", "state", "language"):
            values = sorted({row[name] for row in every if row[name]})
            code = {value: position for position, value in enumerate(values)}
            arrays.append(np.array([code.get(row[name], core.UNKNOWN) for row in rows], dtype=int))
        return core.Kind(*arrays, np.array([row["revenue"] for row in rows], dtype=float))

    @api.model
    def _mixes(self, account_ids, user_ids, companies):
        """Revenue of 12 months per product category: (accounts × categories), (users × categories)."""
        self.env["sale.order"].flush_model(["partner_id", "company_id", "state", "date_order", "currency_rate"])
        self.env["sale.order.line"].flush_model(["order_id", "product_id", "price_subtotal"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT customer.commercial_partner_id, account.user_id, template.categ_id,
                       SUM(line.price_subtotal / COALESCE(NULLIF(orders.currency_rate, 0), 1) * company.rate)::float8
                  FROM sale_order orders
                  JOIN (%s) company ON company.id = orders.company_id
                  JOIN sale_order_line line ON line.order_id = orders.id AND line.price_subtotal > 0
                  JOIN product_product product ON product.id = line.product_id
                  JOIN product_template template ON template.id = product.product_tmpl_id
                  JOIN res_partner customer ON customer.id = orders.partner_id
                  JOIN res_partner account ON account.id = customer.commercial_partner_id
                 WHERE orders.state = 'sale' AND orders.date_order >= %s
                   AND (account.id = ANY(%s) OR account.user_id = ANY(%s)) AND template.categ_id IS NOT NULL
                 GROUP BY 1, 2, 3
                """,
                self._sql_rates(companies),
                fields.Date.subtract(fields.Date.context_today(self), months=12),
                account_ids,
                user_ids,
            )
        )
        column = {category: at for at, category in enumerate(sorted({row[2] for row in rows}))}
        account_at = {account_id: at for at, account_id in enumerate(account_ids)}
        user_at = {user_id: at for at, user_id in enumerate(user_ids)}
        width = max(len(column), 1)
        mix, served = np.zeros((len(account_ids), width)), np.zeros((len(user_ids), width))
        for account_id, user_id, category, amount in rows:
            if account_id in account_at:
                mix[account_at[account_id], column[category]] += amount
            if user_id in user_at:
                served[user_at[user_id], column[category]] += amount
        return mix, served

    # What the candidates have to do with the accounts

    @api.model
    def _contacts(self, account_ids, user_ids):
        account_at = {account_id: at for at, account_id in enumerate(account_ids)}
        user_at = {user_id: at for at, user_id in enumerate(user_ids)}
        contacts = np.zeros((len(account_ids), len(user_ids)))
        found = self.env["churn.contact"]._familiarity(account_ids, user_ids)
        for (account_id, user_id), days in found.items():
            contacts[account_at[account_id], user_at[user_id]] = days
        return contacts

    @api.model
    def _roles(self, account_ids, user_ids):
        """1 for a backup, less for others of the account team, less for those of the owner's sales team."""
        self.env["churn.team.member"].flush_model()
        self.env["crm.team.member"].flush_model()
        values = {
            "accounts": account_ids,
            "users": user_ids,
            "today": fields.Date.context_today(self),
            "backup": BACKUP_ROLE,
            "team": TEAM_ROLE,
        }
        account_at = {account_id: at for at, account_id in enumerate(account_ids)}
        user_at = {user_id: at for at, user_id in enumerate(user_ids)}
        roles = np.zeros((len(account_ids), len(user_ids)))
        colleagues = defaultdict(set)
        for one, other in self.env.execute_query(
            SQL(
                """SELECT DISTINCT one.user_id, other.user_id FROM crm_team_member one
                     JOIN crm_team_member other ON other.crm_team_id = one.crm_team_id AND other.active
                    WHERE other.user_id = ANY(%(users)s)""",
                **values,
            )
        ):
            colleagues[one].add(other)
        owners = self.env.execute_query(SQL("SELECT id, user_id FROM res_partner WHERE id = ANY(%s)", account_ids))
        for account_id, owner_id in owners:
            for user_id in colleagues[owner_id]:
                roles[account_at[account_id], user_at[user_id]] = SALES_TEAM_ROLE
        for account_id, user_id, value in self.env.execute_query(
            SQL(
                """SELECT account_id, user_id, MAX(CASE WHEN is_backup THEN %(backup)s ELSE %(team)s END)::float8
                     FROM churn_team_member
                    WHERE account_id = ANY(%(accounts)s) AND user_id = ANY(%(users)s) AND date_from <= %(today)s
                      AND (date_to IS NULL OR date_to >= %(today)s)
                    GROUP BY 1, 2""",
                **values,
            )
        ):
            roles[account_at[account_id], user_at[user_id]] = value
        return roles

    @api.model
    def _months(self, user_ids):
        """Months since each user came: the login was made, the first account owned or served, whatever is earlier."""
        rows = self.env.execute_query(
            SQL(
                """SELECT people.id, LEAST(people.create_date::date,
                          (SELECT MIN(date_from) FROM churn_assignment WHERE user_id = people.id AND kind = 'owner'),
                          (SELECT MIN(date_from) FROM churn_team_member WHERE user_id = people.id))
                     FROM res_users people WHERE people.id = ANY(%s)""",
                user_ids,
            )
        )
        since, today = dict(rows), fields.Date.context_today(self)
        return np.array([(today - (since[user_id] or today)).days / 30.4375 for user_id in user_ids], dtype=float)

    # Words

    @api.model
    def _reasons(self, fits, account_at, user_at):
        """Why this user for this account: a list of dicts that JSON can hold, the strongest reason first."""
        found = []
        for name, values in fits.features.items():
            value = values[account_at, user_at]
            if np.isnan(value) or not value or not fits.weights.get(name):
                continue
            detail = fits.details.get(name)
            count = float(detail[account_at, user_at]) if detail is not None else round(float(value), 3)
            found.append(
                {"code": name, "effect": round(float(value) * fits.weights[name], 3), "count": round(count, 2)}
            )
        return sorted(found, key=lambda reason: (-reason["effect"], reason["code"]))

    @api.model
    def _sentence(self, reason):
        return getattr(self, f"_tell_{reason['code']}")(reason)

    @api.model
    def _tell_industry(self, reason):
        return self.env._("Serves customers of the same industry: %(count)d", count=reason["count"])

    @api.model
    def _tell_region(self, reason):
        return self.env._("Serves customers of the same country: %(count)d", count=reason["count"])

    @api.model
    def _tell_language(self, reason):
        return self.env._("Serves customers of the same language")

    @api.model
    def _tell_products(self, reason):
        return self.env._("Sells %(share)d %% of the same product mix", share=round(100 * reason["count"]))

    @api.model
    def _tell_size(self, reason):
        return self.env._("Serves customers of about this size")

    @api.model
    def _tell_familiarity(self, reason):
        return self.env._("Had contact with this customer in the last 12 months: %(count)d", count=reason["count"])

    @api.model
    def _tell_role(self, reason):
        if reason["count"] >= BACKUP_ROLE:
            return self.env._("Is the backup of this customer")
        if reason["count"] >= TEAM_ROLE:
            return self.env._("Is on the account team of this customer")
        return self.env._("Is in the same sales team")

    @api.model
    def _tell_newness(self, reason):
        return self.env._("Against: is new, here for %(months)d months", months=reason["count"])

    @api.model
    def _tell_load(self, reason):
        return self.env._("Against: looks after %(count)d accounts already", count=reason["count"])
