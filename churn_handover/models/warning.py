import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# A warning restarts at a handover: what was before the present owner took over is not held against the relationship.
RESTARTS = ("handover", "undo")


class ChurnWarning(models.Model):
    """A dated cause of risk beside the churn probability; open until its cause is gone.

    Rows come from providers only: to add a kind, extend :meth:`_warning_kinds`, write the two methods it names
    and ship a ``churn.warning.kind`` with the same code. A row about a person (``confidential_user_id``) does
    not exist for that person, a manager included: the record rule hides it, and the band they see is one that
    it did not raise (:meth:`churn.account._compute_risk_band`).
    """

    _name = "churn.warning"
    _description = "Churn Warning"
    _order = "closed_on desc, date desc, id desc"
    _rec_name = "kind_id"

    account_id = fields.Many2one("churn.account", required=True, index=True, ondelete="cascade", readonly=True)
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer")
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade", readonly=True)
    kind_id = fields.Many2one("churn.warning.kind", required=True, index=True, ondelete="cascade", readonly=True)
    lifts = fields.Boolean(related="kind_id.lifts")
    key = fields.Char(required=True, readonly=True, help="What the warning is about; tells it from others of its kind.")
    date = fields.Date(required=True, readonly=True, help="Since when the cause exists.")
    closed_on = fields.Date(readonly=True, help="The first night the cause was gone.")
    params = fields.Json(readonly=True)
    text = fields.Char(compute="_compute_text", string="Warning")
    confidential_user_id = fields.Many2one(
        "res.users",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
        groups=fields.NO_ACCESS,
        help="The warning and all that follows from it is hidden from this person.",
    )

    _open_unique = models.UniqueIndex(
        "(account_id, kind_id, key) WHERE closed_on IS NULL", "This warning is open already."
    )

    @api.model
    def _warning_kinds(self):
        """Which kinds there are: ``{code: (rows method, text method)}``, names of methods of this model.

        The rows method takes ``(company, today)`` and returns one :class:`SQL` query of
        ``account_id`` (``churn.account``), ``key`` (text), ``date``, ``params`` (jsonb) and
        ``confidential_user_id``. The text method takes the params and returns a translated sentence.
        """
        return {}

    @api.depends("kind_id", "params")
    @api.depends_context("lang")
    def _compute_text(self):
        kinds = self._warning_kinds()
        for warning in self:
            method = kinds.get(warning.kind_id.code, (None, None))[1]
            warning.text = getattr(self, method)(warning.params or {}) if method else warning.kind_id.name

    @api.model
    def _sync(self, company, today):
        """Open, refresh and close the warnings of a company: one statement per kind, then the bands.

        A kind whose method fails is left as it is and logged; the others go on.
        """
        kind_by_code = {
            kind.code: kind
            for kind in self.env["churn.warning.kind"].search([("code", "in", list(self._warning_kinds()))])
        }
        self.env["churn.account"].flush_model()
        self.flush_model()
        for code, (rows_method, __) in self._warning_kinds().items():
            if code not in kind_by_code:
                continue
            try:
                with self.env.cr.savepoint():
                    rows = getattr(self, rows_method)(company, today)
                    self._sync_kind(kind_by_code[code], company, today, rows)
            except (psycopg2.Error, UserError):
                _logger.exception("Warnings of kind %s could not be found in company %s", code, company.id)
        self.invalidate_model()
        self.env["churn.account"]._lift_bands(company)

    @api.model
    def _sync_kind(self, kind, company, today, rows):
        """Make the open rows of a kind equal to what its method found."""
        restart = SQL(
            """NOT EXISTS (
                SELECT FROM churn_account account
                  JOIN churn_assignment owner ON owner.account_id = account.partner_id
                       AND owner.kind = 'owner' AND owner.date_to IS NULL
                       AND owner.start_reason IN %s AND owner.date_from > row.date
                 WHERE account.id = row.account_id)""",
            RESTARTS,
        )
        self.env.cr.execute(
            SQL(
                self._SQL_SYNC,
                rows=rows,
                kind=kind.id,
                company=company.id,
                today=today,
                uid=self.env.uid,
                restart=restart if kind.relationship else SQL("TRUE"),
            )
        )

    _SQL_SYNC = """
        WITH found AS MATERIALIZED (
            SELECT DISTINCT ON (row.account_id, row.key) row.*
              FROM (%(rows)s) row (account_id, key, date, params, confidential_user_id)
             WHERE %(restart)s
             ORDER BY row.account_id, row.key, row.date
        ), closed AS (
            UPDATE churn_warning warning
               SET closed_on = %(today)s, write_uid = %(uid)s, write_date = now() AT TIME ZONE 'UTC'
             WHERE company_id = %(company)s AND kind_id = %(kind)s AND closed_on IS NULL
               AND NOT EXISTS (
                       SELECT FROM found
                        WHERE found.account_id = warning.account_id AND found.key = warning.key)
        )
        INSERT INTO churn_warning AS warning (
            account_id, company_id, kind_id, key, date, params, confidential_user_id,
            create_uid, write_uid, create_date, write_date)
        SELECT account_id, %(company)s, %(kind)s, key, date, params, confidential_user_id,
               %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
          FROM found
        ON CONFLICT (account_id, kind_id, key) WHERE closed_on IS NULL
        DO UPDATE SET params = excluded.params, confidential_user_id = excluded.confidential_user_id
         WHERE (warning.params, warning.confidential_user_id)
               IS DISTINCT FROM (excluded.params, excluded.confidential_user_id)
    """

    @api.model
    def _hidden_account_ids(self):
        """Accounts with an open warning that is kept from the present user. One indexed query."""
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT account_id FROM churn_warning WHERE confidential_user_id = %s AND closed_on IS NULL",
                self.env.uid,
                to_flush=[self._fields["confidential_user_id"], self._fields["closed_on"]],
            )
        )
        return [account_id for (account_id,) in rows]
