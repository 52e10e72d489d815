from odoo import api, fields, models
from odoo.tools import SQL


class ChurnSeriesMember(models.Model):
    """An account since it first was in the audience of a series, and whether it is held out to compare with."""

    _name = "churn.series.member"
    _description = "Account in a Series"
    _order = "since, id"
    _rec_name = "account_id"

    series_id = fields.Many2one("churn.series", required=True, index=True, ondelete="cascade", readonly=True)
    account_id = fields.Many2one("res.partner", required=True, ondelete="cascade", readonly=True)
    is_holdout = fields.Boolean(string="Held Out", readonly=True)
    since = fields.Date(required=True, readonly=True)

    _account_unique = models.UniqueIndex("(series_id, account_id)", "An account is in a series once.")
    _account_index = models.Index("(account_id)")

    @api.model
    def _enrol(self, series, account_ids, day):
        """Note who is in the audience, draw the new ones, and return the ids of those held out.

        The lot of an account is the same in all series of the company: who is held out of one is not reached by
        another either, as far as the shares agree.
        """
        from ...analytics.uplift import draw

        ids = sorted(account_ids)
        if not ids:
            return set()
        flags = draw(ids, [""] * len(ids), series.holdout_percent / 100, seed=f"quality-{series.company_id.id}")
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """WITH new AS (
                       INSERT INTO churn_series_member (series_id, account_id, is_holdout, since)
                       SELECT %(series)s, account_id, is_holdout, %(day)s
                         FROM unnest(%(ids)s::int[], %(flags)s::bool[]) AS row (account_id, is_holdout)
                  ON CONFLICT (series_id, account_id) DO NOTHING
                    RETURNING account_id, is_holdout
                   )
                   SELECT account_id FROM new WHERE is_holdout
                    UNION
                   SELECT account_id FROM churn_series_member
                    WHERE series_id = %(series)s AND is_holdout AND account_id = ANY(%(ids)s)""",
                series=series.id,
                day=day,
                ids=ids,
                flags=[bool(flag) for flag in flags],
            )
        )
        self.invalidate_model(flush=False)
        return {row[0] for row in rows}
