from odoo import api, fields, models
from odoo.tools import SQL

from ...analytics.fit import LOSS_HIGH, LOSS_LOW
from ...analytics.result import LEAST_CONTROLS, MONTHS, USUAL
from ..account.account import TIER_A_SHARE, TIER_B_SHARE
from ..account.res_partner import SQL_OURS


class ChurnResult(models.Model):
    """The nightly run: a line is looked at again when another full month has passed, for a year."""

    _inherit = "churn.result"

    @api.model
    def _cron_refresh(self):
        """Refresh what is due; a step is the lines of one change date."""
        self.env["churn.statistics"]._refresh()
        self._forget_undone()
        due = self._due()
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(due))
        for day, months, line_ids in due:
            self._refresh(day, months, line_ids)
            if not commit_progress(1):
                return
        self.env["churn.result.group"]._refresh()

    @api.model
    def _forget_undone(self):
        self.search([("line_id.state", "=", "undone")]).unlink()

    @api.model
    def _due(self):
        """Return [(change date, full months since, ids of lines)] of what has not been looked at for a full month."""
        self.env["churn.handover.line"].flush_model()
        self.env["churn.handover"].flush_model(["kind"])
        return self.env.execute_query(
            SQL(
                """
                SELECT change_date, months, array_agg(id ORDER BY id)
                  FROM (SELECT line.id, line.change_date, line.result_months,
                               LEAST(EXTRACT(year FROM since) * 12 + EXTRACT(month FROM since), %(months)s)::int
                                   AS months
                          FROM churn_handover_line line
                          JOIN churn_handover plan ON plan.id = line.handover_id AND plan.kind <> 'absence'
                         CROSS JOIN LATERAL age(%(today)s::date, line.change_date) since
                         WHERE line.state = 'done' AND line.account_id IS NOT NULL AND line.is_default IS NOT TRUE
                           AND line.change_date <= %(today)s) moved
                 WHERE months > COALESCE(result_months, -1)
                 GROUP BY change_date, months ORDER BY change_date
                """,
                today=fields.Date.context_today(self),
                months=MONTHS,
            )
        )

    @api.model
    def _refresh(self, day, months, line_ids):
        """Write the results of lines that changed hands on the same day; one statement, however many lines.

        :param months: full months after the change that are counted
        """
        self.env.flush_all()
        line_ids = list(line_ids)
        self.env.cr.execute(
            SQL(
                self._SQL_REFRESH,
                ids=line_ids,
                day=day,
                months=months,
                until=min(fields.Date.context_today(self), fields.Date.add(day, months=MONTHS)),
                ours=SQL(SQL_OURS),
                a_share=TIER_A_SHARE,
                b_share=TIER_B_SHARE,
                least=LEAST_CONTROLS,
                usual=list(USUAL),
                loss_low=LOSS_LOW,
                loss_high=LOSS_HIGH,
                full=MONTHS,
                uid=self.env.uid,
            )
        )
        self.env.cr.execute("UPDATE churn_handover_line SET result_months = %s WHERE id = ANY(%s)", [months, line_ids])
        self.env.invalidate_all(flush=False)

    # What was bought, per account and product category, from two years before the change until the last counted month;
    # a category is known that was bought from in the two years before. Comparable accounts kept one owner from a year
    # before until a year after, or until now. What they did is summed per value tier and (without tier) over all; the
    # variance is that of a ratio of means (Cochran, Sampling Techniques, 1977, chapter 6).
    _SQL_REFRESH = """
        WITH ours AS (%(ours)s), todo AS (
            SELECT line.id AS line_id, line.account_id, line.handover_id, line.tier_id, line.successor_type,
                   plan.kind, plan.emergency
              FROM churn_handover_line line JOIN churn_handover plan ON plan.id = line.handover_id
             WHERE line.id = ANY(%(ids)s)
        ), span AS (
            SELECT %(day)s::date AS day, %(day)s::date - interval '24 months' AS first,
                   %(day)s::date - interval '12 months' AS before,
                   %(day)s::date - interval '12 months' + %(months)s * interval '1 month' AS base_end,
                   %(day)s::date + %(months)s * interval '1 month' AS after_end
        ), bought AS (
            SELECT o.company_id, p.commercial_partner_id AS account_id,
                   COALESCE(SUM(sold.amount) FILTER (WHERE o.date_order >= before AND o.date_order < day), 0) AS year,
                   COALESCE(SUM(sold.amount) FILTER (WHERE o.date_order >= before AND o.date_order < base_end), 0)
                       AS base,
                   COALESCE(SUM(sold.amount) FILTER (WHERE o.date_order >= day), 0) AS after,
                   COALESCE(SUM(sold.amount) FILTER (WHERE o.date_order < day), 0) > 0 AS known
              FROM span
              JOIN sale_order o ON o.state = 'sale'
               AND o.date_order >= first AND o.date_order < GREATEST(after_end, day)
              JOIN res_partner p ON p.id = o.partner_id
              JOIN sale_order_line line ON line.order_id = o.id AND line.price_subtotal <> 0
         LEFT JOIN product_product product ON product.id = line.product_id
         LEFT JOIN product_template template ON template.id = product.product_tmpl_id
        CROSS JOIN LATERAL (
                   SELECT (line.price_subtotal / COALESCE(NULLIF(o.currency_rate, 0), 1))::float8 AS amount) sold
             WHERE p.commercial_partner_id NOT IN (SELECT partner_id FROM ours)
             GROUP BY o.company_id, p.commercial_partner_id, template.categ_id
        ), account AS (
            SELECT company_id, account_id, SUM(year) AS year, SUM(base) AS base, SUM(after) AS after,
                   COALESCE(SUM(after) FILTER (WHERE known), 0) AS repeat
              FROM bought GROUP BY company_id, account_id
        ), ranked AS (
            SELECT *, CASE WHEN year <= 0 THEN NULL
                           WHEN ahead < %(a_share)s * total THEN 'a'
                           WHEN ahead < %(b_share)s * total THEN 'b' ELSE 'c' END AS tier
              FROM (SELECT *, SUM(GREATEST(year, 0)) OVER (PARTITION BY company_id) AS total,
                           SUM(GREATEST(year, 0)) OVER (
                               PARTITION BY company_id ORDER BY year DESC, account_id) - GREATEST(year, 0) AS ahead
                      FROM account) figures
        ), control AS (
            SELECT ranked.* FROM ranked CROSS JOIN span
             WHERE year > 0 AND account_id NOT IN (SELECT account_id FROM todo)
               AND EXISTS (SELECT FROM churn_assignment kept
                            WHERE kept.account_id = ranked.account_id AND kept.kind = 'owner'
                              AND kept.date_from <= span.before
                              AND (kept.date_to IS NULL OR kept.date_to >= %(until)s))
        ), summed AS (
            SELECT company_id, tier, COUNT(*) AS number, SUM(base) AS base, SUM(after) AS after, SUM(repeat) AS repeat,
                   SUM(base * base) AS bb, SUM(after * after) AS aa, SUM(base * after) AS ba,
                   percentile_cont(%(usual)s::float8[]) WITHIN GROUP (ORDER BY after / NULLIF(base, 0))
                       FILTER (WHERE base > 0) AS usual
              FROM control GROUP BY GROUPING SETS ((company_id, tier), (company_id))
        ), cell AS (
            SELECT *, after / base AS ratio, repeat / base AS repeat_ratio,
                   GREATEST(aa - 2 * after / base * ba + (after / base) ^ 2 * bb, 0) / base ^ 2
                       * number / (number - 1) AS variance
              FROM summed WHERE number >= %(least)s AND base > 0
        )
        INSERT INTO churn_result AS result (
            line_id, handover_id, account_id, company_id, kind, emergency, tier_id, value_tier, change_date,
            successor_type, months, state, revenue_before, base, revenue_after, expected, difference, repeat_after,
            repeat_expected, new_after, new_expected, stake_low, stake_high, control_count, control_tier, control_ratio,
            control_variance, usual_low, usual_high, create_uid, write_uid, create_date, write_date)
        SELECT todo.line_id, todo.handover_id, todo.account_id, ranked.company_id, todo.kind, todo.emergency,
               todo.tier_id, ranked.tier, span.day, todo.successor_type, %(months)s,
               CASE WHEN %(months)s < %(full)s THEN 'early' WHEN ranked.base <= 0 THEN 'no_base'
                    WHEN cell.number IS NULL THEN 'alone' ELSE 'judged' END,
               round(ranked.year::numeric, 2), round(ranked.base::numeric, 2), round(ranked.after::numeric, 2),
               round((ranked.base * cell.ratio)::numeric, 2),
               CASE WHEN %(months)s < %(full)s OR ranked.base <= 0 THEN 0
                    ELSE round((ranked.after - ranked.base * cell.ratio)::numeric, 2) END,
               round(ranked.repeat::numeric, 2), round((ranked.base * cell.repeat_ratio)::numeric, 2),
               round((ranked.after - ranked.repeat)::numeric, 2),
               round((ranked.base * (cell.ratio - cell.repeat_ratio))::numeric, 2),
               round((GREATEST(ranked.year, 0) * %(loss_low)s)::numeric, 2),
               round((GREATEST(ranked.year, 0) * %(loss_high)s)::numeric, 2),
               COALESCE(cell.number, 0), cell.tier, cell.ratio, cell.variance,
               round((ranked.base * cell.usual[1])::numeric, 2), round((ranked.base * cell.usual[2])::numeric, 2),
               %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
          FROM todo
          JOIN ranked ON ranked.account_id = todo.account_id
    CROSS JOIN span
     LEFT JOIN LATERAL (SELECT * FROM cell
                         WHERE cell.company_id = ranked.company_id
                           AND (cell.tier = ranked.tier OR cell.tier IS NULL)
                         ORDER BY cell.tier IS NULL LIMIT 1) cell ON TRUE
         WHERE ranked.company_id IN (SELECT res_company_id FROM churn_handover_res_company_rel rel
                                      WHERE rel.churn_handover_id = todo.handover_id)
   ON CONFLICT (line_id, company_id) DO UPDATE
           SET account_id = EXCLUDED.account_id, tier_id = EXCLUDED.tier_id, value_tier = EXCLUDED.value_tier,
               successor_type = EXCLUDED.successor_type, months = EXCLUDED.months, state = EXCLUDED.state,
               revenue_before = EXCLUDED.revenue_before, base = EXCLUDED.base, revenue_after = EXCLUDED.revenue_after,
               expected = EXCLUDED.expected, difference = EXCLUDED.difference, repeat_after = EXCLUDED.repeat_after,
               repeat_expected = EXCLUDED.repeat_expected, new_after = EXCLUDED.new_after,
               new_expected = EXCLUDED.new_expected, stake_low = EXCLUDED.stake_low, stake_high = EXCLUDED.stake_high,
               control_count = EXCLUDED.control_count, control_tier = EXCLUDED.control_tier,
               control_ratio = EXCLUDED.control_ratio, control_variance = EXCLUDED.control_variance,
               usual_low = EXCLUDED.usual_low, usual_high = EXCLUDED.usual_high,
               write_uid = EXCLUDED.write_uid, write_date = EXCLUDED.write_date
    """
