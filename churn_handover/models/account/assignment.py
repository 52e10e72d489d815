from odoo import api, fields, models
from odoo.tools import SQL

from .res_partner import SQL_OURS


class ChurnAssignment(models.Model):
    """Who owned or served an account, from when to when, and why it ended.

    The change day belongs to both sides: the old row ends and the new one starts on it. An account has at
    most one running owner row (``date_to`` empty). Rows outlive the account: when it is deleted,
    ``account_name`` still says whose history it was.
    """

    _name = "churn.assignment"
    _description = "Assignment History"
    _order = "date_from desc, id desc"
    _rec_name = "account_name"

    account_id = fields.Many2one("res.partner", index=True, ondelete="set null", readonly=True)
    account_name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company",
        ondelete="set null",
        readonly=True,
        help="The company the account belongs to; kept when the account is deleted. Empty: shared by all companies.",
    )
    user_id = fields.Many2one("res.users", required=True, index=True, ondelete="restrict", readonly=True)
    kind = fields.Selection(
        [("owner", "Owner"), ("team", "Team Member")], required=True, default="owner", readonly=True
    )
    role_id = fields.Many2one("churn.team.role", ondelete="set null", readonly=True)
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="To", readonly=True, help="Last day of the assignment; empty while it lasts.")
    start_reason = fields.Selection(
        "_selection_reason", string="Why It Began", required=True, default="manual", readonly=True
    )
    end_reason = fields.Selection("_selection_reason", string="Why It Ended", readonly=True)
    changed_by_id = fields.Many2one("res.users", string="Assigned by", ondelete="set null", readonly=True)
    ended_by_id = fields.Many2one("res.users", ondelete="set null", readonly=True)
    handover_line_id = fields.Many2one(
        "churn.handover.line", index="btree_not_null", ondelete="set null", readonly=True
    )

    _running_owner_unique = models.UniqueIndex(
        "(account_id) WHERE kind = 'owner' AND date_to IS NULL", "An account has one owner at a time."
    )

    @api.model
    def _selection_reason(self):
        return [
            ("manual", self.env._("Changed by hand")),
            ("created", self.env._("Account created")),
            ("import", self.env._("Import")),
            ("handover", self.env._("Handover")),
            ("undo", self.env._("Handover undone")),
            ("merge", self.env._("Accounts merged")),
            ("parent", self.env._("Became part of another account")),
            ("split", self.env._("Became an account of its own")),
            ("deleted", self.env._("Account deleted")),
            ("archived", self.env._("Account archived")),
            ("restored", self.env._("Account restored from the archive")),
            ("seed", self.env._("Known at installation")),
            ("found", self.env._("Found by the nightly comparison")),
        ]

    @api.model
    def _context_reason(self, default="manual"):
        """Why owners change in this call: named by the caller, an import, or ``default``."""
        reason = self.env.context.get("churn_reason")
        if reason in dict(self._selection_reason()):
            return reason
        return "import" if self.env.context.get("import_file") else default

    @api.model
    def _follow_account_values(self, partners, names):
        """Carry over to the history what changed on accounts: their company, their new name.

        :param names: ``{partner id: former name}``. Only rows under that name follow: those that came from another
            account (by merge or a new parent) keep the name of theirs.
        """
        partners.flush_model(["name", "company_id"])
        self.flush_model()
        self.env.execute_query(
            SQL(
                """
                UPDATE churn_assignment a
                   SET company_id = p.company_id,
                       account_name = CASE WHEN a.account_name = former.name THEN p.name ELSE a.account_name END
                  FROM res_partner p
                  JOIN unnest(%s::int[], %s::text[]) AS former (id, name) ON former.id = p.id
                 WHERE a.account_id = p.id
             RETURNING a.id
                """,
                list(names),
                list(names.values()),
            )
        )
        self.invalidate_model()

    @api.model
    def _record_owner_changes(self, changes, reason, line_by_partner=None):
        """Close the running owner rows of accounts and open new ones, two queries however many they are.

        A former owner of whom no running row is known (somebody wrote round the ORM) gets a closed one, so
        that no owner is ever missing. An archived account has no running row: its new owner is noted for the
        day of the change.

        :param changes: list of ``(partner_id, old_user_id or False, new_user_id or False)``; the owner of a
            partner that is no account (any more) is closed, never opened
        :param reason: a key of :meth:`_selection_reason`
        :param line_by_partner: ``{partner_id: churn.handover.line id}`` when a transfer made the change
        """
        changes = [change for change in changes if (change[1] or None) != (change[2] or None)]
        if not changes:
            return
        lines = line_by_partner or {}
        self.env["res.partner"].flush_model(["name", "company_id", "active", "commercial_partner_id"])
        self.flush_model()
        accounts, old_users, new_users = (list(column) for column in zip(*changes, strict=True))
        values = {
            "accounts": accounts,
            "old_users": [user or None for user in old_users],
            "new_users": [user or None for user in new_users],
            "lines": [lines.get(account) for account in accounts],
            "reason": reason,
            "day": fields.Date.context_today(self),
            "uid": self.env.uid,
            "ours": SQL(SQL_OURS),
        }
        closed = self.env.execute_query(SQL(self._SQL_CLOSE_OWNERS, **values))
        self.env.execute_query(SQL(self._SQL_OPEN_OWNERS, closed=[row[0] for row in closed], **values))
        self.invalidate_model()
        self.env["res.partner"].invalidate_model(["churn_assignment_ids"], flush=False)

    _SQL_CLOSE_OWNERS = """
        UPDATE churn_assignment
           SET date_to = GREATEST(date_from, %(day)s), end_reason = %(reason)s, ended_by_id = %(uid)s,
               write_uid = %(uid)s, write_date = now() AT TIME ZONE 'UTC'
         WHERE account_id = ANY(%(accounts)s) AND kind = 'owner' AND date_to IS NULL
     RETURNING account_id
    """

    # First branch: the new owners. Second: former owners of whom no row was running.
    _SQL_OPEN_OWNERS = """
        WITH change AS (
            SELECT partner.*, change.old_user_id, change.new_user_id, change.line_id
              FROM unnest(%(accounts)s::int[], %(old_users)s::int[], %(new_users)s::int[], %(lines)s::int[])
                   AS change (account_id, old_user_id, new_user_id, line_id)
              JOIN res_partner partner ON partner.id = change.account_id
        ), row AS (
            SELECT id, name, company_id, new_user_id AS user_id, %(day)s::date AS date_from,
                   CASE WHEN active THEN NULL ELSE %(day)s::date END AS date_to,
                   %(reason)s AS start_reason,
                   CASE WHEN active THEN NULL ELSE 'archived' END AS end_reason,
                   line_id
              FROM change
             WHERE new_user_id IS NOT NULL AND commercial_partner_id = id AND id NOT IN (%(ours)s)
             UNION ALL
            SELECT id, name, company_id, old_user_id, LEAST(create_date::date, %(day)s::date), %(day)s::date,
                   'found', %(reason)s, NULL
              FROM change
             WHERE old_user_id IS NOT NULL AND active AND id <> ALL(%(closed)s) AND id NOT IN (%(ours)s)
        )
        INSERT INTO churn_assignment (
            account_id, account_name, company_id, user_id, kind, date_from, date_to, start_reason, end_reason,
            changed_by_id, ended_by_id, handover_line_id, create_uid, write_uid, create_date, write_date)
        SELECT id, COALESCE(name, ''), company_id, user_id, 'owner', date_from, date_to, start_reason, end_reason,
               %(uid)s, CASE WHEN date_to IS NULL THEN NULL ELSE %(uid)s END, line_id, %(uid)s, %(uid)s,
               now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
          FROM row
     RETURNING id
    """
