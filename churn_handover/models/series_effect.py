from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_date

# Who came into the audience in the first month is compared, half a year after; a slower effect would drown in others.
JOIN_DAYS, EFFECT_DAYS = 30, 180


class ChurnSeries(models.Model):
    """Did the series keep customers? Those reached against those held out by lot, once, after half a year."""

    _inherit = "churn.series"

    holdout_percent = fields.Integer(
        string="Held Out (%)",
        default=10,
        help="Accounts that get nothing of this series, by lot: without them nobody can say what it does. The same lot "
        "counts in all series of the company.",
    )
    member_count = fields.Integer(compute="_compute_effect", string="Accounts in the Series")
    holdout_count = fields.Integer(compute="_compute_effect", string="Of Them Held Out")
    effect_text = fields.Char(string="Effect", compute="_compute_effect")

    _holdout_share = models.Constraint(
        "CHECK(holdout_percent BETWEEN 0 AND 50)", "Between none and half of the accounts are held out."
    )

    @api.depends("step_ids")
    @api.depends_context("lang")
    def _compute_effect(self):
        for series in self:
            members = series._effect_rows()
            series.member_count = len(members)
            series.holdout_count = sum(row[1] for row in members)
            series.effect_text = series._effect_words(members)

    def _effect_rows(self):
        """(since, held out, ordered in the window) per account of the series."""
        self.env["sale.order"].flush_model(["partner_id", "company_id", "state", "date_order"])
        return self.env.execute_query(
            SQL(
                """SELECT member.since, member.is_holdout, EXISTS (
                              SELECT FROM sale_order o JOIN res_partner p ON p.id = o.partner_id
                               WHERE p.commercial_partner_id = member.account_id AND o.company_id = %(company)s
                                 AND o.state = 'sale' AND o.date_order >= member.since
                                 AND o.date_order < member.since + %(days)s)
                     FROM churn_series_member member WHERE member.series_id = %(series)s ORDER BY member.since""",
                company=self.company_id.id,
                series=self._origin.id or 0,
                days=EFFECT_DAYS,
            )
        )

    def _effect_words(self, members):
        from ..analytics.uplift import proportion_effect

        if not members or not self.holdout_percent:
            return self.env._("No comparison: nobody is held out.") if members else False
        first = members[0][0]
        end = first + timedelta(days=JOIN_DAYS + EFFECT_DAYS)
        cohort = [row for row in members if row[0] <= first + timedelta(days=JOIN_DAYS)]
        effect = proportion_effect(
            [row[2] for row in cohort], [row[1] for row in cohort], ended=fields.Date.context_today(self) > end
        )
        if effect.verdict == "running":
            return self.env._("Still running: the comparison is made on %(date)s.", date=format_date(self.env, end))
        if effect.difference is None:
            return self.env._(
                "Too few to tell: %(reached)s accounts reached, %(held)s held out; at least 30 of each are needed.",
                reached=effect.treated,
                held=effect.control,
            )
        values = {
            "difference": round(100 * effect.difference, 1),
            "low": round(100 * effect.low, 1),
            "high": round(100 * effect.high, 1),
            "reached": round(100 * effect.treated_value, 1),
            "held": round(100 * effect.control_value, 1),
        }
        if effect.verdict == "too_few":
            return self.env._(
                "Too few to tell: %(reached)s %% of the reached and %(held)s %% of the held out ordered; the true "
                "difference lies between %(low)s and %(high)s points.",
                **values,
            )
        return self.env._(
            "%(reached)s %% of the reached and %(held)s %% of the held out ordered in half a year: a difference of "
            "%(difference)s points (95 %% sure: %(low)s to %(high)s).",
            **values,
        )
