from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

# Who came into the audience in the first month is compared, half a year after; a slower effect would drown in others.
JOIN_DAYS, EFFECT_DAYS = 30, 180
# The smallest difference of ratings (1 to 5) worth knowing, and of churn probability; judgement.
RELEVANT_RATING, RELEVANT_RISK = 0.3, 0.05


class Member(NamedTuple):
    """What became of an account of the series in the half year since it joined.

    :param heard: whether it got any of our quality messages, of this series or another
    :param risk: churn probability at the end, None when it was not scored
    :param rating: mean of its ratings, None when it gave none
    """

    since: object
    held_out: bool
    ordered: bool
    heard: bool
    risk: float | None
    rating: float | None


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
    effect_risk_text = fields.Char(string="Effect on the Churn Probability", compute="_compute_effect")
    effect_rating_text = fields.Char(string="Effect on Ratings", compute="_compute_effect")

    _holdout_share = models.Constraint(
        "CHECK(holdout_percent BETWEEN 0 AND 50)", "Between none and half of the accounts are held out."
    )

    @api.depends("step_ids")
    @api.depends_context("lang")
    def _compute_effect(self):
        for series in self:
            members = series._effect_rows()
            series.member_count = len(members)
            series.holdout_count = sum(row.held_out for row in members)
            series.effect_text = series._effect_words(members)
            judged = series._judged(members)
            series.effect_risk_text = series._risk_words(judged)
            series.effect_rating_text = series._rating_words(judged)

    def _effect_rows(self):
        """A Member per account of the series, the earliest first."""
        self.env["sale.order"].flush_model(["partner_id", "company_id", "state", "date_order"])
        self.env["churn.score"].flush_model(["account_id", "month", "probability"])
        self.env["rating.rating"].flush_model(["partner_id", "rating", "consumed", "rated_on"])
        self.env["churn.place"].flush_model(["account_id", "company_id", "kind_id", "state", "sent_on"])
        rows = self.env.execute_query(
            SQL(
                """SELECT member.since, member.is_holdout, EXISTS (
                              SELECT FROM sale_order o JOIN res_partner p ON p.id = o.partner_id
                               WHERE p.commercial_partner_id = member.account_id AND o.company_id = %(company)s
                                 AND o.state = 'sale' AND o.date_order >= member.since
                                 AND o.date_order < member.since + %(days)s),
                          EXISTS (SELECT FROM churn_place place
                                   WHERE place.account_id = member.account_id AND place.company_id = %(company)s
                                     AND place.kind_id IS NOT NULL AND place.state = 'sent'
                                     AND place.sent_on >= member.since AND place.sent_on < member.since + %(days)s),
                          score.probability, rating.mean
                     FROM churn_series_member member
                LEFT JOIN LATERAL (
                              SELECT s.probability FROM churn_account a JOIN churn_score s ON s.account_id = a.id
                               WHERE a.partner_id = member.account_id AND a.company_id = %(company)s
                                 AND s.month > member.since AND s.month <= member.since + %(days)s
                               ORDER BY s.month DESC LIMIT 1) score ON TRUE
                LEFT JOIN LATERAL (
                              SELECT AVG(r.rating) AS mean
                                FROM rating_rating r JOIN res_partner p ON p.id = r.partner_id
                               WHERE p.commercial_partner_id = member.account_id AND r.consumed AND r.rating >= 1
                                 AND COALESCE(r.rated_on, r.write_date) >= member.since
                                 AND COALESCE(r.rated_on, r.write_date) < member.since + %(days)s
                          ) rating ON TRUE
                    WHERE member.series_id = %(series)s ORDER BY member.since""",
                company=self.company_id.id,
                series=self._origin.id or 0,
                days=EFFECT_DAYS,
            )
        )
        return [Member(*row) for row in rows]

    def _judged(self, members):
        """Those who are compared, once their half year is over; nobody before."""
        if not members or not self.holdout_percent or fields.Date.context_today(self) <= self._judged_after(members):
            return []
        return self._cohort(members)

    @api.model
    def _cohort(self, members):
        return [row for row in members if row.since <= members[0].since + timedelta(days=JOIN_DAYS)]

    @api.model
    def _judged_after(self, members):
        return members[0].since + timedelta(days=JOIN_DAYS + EFFECT_DAYS)

    def _effect_words(self, members):
        from ...analytics.uplift import proportion_effect

        if not members or not self.holdout_percent:
            return self.env._("No comparison: nobody is held out.") if members else False
        end = self._judged_after(members)
        cohort = self._cohort(members)
        effect = proportion_effect(
            [row.ordered for row in cohort],
            [row.held_out for row in cohort],
            ended=fields.Date.context_today(self) > end,
        )
        if effect.verdict == "running":
            return self.env._("Still running: the comparison is made on %(date)s.", date=format_date(self.env, end))
        if effect.difference is None:
            return self.env._(
                "Too few to tell: %(reached)s accounts reached, %(held)s held out; at least 30 of each are needed.",
                reached=effect.treated,
                held=effect.control,
            )
        values = self._numbers(effect, 100)
        if effect.verdict == "too_few":
            words = self.env._(
                "Too few to tell: %(reached)s %% of the reached and %(held)s %% of the held out ordered; the true "
                "difference lies between %(low)s and %(high)s points.",
                **values,
            )
        else:
            words = self.env._(
                "%(reached)s %% of the reached and %(held)s %% of the held out ordered in half a year: a difference of "
                "%(difference)s points (95 %% sure: %(low)s to %(high)s).",
                **values,
            )
        return " ".join([words, *self._elsewhere_words(cohort)])

    @api.model
    def _elsewhere_words(self, cohort):
        """That the held out were not left in peace: by series with a smaller share, and by invitations."""
        heard = sum(row.held_out and row.heard for row in cohort)
        if heard:
            yield self.env._(
                "Of the held out, %(count)s got messages of other series or invitations: what those did is missing in "
                "the difference.",
                count=heard,
            )

    def write(self, vals):
        share = vals.get("holdout_percent")
        if share is not None and any(series.member_count and series.holdout_percent != share for series in self):
            raise UserError(
                self.env._("Accounts were drawn with the share there is. Duplicate the series to draw with another.")
            )
        return super().write(vals)

    def _risk_words(self, judged):
        from ...analytics.uplift import mean_effect

        scored = [row for row in judged if row.risk is not None]
        if not judged:
            return False
        effect = mean_effect([row.risk for row in scored], [row.held_out for row in scored], relevant=RELEVANT_RISK)
        if effect.difference is None:
            return self.env._(
                "Too few to tell: a churn probability is known of %(reached)s reached and %(held)s held out; at least "
                "30 of each are needed.",
                reached=effect.treated,
                held=effect.control,
            )
        values = self._numbers(effect, 100)
        if effect.verdict == "too_few":
            return self.env._(
                "Too few to tell: the mean churn probability is %(reached)s %% of the reached and %(held)s %% of the "
                "held out; the true difference lies between %(low)s and %(high)s points.",
                **values,
            )
        return self.env._(
            "The mean churn probability is %(reached)s %% of the reached and %(held)s %% of the held out: a difference "
            "of %(difference)s points (95 %% sure: %(low)s to %(high)s).",
            **values,
        )

    def _rating_words(self, judged):
        from ...analytics.uplift import mean_effect

        rated = [row for row in judged if row.rating is not None]
        if not judged:
            return False
        effect = mean_effect([row.rating for row in rated], [row.held_out for row in rated], relevant=RELEVANT_RATING)
        if effect.difference is None:
            return self.env._(
                "Too few to tell: %(reached)s of the reached and %(held)s of the held out gave a rating; at least 30 "
                "of each are needed.",
                reached=effect.treated,
                held=effect.control,
            )
        values = self._numbers(effect, 1)
        if effect.verdict == "too_few":
            return self.env._(
                "Too few to tell: the reached gave %(reached)s of 5, the held out %(held)s; the true difference lies "
                "between %(low)s and %(high)s.",
                **values,
            )
        return self.env._(
            "The reached gave %(reached)s of 5, the held out %(held)s: a difference of %(difference)s (95 %% sure: "
            "%(low)s to %(high)s).",
            **values,
        )

    @api.model
    def _numbers(self, effect, scale):
        """The figures of a comparison, as they are printed."""
        digits = 1 if scale == 100 else 2
        return {
            "difference": round(scale * effect.difference, digits),
            "low": round(scale * effect.low, digits),
            "high": round(scale * effect.high, digits),
            "reached": round(scale * effect.treated_value, digits),
            "held": round(scale * effect.control_value, digits),
        }
