import ast

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..common.month_words import month_words

TREND = 0.03  # a change of the churn rate by less than three points is no trend
TREND_MONTHS = 6  # over which it is looked for


class ChurnSegment(models.Model):
    """Customers who have something in common that matters: found by the program, or defined by a manager.

    A found segment keeps its identity and the name a manager gave it while its customers stay mostly the same. Without
    such a name it is called by its rule, in the language of whoever reads it.
    """

    _name = "churn.segment"
    _inherit = ["churn.guarded"]
    _description = "Customer Segment"
    _order = "churn_rate desc, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", inverse="_inverse_name", search="_search_name")
    own_name = fields.Char(help="What people call it; without it a found segment is called by its rule.")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [("found", "Found"), ("manual", "Defined by Hand")], required=True, default="manual", readonly=True
    )
    domain = fields.Char(default="[]", help="Which customers belong to a segment defined by hand.")
    rule = fields.Json(readonly=True)
    rule_text = fields.Text(compute="_compute_rule_text", string="Who Is in It")
    account_ids = fields.One2many("churn.account", "segment_id")
    account_count = fields.Integer(string="Customers", readonly=True)
    count_before = fields.Integer(string="Customers a Month Ago", readonly=True)
    revenue = fields.Monetary(string="Revenue, 12 Months", readonly=True)
    money_at_risk = fields.Monetary(
        string="Money at Risk", readonly=True, help="Churn probability × revenue of 12 months, of all its customers."
    )
    churn_rate = fields.Float(
        readonly=True,
        aggregator="avg",
        help="Found: the share of customers for whom this held one horizon ago and who placed no order since. By hand: "
        "the mean churn probability.",
    )
    rate_low = fields.Float(string="Churn Rate, at Least", readonly=True, aggregator="avg", help="95 % interval.")
    rate_high = fields.Float(string="Churn Rate, at Most", readonly=True, aggregator="avg", help="95 % interval.")
    rate_before = fields.Float(string="Churn Rate a Month Ago", readonly=True, aggregator="avg")
    month_figures = fields.Json(readonly=True)  # per month: churn rate, customers, money at risk; the oldest first
    history = fields.Json(compute="_compute_trend", string="Churn Rate by Month")
    trend = fields.Selection(
        [("up", "Rising"), ("down", "Falling"), ("flat", "Steady")],
        compute="_compute_trend",
        help="Of the churn rate over the last six months, or as many as are known.",
    )
    trend_text = fields.Char(compute="_compute_trend", string="Trend in Words")
    differences = fields.Json(readonly=True)
    difference_text = fields.Text(compute="_compute_difference_text", string="What Sets It Apart")
    measure_ids = fields.Many2many("churn.measure", string="Suggested Measures")
    updated_on = fields.Date(readonly=True)
    months = fields.Integer(string="Known for Months", compute="_compute_trend")
    programme_ids = fields.One2many(
        "churn.programme", "segment_id", string="Programmes", groups="churn_handover.group_churn_leader"
    )

    @api.constrains("domain", "kind")
    def _check_domain(self):
        for segment in self.filtered(lambda segment: segment.kind == "manual"):
            try:
                self.env["churn.account"].search(segment._manual_domain(), limit=1)
            except (ValueError, SyntaxError, TypeError, KeyError) as error:
                raise ValidationError(self.env._("The rule cannot be read: %(error)s", error=error)) from error

    def _manual_domain(self):
        return Domain(ast.literal_eval(self.domain or "[]"))

    @api.depends("month_figures")
    @api.depends_context("lang")
    def _compute_trend(self):
        for segment in self:
            rows = segment.month_figures or []
            segment.months = len(rows)
            segment.history = [
                {
                    "month": row["month"],
                    "label": month_words(self.env, fields.Date.to_date(row["month"])),
                    "probability": row["rate"],
                    "band": "watch",
                }
                for row in rows
            ]
            recent = rows[-TREND_MONTHS:]
            change = _slope([row["rate"] for row in recent]) * (len(recent) - 1)
            segment.trend = "up" if change > TREND else "down" if change < -TREND else "flat"
            segment.trend_text = len(recent) > 1 and self.env._(
                "Churn rate from %(before)s in %(then)s to %(rate)s now; customers from %(number)s to %(count)s",
                before=f"{recent[0]['rate']:.0%}",
                then=month_words(self.env, fields.Date.to_date(recent[0]["month"]), "yMMMM"),
                rate=f"{recent[-1]['rate']:.0%}",
                number=recent[0]["count"],
                count=recent[-1]["count"],
            )

    # Words

    @api.depends("own_name", "rule", "kind")
    @api.depends_context("lang")
    def _compute_name(self):
        for segment in self:
            segment.name = segment.own_name or (segment.kind == "found" and segment._rule_name())

    def _inverse_name(self):
        """Keep what somebody calls it; emptied, a found segment is called by its rule again."""
        for segment in self:
            given = (segment.name or "").strip()
            segment.own_name = given if segment.kind == "manual" or given != segment._rule_name() else False
        self.invalidate_recordset(["name"], flush=False)  # who emptied it sees the rule at once

    def _search_name(self, operator, value):
        """By what the reader sees: a company has a dozen segments."""
        found = self.with_context(active_test=False).search(Domain.TRUE)
        return Domain("id", "in", found.filtered_domain([("name", operator, value)]).ids)

    @api.constrains("name")
    def _check_name(self):
        if any(segment.kind == "manual" and not segment.own_name for segment in self):
            raise ValidationError(self.env._("Give the segment a name."))

    def _rule_name(self):
        sentences = [self._condition_text(*condition) for condition in self.rule or []]
        return " · ".join(sentences) or self.env._("All customers")

    @api.depends("rule", "domain", "kind")
    @api.depends_context("lang")
    def _compute_rule_text(self):
        for segment in self:
            if segment.kind == "manual":
                segment.rule_text = self.env._("Defined by hand.")
            else:
                sentences = [self._condition_text(*condition) for condition in segment.rule or []]
                segment.rule_text = "\n".join(sentences) or self.env._(
                    "All customers: nothing tells leavers apart yet."
                )

    @api.model
    def _feature_labels(self):
        """Name of each feature, and a function that writes its value."""

        def days(value):
            return self.env._("%(days)s days", days=f"{value:g}")

        def number(value):
            return f"{value:g}"

        def share(value):
            return f"{value:.0%}"

        return {
            "silence": (self.env._("silence, in own usual gaps"), number),
            "usual_gap": (self.env._("usual time between orders"), days),
            "tenure": (self.env._("time as a customer"), days),
            "orders": (self.env._("orders in 12 months"), number),
            "trend": (self.env._("orders of the last half-year against the one before"), share),
            "revenue_rank": (self.env._("place by revenue, 100 % being the largest customer"), share),
            "irregularity": (self.env._("irregularity of the orders"), share),
            "credit_notes": (self.env._("credit notes in 12 months"), number),
            "breadth": (self.env._("product categories in 12 months"), number),
            "owner_days": (self.env._("time with the present owner"), days),
        }

    @api.model
    def _condition_text(self, feature, low, high):
        label, write = self._feature_labels()[feature]
        name = label[:1].upper() + label[1:]
        if low is None:
            return self.env._("%(feature)s: up to %(high)s", feature=name, high=write(high))
        if high is None:
            return self.env._("%(feature)s: more than %(low)s", feature=name, low=write(low))
        return self.env._(
            "%(feature)s: more than %(low)s, up to %(high)s", feature=name, low=write(low), high=write(high)
        )

    @api.depends("differences")
    @api.depends_context("lang")
    def _compute_difference_text(self):
        labels = self._feature_labels()
        for segment in self:
            segment.difference_text = "\n".join(
                self.env._(
                    "%(feature)s: %(mine)s on average, the others %(others)s",
                    feature=labels[feature][0][:1].upper() + labels[feature][0][1:],
                    mine=labels[feature][1](float(f"{mine:.2g}")),
                    others=labels[feature][1](float(f"{others:.2g}")),
                )
                for feature, mine, others in segment.differences or []
            )

    # Customers

    def _account_domain(self):
        self.ensure_one()
        ours = Domain("company_id", "=", self.company_id.id) & Domain("partner_id.active", "=", True)
        if self.kind == "found":
            return ours & Domain("segment_id", "=", self.id)
        return ours & Domain("score_status", "not in", (False, "no_data", "lost")) & self._manual_domain()

    def _accounts(self):
        return self.env["churn.account"].search(self._account_domain())

    def action_open_accounts(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("churn_handover.account_score_action"),
            "name": self.name,
            "display_name": self.name,
            "domain": list(self._account_domain()),
            "context": {},
            "path": False,
        }

    def action_start_programme(self):
        self.ensure_one()
        programme = self.env["churn.programme"].create(
            {
                "name": self.env._("Retain: %(segment)s", segment=self.name),
                "company_id": self.company_id.id,
                "audience": "segment",
                "segment_id": self.id,
                "measure_ids": [(6, 0, self.measure_ids.ids)],
            }
        )
        mine = self._accounts().filtered_domain(programme._reach())
        programme._add_members(mine.filtered("is_key_account"))
        return programme._open()

    def action_mailing(self):
        """A new mailing to the segment's customers, opened but not sent; each by its own address or a person's.

        Without those that a running programme holds out: they would show no longer what happens by itself.
        """
        self.ensure_one()
        # sudo: who is held out is not told, the mailing just does not have them
        members = self.env["churn.programme.member"].sudo()
        held_out = members.search([("running_purpose", "!=", False), ("group", "=", "holdout")]).account_id
        mine = self._accounts().filtered_domain(self.env["churn.programme"]._reach())
        contacts = self.env["churn.place"]._contacts_of((mine - held_out).partner_id)
        return {
            "type": "ir.actions.act_window",
            "res_model": "mailing.mailing",
            "view_mode": "form",
            "context": {
                "default_mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "default_mailing_domain": repr([("id", "in", sorted(contacts.values()))]),
                # only with a place under the cap, whatever the settings say of ordinary mailings
                "default_churn_reserved": True,
            },
        }


def _slope(values):
    """Change per step of the straight line through the values (least squares); 0 for less than two."""
    middle = (len(values) - 1) / 2
    spread = sum((place - middle) ** 2 for place in range(len(values)))
    return sum((place - middle) * value for place, value in enumerate(values)) / spread if spread else 0.0
