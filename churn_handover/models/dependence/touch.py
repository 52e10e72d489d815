from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..safeguard.safeguard import TOUCH_HOURS

KEPT_DAYS = 2


class ChurnTouch(models.Model):
    """Which protected records a leaver changed lately; counts volume over several calls, and is forgotten soon."""

    _name = "churn.touch"
    _description = "Protected Record Changed by a Leaver"
    _log_access = False

    # An id, not a relation: this is no business data that could need an owner.
    uid = fields.Integer(required=True)
    res_model = fields.Char(required=True)
    res_id = fields.Integer(required=True)
    touched_at = fields.Datetime(required=True)

    _uid_index = models.Index("(uid, touched_at)")

    @api.model
    def _touch(self, records):
        """Note the records, and return how many different ones the user changed within the hour. One query."""
        now = fields.Datetime.now()
        found = self.env.execute_query(
            SQL(
                """
                WITH known AS (
                    SELECT DISTINCT res_model, res_id FROM churn_touch
                     WHERE uid = %(uid)s AND touched_at > %(since)s
                ), added AS (
                    INSERT INTO churn_touch (uid, res_model, res_id, touched_at)
                    SELECT %(uid)s, record.model, record.id, %(now)s
                      FROM unnest(%(models)s::text[], %(ids)s::int[]) AS record (model, id)
                     WHERE (record.model, record.id) NOT IN (SELECT res_model, res_id FROM known)
                 RETURNING id
                )
                SELECT (SELECT count(*) FROM known) + (SELECT count(*) FROM added)
                """,
                uid=self.env.uid,
                now=now,
                since=now - timedelta(hours=TOUCH_HOURS),
                models=[record._name for record in records],
                ids=[record.id for record in records],
            )
        )
        return found[0][0]

    @api.model
    def _counts(self, user_ids, since):
        """Return {user id: number of different records changed} since a point in time. One query."""
        rows = self.env.execute_query(
            SQL(
                """SELECT uid, count(DISTINCT (res_model, res_id)) FROM churn_touch
                    WHERE uid = ANY(%s) AND touched_at > %s GROUP BY uid""",
                list(user_ids),
                since,
            )
        )
        return dict(rows)

    @api.autovacuum
    def _gc_touches(self):
        self.search([("touched_at", "<", fields.Datetime.now() - timedelta(days=KEPT_DAYS))], limit=10000).unlink()
