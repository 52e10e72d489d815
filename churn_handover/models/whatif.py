from datetime import timedelta

import numpy as np

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

KEPT_WEEKS = 104


class ChurnWhatif(models.Model):
    """What the company would face if somebody left tomorrow: a row per salesperson, company and week.

    Beside them a row for the company as a whole, and rows that a manager made for several people leaving together. It
    protects customers and judges no employee: managers only.
    """

    _name = "churn.whatif"
    _description = "If This Person Left Tomorrow"
    _order = "date desc, kind, stake_high desc, id"
    _rec_name = "title"

    title = fields.Char(string="Who Leaves", required=True, readonly=True)
    kind = fields.Selection(
        [("person", "One Person"), ("company", "Whole Company, One by One"), ("selection", "Several Together")],
        required=True,
        readonly=True,
        help="The whole company is the sum over its people leaving one at a time.",
    )
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True, index=True, ondelete="cascade")
    user_ids = fields.Many2many("res.users", string="People", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, readonly=True)
    is_latest = fields.Boolean(string="Latest", readonly=True)
    accounts = fields.Integer(readonly=True)
    revenue = fields.Monetary(string="Revenue, 12 Months", readonly=True)
    covered = fields.Monetary(
        string="Covered by a Backup",
        readonly=True,
        help="Revenue of the accounts with a backup who has real contact with the customer.",
    )
    covered_share = fields.Float(string="Covered", readonly=True, aggregator="avg")
    dependence = fields.Integer(
        string="Person Dependence", readonly=True, aggregator="avg", help="Weighted by revenue, where it can be told."
    )
    cannot_tell = fields.Integer(string="Accounts Not Told", readonly=True)
    stake_low = fields.Monetary(
        string="At Stake, at Least",
        readonly=True,
        help="13.2 % of the 12-month revenue, the lower end of what a change of salesperson cost (Shi et al., Journal "
        "of Marketing 2017).",
    )
    stake_high = fields.Monetary(
        string="Value at Stake", readonly=True, help="17.6 % of the 12-month revenue, the upper end of that range."
    )
    saved = fields.Monetary(
        string="Best Plan Could Save",
        readonly=True,
        help="What the best plan found now is expected to save of the value at stake, by successors who fit.",
    )
    unplaced = fields.Integer(string="Accounts Nobody Can Take", readonly=True)
    unplaced_revenue = fields.Monetary(string="Revenue Nobody Can Take", readonly=True)

    _latest_list = models.Index("(company_id, kind, stake_high DESC, id) WHERE is_latest")

    # The week

    @api.model
    def _cron_snapshot(self):
        """Take this week's figures of every company; a step is one company."""
        today = fields.Date.context_today(self)
        monday = today - timedelta(days=today.weekday())
        done = self.search([("date", ">=", monday), ("kind", "=", "company")]).company_id
        companies = self.env["res.company"].search([("id", "not in", done.ids)])
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(companies))
        for company in companies:
            self._snapshot(company)
            if not commit_progress(1):
                break

    @api.model
    def _snapshot(self, company):
        """Write the rows of today for the company; those of this week are replaced.

        :return: the rows
        """
        today = fields.Date.context_today(self)
        week = today - timedelta(days=today.weekday())
        old = self.search([("company_id", "=", company.id), ("kind", "!=", "selection")])
        old.filtered(lambda row: row.date >= week or row.date < today - timedelta(weeks=KEPT_WEEKS)).unlink()
        (old.exists() | self.search([("company_id", "=", company.id), ("is_latest", "=", True)])).is_latest = False
        base = {"company_id": company.id, "date": today, "is_latest": True}
        rows = []
        for user, found in self._simulate_each(company):
            rows.append({**base, "kind": "person", "title": user.name, "user_id": user.id, **self._values(found)})
        names = ("accounts", "revenue", "covered", "cannot_tell", "stake_low", "stake_high", "saved", "unplaced")
        total = {name: sum(row[name] for row in rows) for name in (*names, "unplaced_revenue")}
        weight = sum(row["revenue"] for row in rows if row["dependence"])
        total["dependence"] = sum(row["revenue"] * row["dependence"] for row in rows) / weight if weight else 0
        total["covered_share"] = total["covered"] / total["revenue"] if total["revenue"] else 0.0
        return self.create([{**base, "kind": "company", "title": company.name, **total}, *rows])

    @api.model
    def _simulate_each(self, company):
        """Yield (user, what the person leaves behind) for every owner of accounts in the company."""
        from ..analytics.leaving import leave

        data = self._company_data(company)
        for user in self.env["res.users"].browse(sorted(set(data.owner.tolist()))):
            yield user, leave(data, [user.id])

    @api.model
    def _values(self, found):
        values = {name: value for name, value in found.items() if name != "shortages"}
        values["dependence"] = found["dependence"] or 0
        values["covered_share"] = found["covered"] / found["revenue"] if found["revenue"] else 0.0
        return values

    def action_together(self):
        """What if the people of the selected rows left together."""
        from ..analytics.leaving import leave

        self.check_access("read")
        if not self.env.user.has_group("churn_handover.group_churn_manager"):
            raise UserError(self.env._("Ask a sales manager."))
        users = (self.user_id | self.user_ids).sorted("name")
        if len(self.company_id) != 1 or not users:
            raise UserError(self.env._("Choose people of one company."))
        # sudo: the simulation reads numbers of all accounts of the company; managers see them all
        rows = self.sudo()
        row = rows.create(
            {
                "kind": "selection",
                "title": ", ".join(users.mapped("name")),
                "user_ids": [Command.set(users.ids)],
                "company_id": self.company_id.id,
                "date": fields.Date.context_today(self),
                **self._values(leave(rows._company_data(self.company_id), users.ids)),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("If They Left Together"),
            "res_model": self._name,
            "res_id": row.id,
            "views": [(False, "form")],
        }

    def action_open_accounts(self):
        """The accounts in question, the thinnest bridges first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("churn_handover.account_dependence_action")
        domain = [("company_id", "=", self.company_id.id), ("partner_id.active", "=", True)]
        if self.kind != "company":
            domain.append(("user_id", "in", (self.user_id | self.user_ids).ids))
        return {**action, "domain": domain, "context": {}}

    # What is known of the company

    @api.model
    def _company_data(self, company):
        """Everything about the accounts and candidates of the company, for any leaver."""
        from ..analytics.leaving import Company

        rows = self._owned(company)
        members = self.env["crm.team.member"].search([("user_id.active", "=", True)]).user_id
        owners = self.env["res.users"].browse({row[1] for row in rows})
        users = (members | owners).filtered(lambda user: not user.share and company in user.company_ids)
        fits = self.env["churn.fit"].with_company(company)._compare([row[0] for row in rows], users, company)
        loads = [fits.loads[user_id] for user_id in fits.user_ids]
        free = [(load.free_accounts, load.free_revenue, load.free_deals) for load in loads]
        room = np.array([[np.inf if part is None else part for part in row] for row in free], dtype=float)
        columns = list(zip(*rows, strict=True)) or [()] * 5
        return Company(
            accounts=np.array(columns[0], dtype=int),
            owner=np.array(columns[1], dtype=int),
            revenue=fits.revenue,
            dependence=np.array([np.nan if value is None else value for value in columns[2]], dtype=float),
            covered=np.array(columns[3], dtype=bool),
            candidates=np.array(fits.user_ids, dtype=int),
            fit=fits.fit,
            room=room.reshape(-1, 3),
            need=np.column_stack([np.ones(len(rows)), fits.revenue, np.array(columns[4], dtype=float)]),
        )

    @api.model
    def _owned(self, company):
        """Rows (account, owner, dependence or None, backup with contact, open deals), in the order of the accounts."""
        self.env.flush_all()
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
                 WHERE account.active AND account.commercial_partner_id = account.id
                   AND (account.company_id IS NULL OR account.company_id = %(company)s)
                   AND NOT EXISTS (SELECT FROM res_users us WHERE us.partner_id = account.id AND NOT us.share)
                 ORDER BY account.id
                """,
                company=company.id,
            )
        )

    @api.autovacuum
    def _gc_selections(self):
        """What several people leaving together would mean is asked for a moment, not kept."""
        self.search([("kind", "=", "selection"), ("date", "<", "today -30d")]).unlink()
