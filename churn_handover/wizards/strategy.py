from odoo import api, fields, models
from odoo.tools import format_amount

# Share of the money at risk that a measure saves, as judgement: retention campaigns with a holdout mostly show a few
# per cent, good ones more (Ascarza, Journal of Marketing Research 2018). Own programmes give better numbers.
SAVED_LOW, SAVED_LIKELY, SAVED_HIGH = 0.02, 0.06, 0.12


class ChurnStrategy(models.TransientModel):
    """Two ways to spend one budget: a bit for every segment, or all on customers of high value and high risk."""

    _name = "churn.strategy"
    _description = "Compare Two Strategies"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    budget = fields.Monetary(required=True, default=lambda self: self._default_budget())
    cost_each = fields.Monetary(string="Cost per Customer, Segments", default=100.0, help="A call, a mailing.")
    cost_top = fields.Monetary(string="Cost per Customer, High Value", default=500.0, help="A visit, a leader's time.")
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

    @api.depends("budget", "cost_each", "cost_top", "saved_low", "saved_likely", "saved_high", "company_id")
    @api.depends_context("lang")
    def _compute_result(self):
        for strategy in self:
            wide, top = strategy._audiences()
            for prefix, losses, each in (("wide", wide, strategy.cost_each), ("top", top, strategy.cost_top)):
                losses = losses[: int(strategy.budget / each)] if each > 0 else losses
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
            strategy.verdict = strategy._verdict()

    def _audiences(self):
        """Expected losses, the largest first: of customers in any segment, and of high value × high risk."""
        open_accounts = [
            ("company_id", "=", self.company_id.id),
            ("score_status", "in", ("scored", "cannot_tell", "too_new")),
            ("partner_id.active", "=", True),
        ]
        accounts = self.env["churn.account"].search_fetch(
            open_accounts, ["expected_loss", "segment_id", "value_tier", "risk_band"], order="expected_loss desc, id"
        )
        # every segment gets its share of the budget, by its money at risk: its customers come in turn of their mean
        by_segment = accounts.filtered("segment_id").grouped("segment_id")
        means = {segment: sum(mine.mapped("expected_loss")) / len(mine) for segment, mine in by_segment.items()}
        wide = [
            loss
            for segment in sorted(by_segment, key=lambda segment: -means[segment])
            for loss in by_segment[segment].mapped("expected_loss")
        ]
        top = accounts.filtered(lambda account: account.value_tier == "a" and account.risk_band in ("high", "critical"))
        return wide or accounts.mapped("expected_loss"), top.mapped("expected_loss")

    def _verdict(self):
        """Which is likely better, and the assumption that could turn it round."""
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
        spread = (self.saved_high - self.saved_low) * self[f"{better}_risk"]
        cost = self[f"{better}_cost"]
        if spread >= cost:
            sentences.append(
                self.env._(
                    "The assumption that matters most is the share saved: between its ends lie %(spread)s. A programme "
                    "with a holdout measures it.",
                    spread=self._money(spread),
                )
            )
        else:
            sentences.append(
                self.env._(
                    "The assumption that matters most is the cost per customer: %(cost)s are certain, the saving "
                    "is not.",
                    cost=self._money(cost),
                )
            )
        risk = self[f"{better}_risk"]
        if risk:
            sentences.append(
                self.env._("It pays from a share saved of %(share)s on.", share=f"{self[f'{better}_cost'] / risk:.1%}")
            )
        return " ".join(sentences)

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)
