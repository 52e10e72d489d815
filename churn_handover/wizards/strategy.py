from odoo import api, fields, models
from odoo.tools import format_amount

# Share of the money at risk that a measure saves, as judgement: retention campaigns with a holdout mostly show a few
# per cent, good ones more (Ascarza, Journal of Marketing Research 2018). Own programmes give better numbers.
SAVED_LOW, SAVED_LIKELY, SAVED_HIGH = 0.02, 0.06, 0.12

# Ends of what is not known better: half and one and a half times.
SWING = (0.5, 1.5)


class ChurnStrategy(models.TransientModel):
    """Two ways to spend one budget: a bit for every segment, or all on customers of high value and high risk."""

    _name = "churn.strategy"
    _description = "Compare Two Strategies"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    budget = fields.Monetary(required=True, default=lambda self: self._default_budget())
    cost_each = fields.Monetary(
        string="Cost per Customer, Segments",
        default=lambda self: self._cost_of("task", "owner", 100.0),
        help="A call, a mailing: the mean of what the measures of owners cost, as far as it is entered.",
    )
    cost_top = fields.Monetary(
        string="Cost per Customer, High Value",
        default=lambda self: self._cost_of("task", "leader", 500.0),
        help="A visit, a leader's time: the mean of what the measures of leaders cost, as far as it is entered.",
    )
    saved_low = fields.Float(string="Share Saved, at Least", default=SAVED_LOW)
    saved_likely = fields.Float(string="Share Saved, Likely", default=SAVED_LIKELY)
    saved_high = fields.Float(string="Share Saved, at Most", default=SAVED_HIGH)
    wide_count = fields.Integer(compute="_compute_result", string="Customers, Segments")
    wide_risk = fields.Monetary(compute="_compute_result", string="Money at Risk, Segments")
    wide_cost = fields.Monetary(compute="_compute_result", string="Expected Cost, Segments")
    wide_text = fields.Char(compute="_compute_result", string="Expected Saving, Segments")
    wide_net = fields.Monetary(compute="_compute_result", string="Likely Saving less Cost, Segments")
    top_count = fields.Integer(compute="_compute_result", string="Customers, High Value")
    top_risk = fields.Monetary(compute="_compute_result", string="Money at Risk, High Value")
    top_cost = fields.Monetary(compute="_compute_result", string="Expected Cost, High Value")
    top_text = fields.Char(compute="_compute_result", string="Expected Saving, High Value")
    wide_hangs = fields.Text(compute="_compute_result", string="What It Hangs on, Segments")
    top_hangs = fields.Text(compute="_compute_result", string="What It Hangs on, High Value")
    top_net = fields.Monetary(compute="_compute_result", string="Likely Saving less Cost, High Value")
    verdict = fields.Text(compute="_compute_result")

    _shares = models.Constraint(
        "CHECK(saved_low >= 0 AND saved_low <= saved_likely AND saved_likely <= saved_high AND saved_high <= 1)",
        "The shares saved need: at least ≤ likely ≤ at most ≤ 100 %.",
    )

    @api.model
    def _default_budget(self):
        """A hundredth of the money at risk: something to begin with."""
        rows = self.env["churn.account"]._read_group(
            [("company_id", "=", self.env.company.id)], [], ["expected_loss:sum"]
        )
        return round((rows[0][0] or 0.0) / 100, -2)

    @api.model
    def _cost_of(self, kind, responsible, usual):
        measures = self.env["churn.measure"].search(
            [("kind", "=", kind), ("responsible", "=", responsible), ("cost", ">", 0), ("reason_ids", "=", False)]
        )
        return round(measures._cost_in(self.env.company) / len(measures), 2) if measures else usual

    @api.depends("budget", "cost_each", "cost_top", "saved_low", "saved_likely", "saved_high", "company_id")
    @api.depends_context("lang")
    def _compute_result(self):
        for strategy in self:
            found = strategy._losses()
            for prefix, each in (("wide", strategy.cost_each), ("top", strategy.cost_top)):
                losses = found[prefix]
                risk, cost = sum(losses), each * len(losses)
                strategy[f"{prefix}_count"] = len(losses)
                strategy[f"{prefix}_risk"] = risk
                strategy[f"{prefix}_cost"] = cost
                strategy[f"{prefix}_net"] = strategy.saved_likely * risk - cost
                strategy[f"{prefix}_text"] = self.env._(
                    "%(likely)s (%(low)s to %(high)s)",
                    likely=strategy._money(strategy.saved_likely * risk),
                    low=strategy._money(strategy.saved_low * risk),
                    high=strategy._money(strategy.saved_high * risk),
                )
                strategy[f"{prefix}_hangs"] = strategy._sensitivity_text(prefix)
            strategy.verdict = strategy._verdict()

    def _losses(self):
        """Expected losses that each strategy works on, as far as the budget goes: ``{"wide": […], "top": […]}``."""
        top = self._by_segment([("value_tier", "=", "a"), ("risk_band", "in", ("high", "critical"))])
        largest = sorted((loss for losses in top for loss in losses), reverse=True)
        return {
            "wide": self._spread(self._by_segment([])),
            "top": largest[: self._affordable(self.cost_top, len(largest))],
        }

    def _by_segment(self, which):
        """The expected losses of these customers, a list per segment and one for those in none, the largest first.

        Summed up in the database: a hundred thousand customers as records would take seconds.
        """
        still_here = [
            ("company_id", "=", self.company_id.id),
            ("score_status", "in", ("scored", "cannot_tell", "too_new")),
            ("partner_id.active", "=", True),
        ]
        rows = self.env["churn.account"]._read_group(
            [*still_here, *which], ["segment_id"], ["expected_loss:array_agg"], order="segment_id"
        )
        return [sorted((loss or 0.0 for loss in losses), reverse=True) for __, losses in rows]

    def _affordable(self, each, number):
        return min(int(self.budget / each), number) if each > 0 else number

    def _spread(self, segments):
        """Every segment gets its part of the budget, by its money at risk; in each the largest losses come first."""
        count = self._affordable(self.cost_each, sum(map(len, segments)))
        total = sum(map(sum, segments)) or 1.0
        places = [min(int(count * sum(losses) / total), len(losses)) for losses in segments]
        # what rounding and small segments leave over goes to the largest losses that are not in yet
        rest = sorted((loss for losses, number in zip(segments, places, strict=True) for loss in losses[number:]))[::-1]
        chosen = [loss for losses, number in zip(segments, places, strict=True) for loss in losses[:number]]
        return chosen + rest[: count - len(chosen)]

    def _verdict(self):
        """Which is likely better, and the assumption that could turn it round."""
        if not self.wide_risk and not self.top_risk:
            return self.env._(
                "There is nothing to compare: no customer has money at risk yet, or the budget reaches nobody."
            )
        better, other = ("wide", "top") if self.wide_net >= self.top_net else ("top", "wide")
        names = {
            "wide": self.env._("Every segment with a measure"),
            "top": self.env._("High value and high risk only"),
        }
        if self[f"{better}_net"] <= 0:
            better = "wide" if self.wide_risk >= self.top_risk else "top"
            sentences = [self.env._("With these assumptions neither pays back its cost.")]
        else:
            sentences = [
                self.env._(
                    "%(better)s is likely to bring %(amount)s more.",
                    better=names[better],
                    amount=self._money(self[f"{better}_net"] - self[f"{other}_net"]),
                )
            ]
        assumption, low, high = self._sensitivity(better)[0]
        sentences.append(
            self.env._(
                "The assumption that matters most is %(assumption)s: from one end to the other the saving less cost "
                "goes from %(low)s to %(high)s.",
                assumption=assumption,
                low=self._money(low),
                high=self._money(high),
            )
        )
        risk = self[f"{better}_risk"]
        if risk:
            sentences.append(
                self.env._("It pays from a share saved of %(share)s on.", share=f"{self[f'{better}_cost'] / risk:.1%}")
            )
        return " ".join(sentences)

    def _sensitivity(self, prefix):
        """``[(assumption, saving less cost at its bad end, at its good end)]``, the one with the widest reach first.

        Each assumption is changed alone: the share saved between its ends, cost and churn probability by half up and
        down, since neither is known better than that before the first programme.
        """
        risk, cost, likely = self[f"{prefix}_risk"], self[f"{prefix}_cost"], self.saved_likely
        rows = [
            (self.env._("the share saved"), self.saved_low * risk - cost, self.saved_high * risk - cost),
            (
                self.env._("the cost per customer (half as much again or half)"),
                *(likely * risk - cost * part for part in SWING[::-1]),
            ),
            (
                self.env._("the churn probability (by half lower or higher)"),
                *(likely * risk * part - cost for part in SWING),
            ),
        ]
        return sorted(rows, key=lambda row: row[1] - row[2])

    def _sensitivity_text(self, prefix):
        return "\n".join(
            self.env._(
                "%(assumption)s: %(low)s to %(high)s",
                assumption=assumption[:1].upper() + assumption[1:],
                low=self._money(low),
                high=self._money(high),
            )
            for assumption, low, high in self._sensitivity(prefix)
        )

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)
