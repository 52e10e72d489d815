from odoo import api, fields, models
from odoo.tools import format_date
from odoo.tools.misc import formatLang

from ...analytics.fit import LOSS_HIGH, LOSS_LOW
from ...analytics.result import MONTHS

SUCCESSOR_TYPES = [
    ("backup", "Backup of the Account"),
    ("similar", "Serves Similar Customers"),
    ("new", "Here for Less Than a Year"),
    ("other", "Other Colleague"),
]
VERDICTS = [
    ("more", "More Than Expected"),
    ("less", "Less Than Expected"),
    ("no_difference", "No Difference That Matters"),
    ("too_few", "Too Few to Tell"),
]


class ChurnResult(models.Model):
    """What a change of salesperson did to one account's revenue in one company, refreshed every month for a year.

    Expected is what comparable accounts make one expect that kept their owner: of the same company and value tier (by
    the year before the change), see ``analytics/result.py``. Neither predecessor nor successor are named here: the
    figures say which way of handing over keeps customers, they rank nobody.
    """

    _name = "churn.result"
    _description = "Result of a Handover"
    _order = "change_date desc, stake_high desc, id"
    _rec_name = "account_id"

    line_id = fields.Many2one("churn.handover.line", required=True, index=True, ondelete="cascade", readonly=True)
    handover_id = fields.Many2one("churn.handover", required=True, index=True, ondelete="cascade", readonly=True)
    account_id = fields.Many2one("res.partner", index="btree_not_null", ondelete="set null", readonly=True)
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(related="handover_id.kind", store=True)
    emergency = fields.Boolean(related="handover_id.emergency", store=True)
    tier_id = fields.Many2one("churn.handover.tier", ondelete="set null", readonly=True)
    value_tier = fields.Selection(
        [("a", "A"), ("b", "B"), ("c", "C")], readonly=True, help="By the revenue of the year before the change."
    )
    change_date = fields.Date(required=True, readonly=True)
    successor_type = fields.Selection(SUCCESSOR_TYPES, string="Successor Was", readonly=True)
    months = fields.Integer(
        string="Months Since", readonly=True, aggregator=None, help="Full months after the change that are counted."
    )
    state = fields.Selection(
        [
            ("early", "Too Early"),
            ("judged", "Judged"),
            ("alone", "Nothing to Compare With"),
            ("no_base", "No Revenue Before"),
        ],
        required=True,
        readonly=True,
        index=True,
        help="Too early: less than 12 months after the change. Nothing to compare with: fewer than 10 accounts kept "
        "their owner in the 24 months around the change.",
    )

    revenue_before = fields.Monetary(
        string="Revenue, Year Before", readonly=True, help="Confirmed orders of the 12 months before the change date."
    )
    base = fields.Monetary(
        string="Same Months, Year Before",
        readonly=True,
        help="As many months as there are after the change, from the same day of the year before on.",
    )
    revenue_after = fields.Monetary(readonly=True, help="Confirmed orders from the change date on, at most 12 months.")
    expected = fields.Monetary(
        readonly=True, help="Revenue after, had the account developed as comparable accounts that kept their owner."
    )
    difference = fields.Monetary(readonly=True, help="Revenue after, less what was expected; once it is judged.")
    repeat_after = fields.Monetary(
        string="Repeat Revenue After",
        readonly=True,
        help="From product categories that the account had bought from in the 24 months before the change.",
    )
    repeat_expected = fields.Monetary(string="Repeat Revenue Expected", readonly=True)
    new_after = fields.Monetary(
        string="New-Product Revenue After", readonly=True, help="From product categories that were new to the account."
    )
    new_expected = fields.Monetary(string="New-Product Revenue Expected", readonly=True)
    stake_low = fields.Monetary(
        string="Value at Stake, at Least",
        readonly=True,
        help="13.2 % of the revenue of the year before: the lower end of what a change of salesperson cost (Shi et "
        "al., Journal of Marketing 2017).",
    )
    stake_high = fields.Monetary(
        string="Value at Stake", readonly=True, help="17.6 % of the revenue of the year before, the upper end."
    )
    control_count = fields.Integer(string="Comparable Accounts", readonly=True, aggregator=None)
    control_tier = fields.Char(
        readonly=True, help="Value tier they were taken from; empty: of all tiers, too few in one."
    )
    control_ratio = fields.Float(readonly=True, aggregator=None)
    control_variance = fields.Float(readonly=True, aggregator=None)
    usual_low = fields.Monetary(readonly=True, aggregator=None)
    usual_high = fields.Monetary(
        readonly=True, aggregator=None, help="Four in five comparable accounts came to between these two amounts."
    )
    summary = fields.Char(string="In Words", compute="_compute_summary")

    _line_company_unique = models.UniqueIndex("(line_id, company_id)", "A line has one result per company.")

    @api.depends("state", "revenue_after", "expected", "months")
    @api.depends_context("lang")
    def _compute_summary(self):
        for result in self:
            result.summary = result._in_words()

    def _in_words(self):
        self.ensure_one()
        values = {
            "months": self.months,
            "after": self._money(self.revenue_after),
            "before": self._money(self.base),
            "expected": self._money(self.expected),
            "low": self._money(self.usual_low),
            "high": self._money(self.usual_high),
            "count": self.control_count,
        }
        if self.state == "no_base":
            return self.env._("No orders in the year before the change; %(after)s in the year after it.", **values)
        if self.state == "early":
            judged_on = fields.Date.add(self.change_date, months=MONTHS)
            return self.env._(
                "Too early: %(months)s of 12 months so far, with %(after)s after %(before)s in the same months of the "
                "year before. It is judged on %(date)s.",
                **values,
                date=format_date(self.env, judged_on),
            )
        if self.state == "alone":
            return self.env._(
                "%(after)s after %(before)s. Too few accounts kept their owner to compare with.", **values
            )
        return self.env._(
            "%(after)s after %(before)s. As the %(count)s comparable accounts that kept their owner did, it would have "
            "been %(expected)s; for four in five of them between %(low)s and %(high)s.",
            **values,
        )

    def _money(self, amount):
        return formatLang(self.env, amount, digits=0, currency_obj=self.currency_id, rounding_unit="units")

    # Several lines together

    def _compare(self):
        """Return the Comparison of those that can be judged, and the shares of repeat and new-product revenue.

        :return: (Comparison, repeat share or None, new-product share or None)
        """
        from ...analytics import result as core  # scipy: only where it is used

        judged = self.filtered(lambda one: one.state == "judged")
        comparison = core.compare(
            core.Line(
                one.base,
                one.revenue_after,
                one.control_ratio,
                one.control_variance,
                (one.company_id.id, one.change_date, one.control_tier),
            )
            for one in judged
        )
        shares = []
        for kind in ("repeat", "new"):
            expected = sum(judged.mapped(f"{kind}_expected"))
            enough = comparison.share is not None and expected > 0
            shares.append(sum(judged.mapped(f"{kind}_after")) / expected - 1 if enough else None)
        return comparison, *shares

    @api.model
    def _tell(self, comparison, early=0, months=0):
        """Say in words what a Comparison found; the caller shows the figures."""
        parts = []
        if early:
            parts.append(
                self.env._(
                    "Accounts too early to judge: %(count)s. At most %(months)s of 12 months have passed.",
                    count=early,
                    months=months,
                )
            )
        values = {"count": comparison.accounts}
        if comparison.share is not None:
            values.update(
                share=self._percent(abs(comparison.share)),
                low=self._percent(comparison.low or 0, sign=True),
                high=self._percent(comparison.high or 0, sign=True),
            )
        if comparison.accounts and comparison.share is None:
            parts.append(self.env._("Accounts judged: %(count)s. Too few to tell, it takes 30.", **values))
        elif comparison.accounts:
            parts.append(self._tell_verdict(comparison.verdict, values))
        return " ".join(parts)

    @api.model
    def _tell_verdict(self, verdict, values):
        if verdict == "less":
            return self.env._(
                "%(count)s accounts brought %(share)s less than comparable ones that kept their owner (95 %% interval: "
                "%(low)s to %(high)s).",
                **values,
            )
        if verdict == "more":
            return self.env._(
                "%(count)s accounts brought %(share)s more than comparable ones that kept their owner (95 %% interval: "
                "%(low)s to %(high)s).",
                **values,
            )
        if verdict == "no_difference":
            return self.env._(
                "%(count)s accounts brought as much as comparable ones that kept their owner (95 %% interval: "
                "%(low)s to %(high)s).",
                **values,
            )
        return self.env._(
            "%(count)s accounts judged: the difference could be anything from %(low)s to %(high)s, too few to tell.",
            **values,
        )

    @api.model
    def _percent(self, share, sign=False):
        text = formatLang(self.env, 100 * share, digits=1)
        return f"+{text} %" if sign and share > 0 else f"{text} %"

    @api.model
    def _stake(self, revenue):
        """Return (at least, at most) of what a change of salesperson puts at stake."""
        return revenue * LOSS_LOW, revenue * LOSS_HIGH

    def action_open_line(self):
        self.ensure_one()
        return self.line_id.get_formview_action()
