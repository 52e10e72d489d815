from odoo import api, fields, models
from odoo.tools import SQL

from .res_partner import SQL_OURS

BATCH = 5000


class ChurnAssignment(models.Model):
    """What the history learns afterwards: what went round the ORM, and what was known before installation."""

    _inherit = "churn.assignment"

    # Comparison

    @api.model
    def _cron_compare(self, batch=BATCH):
        """Compare the history with today's owners and teams, and record what nobody told it as found.

        A step is at most ``batch`` accounts, or all teams (four statements).
        """
        commit_progress = self.env["ir.cron"]._commit_progress
        self.env["churn.statistics"]._refresh()
        commit_progress(remaining=self._count_mismatches() + 1)
        while changes := self._mismatches(batch):
            self._record_owner_changes(changes, "found")
            if not commit_progress(len(changes)):
                return
        self._record_members(None, "found")
        self._end_lost_members()
        commit_progress(1)

    def _mismatches(self, limit):
        """:return: list of (account, owner according to the history, owner today), ids or None"""
        return self.env.execute_query(SQL("SELECT * FROM (%s) AS mismatch LIMIT %s", self._sql_mismatches(), limit))

    def _count_mismatches(self):
        return self.env.execute_query(SQL("SELECT count(*) FROM (%s) AS mismatch", self._sql_mismatches()))[0][0]

    def _sql_mismatches(self):
        """An account that is archived, or no account any more, should have no running row."""
        self.flush_model()
        self.env["res.partner"].flush_model(["user_id", "active", "commercial_partner_id"])
        return SQL(
            """
            SELECT p.id, a.user_id, owner.user_id
              FROM res_partner p
         LEFT JOIN churn_assignment a ON a.account_id = p.id AND a.kind = 'owner' AND a.date_to IS NULL
        CROSS JOIN LATERAL (
                SELECT CASE WHEN p.active AND p.commercial_partner_id = p.id AND p.id NOT IN (%s) THEN p.user_id END
            ) AS owner (user_id)
             WHERE a.user_id IS DISTINCT FROM owner.user_id
            """,
            SQL(SQL_OURS),
        )

    def _end_lost_members(self):
        """End team rows whose member was deleted in SQL."""
        today = fields.Date.context_today(self)
        self.search(
            [("kind", "=", "team"), ("member_id", "=", False), "|", ("date_to", "=", False), ("date_to", ">", today)]
        ).write({"date_to": today, "end_reason": "found", "ended_by_id": self.env.uid})

    # Seed

    @api.model
    def _seed(self):
        """Write the history that the database knows already, in one statement; run at installation.

        * Tracked changes of the salesperson are the truth: the first one's old value owned the account since it was
          created, each new value since its day.
        * Without any, salespeople of confirmed orders are the best guess: from the first order of a run by one person
          to the first of the next. Today's owner follows the last of them.
        * Without either, today's owner has owned the account since it was created.

        Accounts that have a history already (demo data, a second installation) are left alone.

        :return: number of rows written
        """
        self.env.flush_all()
        field = self.env["ir.model.fields"]._get("res.partner", "user_id")
        written = self.env.execute_query(
            SQL(
                self._SQL_SEED,
                field=field.id,
                today=fields.Date.context_today(self),
                uid=self.env.uid,
                ours=SQL(SQL_OURS),
            )
        )
        self.invalidate_model()
        return len(written)

    # "said": who is said to own which account from which day on, possibly several times over.
    # "turn": the sayings that change the owner; each lasts until the next.
    _SQL_SEED = """
        WITH account AS (
            SELECT id, name, company_id, user_id, active, create_date::date AS created, write_date::date AS written
              FROM res_partner p
             WHERE commercial_partner_id = id
               AND id NOT IN (%(ours)s)
               AND NOT EXISTS (SELECT FROM churn_assignment a WHERE a.account_id = p.id)
        ), tracked AS (
            SELECT m.res_id AS account_id, m.date::date AS day, t.old_value_integer AS old, t.new_value_integer AS new,
                   ROW_NUMBER() OVER (PARTITION BY m.res_id ORDER BY m.date, t.id) AS number
              FROM mail_tracking_value t
              JOIN mail_message m ON m.id = t.mail_message_id AND m.model = 'res.partner'
             WHERE t.field_id = %(field)s
        ), sold AS (
            SELECT p.commercial_partner_id AS account_id, o.user_id, LEAST(o.date_order::date, %(today)s) AS day, o.id
              FROM sale_order o
              JOIN res_partner p ON p.id = o.partner_id
             WHERE o.state = 'sale' AND o.user_id IS NOT NULL
               AND NOT EXISTS (SELECT FROM tracked WHERE tracked.account_id = p.commercial_partner_id)
        ), known AS (
            SELECT account_id, %(today)s::date AS day FROM tracked GROUP BY account_id
             UNION ALL
            SELECT account_id, MAX(day) FROM sold GROUP BY account_id
        ), said AS (
            SELECT account.id AS account_id, LEAST(account.created, tracked.day) AS day, 0 AS number,
                   NULLIF(tracked.old, 0) AS user_id
              FROM account JOIN tracked ON tracked.account_id = account.id AND tracked.number = 1
             UNION ALL
            SELECT account_id, day, number, NULLIF(new, 0) FROM tracked
             UNION ALL
            SELECT account_id, day, id, user_id FROM sold
             UNION ALL
            SELECT account.id, COALESCE(known.day, account.created, %(today)s), 2147483647, account.user_id
              FROM account LEFT JOIN known ON known.account_id = account.id
        ), compared AS (
            SELECT *, LAG(user_id) OVER (PARTITION BY account_id ORDER BY day, number) IS DISTINCT FROM user_id AS turns
              FROM said
        ), turn AS (
            SELECT account_id, user_id, day, number,
                   LEAD(day) OVER (PARTITION BY account_id ORDER BY day, number) AS until
              FROM compared
             WHERE turns
        ), row AS (
            SELECT account.*, turn.user_id AS served_by, turn.day, turn.number,
                   COALESCE(turn.until, CASE WHEN NOT account.active THEN GREATEST(account.written, turn.day) END)
                       AS until,
                   turn.until IS NULL AND NOT account.active AS archived
              FROM turn
              JOIN account ON account.id = turn.account_id
              JOIN res_users u ON u.id = turn.user_id
        )
        INSERT INTO churn_assignment (
            account_id, account_name, company_id, user_id, kind, date_from, date_to, start_reason, end_reason,
            create_uid, write_uid, create_date, write_date)
        SELECT id, COALESCE(name, ''), company_id, served_by, 'owner', day, until, 'seed',
               CASE WHEN archived THEN 'archived' WHEN until IS NOT NULL THEN 'seed' END,
               %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
          FROM row
         ORDER BY id, day, number
     RETURNING id
    """
