import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .score import KEPT_MONTHS

_logger = logging.getLogger(__name__)

# A warning restarts at a handover: what was before the present owner took over is not held against the relationship.
RESTARTS = ("handover", "undo")


class ChurnWarning(models.Model):
    """A dated cause of risk beside the churn probability; open until its cause is gone.

    Rows come from providers only: to add a kind, extend :meth:`_warning_kinds`, write the two methods it names
    and ship a ``churn.warning.kind`` with the same code. A row about a person (``confidential_user_id``) does
    not exist for that person, a manager included, and one that rests on feedback only for who may read the
    feedback: the record rule hides it, and the band they see is one that it did not raise
    (:meth:`churn.account._compute_risk_band`).
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
    # A number, no relation: Odoo finds ids in a relational field without the rules of what they point to.
    feedback_ref = fields.Integer(index="btree_not_null", readonly=True, groups=fields.NO_ACCESS)
    restricted = fields.Boolean(readonly=True, groups=fields.NO_ACCESS)  # not for all who see the account
    is_visible = fields.Boolean(compute="_compute_is_visible", search="_search_is_visible")

    _open_unique = models.UniqueIndex(
        "(account_id, kind_id, key) WHERE closed_on IS NULL", "This warning is open already."
    )

    @api.model
    def _warning_kinds(self):
        """Which kinds there are: ``{code: (rows method, text method)}``, names of methods of this model.

        The rows method takes ``(company, today)`` and returns one :class:`SQL` query of
        ``account_id`` (``churn.account``), ``key`` (text), ``date``, ``params`` (jsonb) and
        ``confidential_user_id``. In ``params``, ``feedback`` is the id of feedback the warning rests on, and
        ``restricted`` whether fewer people may read that than see the account; neither is kept there.
        The text method takes the params and returns a translated sentence.
        """
        return {}

    @api.depends("kind_id", "params")
    @api.depends_context("lang")
    def _compute_text(self):
        kinds = self._warning_kinds()
        for warning in self:
            method = kinds.get(warning.kind_id.code, (None, None))[1]
            warning.text = getattr(self, method)(warning.params or {}) if method else warning.kind_id.name

    @api.depends_context("uid")
    def _compute_is_visible(self):
        rows = self.sudo()  # only to see which rest on feedback; whether that is readable is asked as the viewer
        feedback = (
            self.env["churn.feedback"]._as_viewer().browse({row.feedback_ref for row in rows if row.feedback_ref})
        )
        readable = set(feedback._filtered_access("read").ids)
        for warning, row in zip(self, rows, strict=True):
            warning.is_visible = not row.feedback_ref or row.feedback_ref in readable

    @api.model
    def _search_is_visible(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        feedback = self.env["churn.feedback"]._as_viewer()
        elsewhere = Domain("feedback_ref", "=", False)
        if not feedback.has_access("read"):
            return elsewhere
        return elsewhere | Domain("feedback_ref", "in", feedback._search(Domain.TRUE))

    def action_open_customer(self):
        return self.account_id.action_open_customer()

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
            SELECT DISTINCT ON (row.account_id, row.key) row.account_id, row.key, row.date,
                   row.params - '{feedback,restricted}'::text[] AS params, row.confidential_user_id,
                   (row.params->>'feedback')::int AS feedback_ref,
                   row.params ? 'feedback' AND (row.params->>'restricted')::boolean AS restricted
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
            account_id, company_id, kind_id, key, date, params, confidential_user_id, feedback_ref, restricted,
            create_uid, write_uid, create_date, write_date)
        SELECT account_id, %(company)s, %(kind)s, key, date, params, confidential_user_id, feedback_ref, restricted,
               %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
          FROM found
        ON CONFLICT (account_id, kind_id, key) WHERE closed_on IS NULL
        DO UPDATE SET params = excluded.params, confidential_user_id = excluded.confidential_user_id,
                      restricted = excluded.restricted
         WHERE (warning.params, warning.confidential_user_id, warning.restricted)
               IS DISTINCT FROM (excluded.params, excluded.confidential_user_id, excluded.restricted)
    """

    @api.model
    def _hidden_account_ids(self):
        """Accounts with an open warning that is kept from the present user. One indexed query, one more if needed."""
        rows = self.env.execute_query(
            SQL(
                """SELECT account_id, feedback_ref, confidential_user_id IS NOT DISTINCT FROM %(uid)s
                     FROM churn_warning
                    WHERE closed_on IS NULL AND (confidential_user_id = %(uid)s OR restricted)""",
                uid=self.env.uid,
                to_flush=[self._fields[name] for name in ("confidential_user_id", "restricted", "closed_on")],
            )
        )
        feedback = self.env["churn.feedback"]._as_viewer().browse({ref for __, ref, about in rows if not about})
        readable = set(feedback._filtered_access("read").ids) if feedback else set()
        return list({account_id for account_id, ref, about in rows if about or ref not in readable})

    @api.autovacuum
    def _gc_closed(self):
        """Drop what has been over for as long as the history of scores goes back; some of it names people."""
        limit = fields.Date.subtract(fields.Date.today(), months=KEPT_MONTHS)
        self.env.cr.execute(SQL("DELETE FROM churn_warning WHERE closed_on < %s", limit))
