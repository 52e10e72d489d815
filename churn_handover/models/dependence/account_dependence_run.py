import csv
import io
import json

import numpy as np

from odoo import api, fields, models
from odoo.tools import SQL

COLUMNS = (
    "id",
    "dependence",
    "dependence_level",
    "dependence_status",
    "dependence_reasons",
    "owner_contacts",
    "our_contacts",
    "backup_contacts",
    "colleague_count",
    "people_count",
)


class ChurnAccount(models.Model):
    """The nightly work for person dependence."""

    _inherit = "churn.account"

    @api.model
    def _cron_dependence(self):
        """Count the contacts in three steps, then one step per company; a step takes seconds."""
        today = fields.Date.context_today(self)
        contacts = self.env["churn.contact"]
        steps = contacts._pending_steps(today)
        companies = self.env["res.company"].search(
            ["|", ("churn_dependence_on", "=", False), ("churn_dependence_on", "<", today)]
        )
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(steps) + len(companies))
        for step in steps:
            self.env["churn.statistics"]._refresh()
            contacts._run_step(step, today)
            if not commit_progress(1):
                return
        for company in companies:
            self.env["churn.statistics"]._refresh()
            self._refresh_dependence(company)
            company.churn_dependence_on = today
            if not commit_progress(1):
                return

    @api.model
    def _refresh_dependence(self, company):
        """Compute the dependence of every account of the company, from the contacts as counted last.

        :return: number of accounts
        """
        today = fields.Date.context_today(self)
        self.env.flush_all()
        values = {
            "company": company.id,
            "today": today,
            "uid": self.env.uid,
            "products": self._sql_products(company),
        }
        self.env.cr.execute(SQL(self._SQL_MISSING_ROWS, **values))
        self.env.cr.execute(SQL(self._SQL_INPUTS, **values))
        found = self.env.cr.fetchall()
        if not found:
            return 0
        self._write_dependence(self._dependence_rows(found, company), today)
        return len(found)

    # Accounts that never ordered, but with which somebody has contact.
    _SQL_MISSING_ROWS = """
        INSERT INTO churn_account (partner_id, company_id, is_key_account, create_uid, write_uid, create_date,
                                   write_date)
        SELECT DISTINCT account.id, %(company)s, FALSE, %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC',
               now() AT TIME ZONE 'UTC'
          FROM churn_contact contact
          JOIN res_partner account ON account.id = contact.account_id AND account.active
         WHERE account.user_id IS NOT NULL AND (account.company_id IS NULL OR account.company_id = %(company)s)
   ON CONFLICT (partner_id, company_id) DO NOTHING
    """

    _SQL_INPUTS = """
        WITH team AS (
            SELECT member.account_id, COUNT(DISTINCT member.user_id) AS backups,
                   array_agg(DISTINCT member.user_id) AS backup_users
              FROM churn_team_member member
              JOIN res_users backup ON backup.id = member.user_id AND backup.active
             WHERE member.is_backup AND member.origin <> 'cover' AND member.date_from <= %(today)s
               AND (member.date_to IS NULL OR member.date_to >= %(today)s)
             GROUP BY member.account_id
        ), contact AS (
            SELECT contact.account_id, SUM(contact.days) AS all_days,
                   SUM(contact.days) FILTER (WHERE contact.user_id = account.user_id) AS owner_days,
                   COUNT(DISTINCT contact.user_id) FILTER (
                       WHERE contact.user_id IS DISTINCT FROM account.user_id) AS colleagues,
                   SUM(contact.days) FILTER (WHERE contact.user_id = ANY(team.backup_users)
                       AND contact.user_id IS DISTINCT FROM account.user_id) AS backup_days
              FROM churn_contact contact
              JOIN res_partner account ON account.id = contact.account_id
         LEFT JOIN team ON team.account_id = contact.account_id
             GROUP BY contact.account_id
        ), met AS (
            SELECT account_id, COUNT(DISTINCT person) AS people
              FROM churn_contact, unnest(people) person GROUP BY account_id
        ), bought AS (
            SELECT customer.commercial_partner_id AS account_id, MIN(orders.date_order)::date AS since
              FROM sale_order orders
              JOIN res_partner customer ON customer.id = orders.partner_id
             WHERE orders.state = 'sale' AND orders.company_id = %(company)s
             GROUP BY customer.commercial_partner_id
        ), served AS (
            SELECT account_id, user_id, MIN(date_from) AS since
              FROM churn_assignment WHERE kind = 'owner' AND date_to IS NULL GROUP BY account_id, user_id
        ), products AS (%(products)s)
        SELECT figures.id, CASE WHEN owner.active THEN owner.id END, figures.is_key_account,
               COALESCE(figures.order_count_12m, 0) > 0, COALESCE(contact.owner_days, 0),
               COALESCE(contact.all_days, 0), COALESCE(contact.backup_days, 0), COALESCE(contact.colleagues, 0),
               COALESCE(met.people, 0), COALESCE((%(today)s::date - served.since) / 30.4375, 0)::float8,
               COALESCE((%(today)s::date - bought.since) / 30.4375, 0)::float8,
               COALESCE(products.service, 0)::float8, COALESCE(products.alike, 0)::float8,
               COALESCE(team.backups, 0)
          FROM churn_account figures
          JOIN res_partner account ON account.id = figures.partner_id AND account.active
     LEFT JOIN res_users owner ON owner.id = account.user_id
     LEFT JOIN contact ON contact.account_id = account.id
     LEFT JOIN met ON met.account_id = account.id
     LEFT JOIN bought ON bought.account_id = account.id
     LEFT JOIN served ON served.account_id = account.id AND served.user_id = account.user_id
     LEFT JOIN products ON products.account_id = account.id
     LEFT JOIN team ON team.account_id = account.id
         WHERE figures.company_id = %(company)s
         ORDER BY figures.id
    """

    @api.model
    def _sql_products(self, company):
        """A query of (account_id, service, alike): means over what was bought, weighted by revenue of 12 months."""
        nothing = SQL("SELECT NULL::int AS account_id, 0 AS service, 0 AS alike WHERE FALSE")
        # sudo: how products are set up is the same for everybody
        marks = self.env["product.category"].sudo()._churn_marks()
        if not marks:
            return nothing
        return SQL(
            """
            SELECT customer.commercial_partner_id AS account_id,
                   SUM(paid.amount * COALESCE(mark.service, 0)) / SUM(paid.amount) AS service,
                   SUM(paid.amount * COALESCE(mark.alike, 0)) / SUM(paid.amount) AS alike
              FROM sale_order_line line
              JOIN sale_order orders ON orders.id = line.order_id AND orders.state = 'sale'
             CROSS JOIN LATERAL (
                   SELECT line.price_subtotal / COALESCE(NULLIF(orders.currency_rate, 0), 1) AS amount) paid
              JOIN res_partner customer ON customer.id = orders.partner_id
              JOIN product_product product ON product.id = line.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
         LEFT JOIN (VALUES %s) mark (id, service, alike) ON mark.id = template.categ_id
             WHERE orders.company_id = %s AND orders.date_order >= %s AND line.price_subtotal > 0
             GROUP BY customer.commercial_partner_id
            """,
            SQL(", ").join(SQL("(%s, %s, %s)", *mark) for mark in marks),
            company.id,
            fields.Date.subtract(fields.Date.context_today(self), months=12),
        )

    @api.model
    def _dependence_rows(self, found, company):
        """Rows of ``COLUMNS`` from those of ``_SQL_INPUTS``."""
        from ...analytics import dependence as core  # numpy only, but kept out of the ORM shell's imports

        columns = list(zip(*found, strict=True))
        arrays = [np.array(column, dtype=float) for column in columns[4:13]]
        inputs = core.Inputs(*(arrays[at] for at in (0, 1, 2, 3, 4, 5, 6, 7, 8)))
        owner = np.array([user or 0 for user in columns[1]])
        share = core.recorded(owner, inputs.owner_days, np.array(columns[3], dtype=bool))
        points, scores, (best, then) = core.points(inputs), core.score(inputs), core.advice(inputs)
        levels, minimum = core.level(scores), company.churn_contact_level
        rows = []
        for at, values in enumerate(found):
            recorded = share[int(owner[at])]
            status = "told"
            if not owner[at]:
                status = "no_owner"
            elif not inputs.all_days[at] or (recorded is not None and recorded < minimum):
                status = "cannot_tell"
            told = status == "told"
            if told:
                reasons = self._reason_values(core.REASONS, points[at], values)
                advice = {"code": core.ADVICE[best[at]], "then": int(then[at])} if best[at] >= 0 else None
                explained = {"reasons": reasons, "advice": advice}
            else:
                explained = {"recorded": recorded if inputs.all_days[at] else None, "minimum": minimum}
            level = core.LEVELS[levels[at]] if told else None
            score = int(scores[at]) if told else None
            rows.append((values[0], score, level, status, json.dumps(explained), *values[4:9]))
        return rows

    @api.model
    def _reason_values(self, codes, points, values):
        """The reasons that say something, the strongest first."""
        (mine, everybody, backup, colleagues, people, person, firm, service, alike, backups) = values[4:14]
        details = {
            "share": {"mine": int(mine), "all": int(everybody)},
            "person": {"months": int(person)},
            "firm": {"months": int(firm)},
            "colleagues": {"count": colleagues},
            "backup": {"contacts": int(backup), "backups": backups},
            "people": {"count": people},
            "service": {"share": service},
            "alike": {"share": alike},
        }
        told = [
            {"code": code, "points": round(float(point)), **details[code]}
            for code, point in zip(codes, points, strict=True)
            if round(float(point)) or code in ("backup", "colleagues")
        ]
        return sorted(told, key=lambda reason: -abs(reason["points"]))

    @api.model
    def _write_dependence(self, rows, today):
        """Put the rows in a temporary table by COPY, then into the figures by one UPDATE of those that change."""
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS churn_dependence_in")
        cr.execute(
            """CREATE TEMP TABLE churn_dependence_in (
                   id int PRIMARY KEY, dependence int, dependence_level varchar, dependence_status varchar,
                   dependence_reasons jsonb, owner_contacts int, our_contacts int, backup_contacts int,
                   colleague_count int, people_count int) ON COMMIT DROP"""
        )
        stream = io.StringIO()
        csv.writer(stream).writerows(rows)
        stream.seek(0)
        cr.copy_expert(f"COPY churn_dependence_in ({', '.join(COLUMNS)}) FROM STDIN WITH (FORMAT csv)", stream)
        changed = [SQL.identifier(name) for name in COLUMNS[1:]]
        cr.execute(
            SQL(
                """UPDATE churn_account account SET (%s, dependence_on) = (%s, %s) FROM churn_dependence_in new
                    WHERE account.id = new.id AND (%s) IS DISTINCT FROM (%s)""",
                SQL(", ").join(changed),
                SQL(", ").join(SQL("new.%s", name) for name in changed),
                today,
                SQL(", ").join(SQL("account.%s", name) for name in changed),
                SQL(", ").join(SQL("new.%s", name) for name in changed),
            )
        )
        cr.execute("DROP TABLE churn_dependence_in")
        self.invalidate_model()
