import csv
import io
import json
import logging

import numpy as np

from odoo import api, fields, models
from odoo.tools import SQL

from .score import BANDS, KEPT_MONTHS, STATUS
from .score_book import day_date, day_number

_logger = logging.getLogger(__name__)

# Accounts per step: a few seconds of CPU and well under 100 MB at any size of company.
RANGE = 20000

COLUMNS = (
    "id",
    "score_status",
    "probability",
    "net_revenue_12m",
    "expected_loss",
    "base_band",
    "usual_gap",
    "last_buying_day",
    "next_order_by",
    "reasons",
)


class ChurnScoreModel(models.Model):
    """The nightly scoring: every account of every company, in ranges, each read, scored and written at once."""

    _inherit = "churn.score.model"

    scored_on = fields.Date(readonly=True, copy=False)
    score_cursor = fields.Integer(readonly=True, copy=False, help="Accounts up to this row are scored today.")
    prepared_on = fields.Date(readonly=True, copy=False)
    finished_on = fields.Date(readonly=True, copy=False)

    @api.model
    def _cron_score(self):
        """Score what is not scored today; each step is committed and can be the last of a unit of work."""
        self.env["churn.steps"]._work_off(self._next_score_step, "churn_handover.cron_score")

    @api.model
    def _next_score_step(self):
        """What to do next: ``(method name, model)`` or None when everything is done for today."""
        models_ = self.search([("company_id", "!=", False)])
        for general in models_.filtered(lambda model: not model.domain):
            today = general._today()
            if general.prepared_on != today:
                return "_score_prepare", general
            mine = models_.filtered(lambda model, company=general.company_id: model.company_id == company)
            waiting = mine.filtered(lambda model, day=today: model.trained_on and model.scored_on != day)
            if waiting:
                return "_score_range", waiting[0]
            if general.finished_on != today:
                return "_score_finish", general
        return None

    def _give_up(self, method):
        """Leave a failed step until tomorrow."""
        self.write(
            {{"_score_prepare": "prepared_on", "_score_range": "scored_on"}.get(method, "finished_on"): self._today()}
        )

    def _score_again(self):
        """Score with what is new in this model as soon as possible, not only at night."""
        self.write({"scored_on": False, "score_cursor": 0})
        self.search([("company_id", "in", self.company_id.ids), ("domain", "=", False)]).write({"finished_on": False})
        self.env.ref("churn_handover.cron_score")._trigger()

    # Steps

    def _score_prepare(self):
        self._prepare(self.company_id, self._today())
        self.prepared_on = self._today()

    def _score_range(self, size=RANGE):
        """Score the next accounts of this model."""
        today = self._today()
        first = self.score_cursor + 1
        rows = self.env.execute_query(
            SQL(
                """SELECT max(id), count(*)
                     FROM (SELECT id FROM churn_account
                            WHERE score_model_id = %s AND id >= %s ORDER BY id LIMIT %s) next""",
                self.id,
                first,
                size,
            )
        )
        last, count = rows[0]
        if count:
            params = self.sudo().params  # written by the training, read here only
            inputs = self._book(accounts=(first, last)).snapshot(day_number(today), params["horizon"])
            self._write_scores(self._scores(params, inputs), (first, last), today, params["horizon"])
        done = count < size
        self.write({"score_cursor": 0 if done else last, "scored_on": today if done else False})

    def _scores(self, params, inputs):
        """Rows of ``COLUMNS`` for the accounts; one whose figures the core refuses gets a row that says so.

        The core works on all accounts at once. When it raises, halves are tried, down to the account at fault.
        """
        from ...analytics import model as core  # scikit-learn: only where it is used, not in every worker

        if not len(inputs):
            return []
        try:
            with np.errstate(all="ignore"):
                found = core.score(params, inputs, self.company_id._churn_thresholds())
        except (ValueError, ArithmeticError, IndexError, np.linalg.LinAlgError) as error:
            if len(inputs) == 1:
                _logger.warning("Account figures %s can't be scored: %s", inputs.account[0], error)
                return [self._error_row(int(inputs.account[0]), str(error))]
            half = len(inputs) // 2
            return self._scores(params, inputs.take(slice(0, half))) + self._scores(
                params, inputs.take(slice(half, None))
            )
        return self._rows(inputs, found)

    def _rows(self, inputs, found):
        from ...analytics.status import STATUSES

        sound = np.isfinite(found.probability) & np.isfinite(found.expected_loss) & (found.probability <= 1)
        rows = []
        for position, account in enumerate(inputs.account.tolist()):
            if not sound[position]:
                rows.append(self._error_row(account, "not a number"))
                continue
            rows.append(
                (
                    account,
                    STATUS[STATUSES[found.status[position]]],
                    float(found.probability[position]),
                    round(float(found.revenue[position]), 2),
                    round(float(found.expected_loss[position]), 2),
                    BANDS[found.band[position]],
                    float(found.usual_days[position]),
                    day_date(inputs.last_day[position]),
                    day_date(min(found.expected_by[position], day_number(fields.Date.to_date("9999-12-31")))),
                    json.dumps(found.reasons[position]),
                )
            )
        return rows

    @api.model
    def _error_row(self, account, error):
        reasons = json.dumps([{"code": "error", "error": error}])
        return (account, "error", None, 0.0, 0.0, None, None, None, None, reasons)

    def _write_scores(self, rows, bounds, today, horizon):
        """Put the rows in a temporary table by COPY, then into the figures by one UPDATE.

        Frozen rows are left alone: a customer that was lost stays as it is until there is a newer order. Accounts of
        the range without a row have no order (any more).
        """
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS churn_score_in")
        cr.execute(
            """CREATE TEMP TABLE churn_score_in (
                   id int PRIMARY KEY, score_status varchar, probability float8, net_revenue_12m numeric,
                   expected_loss numeric, base_band varchar, usual_gap float8, last_buying_day date, next_order_by date,
                   reasons jsonb) ON COMMIT DROP"""
        )
        stream = io.StringIO()
        csv.writer(stream).writerows(rows)
        stream.seek(0)
        cr.copy_expert(f"COPY churn_score_in ({', '.join(COLUMNS)}) FROM STDIN WITH (FORMAT csv)", stream)
        values = {
            "model": self.id,
            "first": bounds[0],
            "last": bounds[1],
            "today": today,
            "month": today.replace(day=1),
            "horizon": horizon,
        }
        cr.execute(SQL(self._SQL_WRITE, **values))
        cr.execute(SQL(self._SQL_NO_DATA, **values))
        cr.execute("DROP TABLE churn_score_in")
        self.env["churn.account"].invalidate_model()

    _SQL_WRITE = """
        UPDATE churn_account account
           SET score_status = new.score_status, probability = new.probability,
               probability_change = new.probability - before.probability,
               net_revenue_12m = new.net_revenue_12m, expected_loss = new.expected_loss, base_band = new.base_band,
               usual_gap = new.usual_gap, last_buying_day = new.last_buying_day, next_order_by = new.next_order_by,
               reasons = new.reasons, horizon = %(horizon)s, scored_on = %(today)s,
               lost_since = CASE WHEN new.score_status = 'lost' THEN coalesce(account.lost_since, %(today)s) END
          FROM churn_score_in new
          LEFT JOIN churn_score before
                 ON before.account_id = new.id AND before.month = (%(month)s::date - interval '1 month')::date
         WHERE account.id = new.id
           AND (account.score_status = 'lost' AND account.last_buying_day >= new.last_buying_day) IS NOT TRUE
    """

    _SQL_NO_DATA = """
        UPDATE churn_account account
           SET score_status = 'no_data', probability = NULL, probability_change = NULL, net_revenue_12m = 0,
               expected_loss = 0, base_band = NULL, usual_gap = NULL, last_buying_day = NULL, next_order_by = NULL,
               reasons = NULL, horizon = %(horizon)s, scored_on = %(today)s, lost_since = NULL
         WHERE account.score_model_id = %(model)s AND account.id BETWEEN %(first)s AND %(last)s
           AND account.score_status IS DISTINCT FROM 'no_data'
           AND NOT EXISTS (SELECT FROM churn_score_in WHERE churn_score_in.id = account.id)
    """

    def _score_finish(self):
        """What is about the whole company: thresholds and bands, the month's history, warnings."""
        company, today = self.company_id, self._today()
        self._clear_unscored(company)
        company._churn_propose_thresholds()
        self._keep_history(company, today)
        self.env["churn.warning"]._sync(company, today)
        self.finished_on = today

    @api.model
    def _clear_unscored(self, company):
        """Rows that no model scores (any more): our own companies and people."""
        self.env.cr.execute(
            SQL(
                """UPDATE churn_account
                      SET score_status = NULL, probability = NULL, probability_change = NULL, expected_loss = 0,
                          base_band = NULL, usual_gap = NULL, next_order_by = NULL, reasons = NULL, lost_since = NULL
                    WHERE company_id = %s AND score_model_id IS NULL
                      AND (score_status IS NOT NULL OR expected_loss IS NULL)""",
                company.id,
            )
        )
        self.env["churn.account"].invalidate_model()

    @api.model
    def _keep_history(self, company, today):
        """Write the running month of every scored account; months that are over stay as they are."""
        self.env["churn.account"].flush_model()
        self.env.cr.execute(
            SQL(
                """INSERT INTO churn_score AS score
                          (account_id, month, probability, base_band, revenue, expected_loss,
                           create_uid, write_uid, create_date, write_date)
                   SELECT id, %(month)s, probability, base_band, net_revenue_12m, expected_loss,
                          %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                     FROM churn_account
                    WHERE company_id = %(company)s AND probability IS NOT NULL AND score_model_id IS NOT NULL
                   ON CONFLICT (account_id, month) DO UPDATE
                      SET probability = excluded.probability, base_band = excluded.base_band,
                          revenue = excluded.revenue, expected_loss = excluded.expected_loss
                    WHERE (score.probability, score.expected_loss, score.base_band)
                          IS DISTINCT FROM (excluded.probability, excluded.expected_loss, excluded.base_band)""",
                company=company.id,
                month=today.replace(day=1),
                uid=self.env.uid,
            )
        )
        self.env["churn.score"].invalidate_model()

    @api.autovacuum
    def _gc_history(self):
        """Drop months that are older than the chart shows."""
        limit = fields.Date.subtract(fields.Date.today(), months=KEPT_MONTHS)
        self.env.cr.execute(SQL("DELETE FROM churn_score WHERE month < %s", limit))
