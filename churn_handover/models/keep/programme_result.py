from odoo import api, fields, models
from odoo.tools import format_date

VERDICTS = [
    ("more", "Effect Shown"),
    ("less", "Harm Shown"),
    ("no_difference", "No Effect That Matters"),
    ("too_few", "Too Few to Tell"),
]


class ChurnProgramme(models.Model):
    """The result: what the treated did more than the holdout, by group drawn, whether reached or not."""

    _inherit = "churn.programme"

    judged_on = fields.Date(readonly=True, copy=False)
    treated_count = fields.Integer(string="Treated", readonly=True, copy=False)
    holdout_count = fields.Integer(string="Held Out", readonly=True, copy=False)
    exception_count = fields.Integer(string="Always Treated", readonly=True, copy=False)
    reached_share = fields.Float(string="Of the Treated Reached", readonly=True, copy=False, aggregator="avg")
    kept_treated = fields.Float(string="Bought, Treated", readonly=True, copy=False, aggregator="avg")
    kept_holdout = fields.Float(string="Bought, Holdout", readonly=True, copy=False, aggregator="avg")
    kept_exception = fields.Float(string="Bought, Always Treated", readonly=True, copy=False, aggregator="avg")
    kept_effect = fields.Float(string="More Customers Kept", readonly=True, copy=False, aggregator="avg")
    kept_low = fields.Float(string="At Least", readonly=True, copy=False, aggregator="avg")
    kept_high = fields.Float(string="At Most", readonly=True, copy=False, aggregator="avg")
    kept_verdict = fields.Selection(VERDICTS, string="Customers: Verdict", readonly=True, copy=False)
    revenue_treated = fields.Monetary(string="Revenue, Treated", readonly=True, copy=False, aggregator="avg")
    revenue_holdout = fields.Monetary(string="Revenue, Holdout", readonly=True, copy=False, aggregator="avg")
    revenue_exception = fields.Monetary(string="Revenue, Always Treated", readonly=True, copy=False, aggregator="avg")
    revenue_effect = fields.Monetary(string="More Revenue", readonly=True, copy=False, aggregator="avg")
    revenue_low = fields.Monetary(string="Revenue, at Least", readonly=True, copy=False, aggregator="avg")
    revenue_high = fields.Monetary(string="Revenue, at Most", readonly=True, copy=False, aggregator="avg")
    revenue_verdict = fields.Selection(VERDICTS, string="Revenue: Verdict", readonly=True, copy=False)
    kept_cost = fields.Float(
        string="Cost per Unit of Revenue Kept",
        compute="_compute_kept_cost",
        digits=(12, 4),
        aggregator="avg",
        help="Cost ÷ (more revenue per customer × treated customers). Only where an effect on revenue is shown.",
    )
    power_text = fields.Text(compute="_compute_power_text")
    result_text = fields.Text(compute="_compute_result_text", string="Result")

    @api.model
    def _cron_judge(self):
        """Judge the programmes whose window is over; a step is one programme."""
        over = self._over()
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(over))
        for programme in over:
            self.env["churn.steps"]._each(programme, "_judge")
            if not commit_progress(1):
                break

    @api.model
    def _over(self):
        running = self.search([("state", "=", "running")])
        return running.filtered(lambda programme: programme.date_end < programme.company_id._churn_today())

    def _judge(self):
        """Tell the result, once. Never before the end of the window."""
        from ...analytics import uplift  # scipy: only where it is used

        self.ensure_one()
        if self.state != "running" or self.company_id._churn_today() <= self.date_end:
            return
        self.env["churn.programme.member"]._outcome(self)
        drawn = self.member_ids.filtered(lambda member: member.group in ("treated", "holdout"))
        drawn.fetch(["kept", "revenue", "revenue_before", "stratum", "group", "is_reached"])
        holdout = [member.group == "holdout" for member in drawn]
        strata = drawn.mapped("stratum")
        kept = uplift.proportion_effect([member.kept for member in drawn], holdout, strata)
        revenue = uplift.mean_effect(
            [member.revenue for member in drawn],
            holdout,
            strata,
            before=[member.revenue_before for member in drawn],
        )
        always = self.member_ids - drawn
        treated = drawn.filtered(lambda member: member.group == "treated")
        self.write(
            {
                "state": "done",
                "judged_on": self.company_id._churn_today(),
                "treated_count": kept.treated,
                "holdout_count": kept.control,
                "exception_count": len(always),
                "reached_share": len(treated.filtered("is_reached")) / len(treated) if treated else 0.0,
                "kept_exception": len(always.filtered("kept")) / len(always) if always else 0.0,
                "revenue_exception": sum(always.mapped("revenue")) / len(always) if always else 0.0,
                "cost": self.cost or self._planned(),
                **self._effect_values("kept", kept),
                **self._effect_values("revenue", revenue),
            }
        )
        self.member_ids.running_purpose = False
        self._drop_mailing()
        self.message_post(body=self.result_text)

    def _effect_values(self, prefix, effect):
        return {
            f"{prefix}_treated": effect.treated_value,
            f"{prefix}_holdout": effect.control_value,
            f"{prefix}_effect": effect.difference or 0.0,
            f"{prefix}_low": effect.low or 0.0,
            f"{prefix}_high": effect.high or 0.0,
            f"{prefix}_verdict": effect.verdict,
        }

    @api.depends("member_count", "holdout_share", "member_ids.is_exception", "state")
    @api.depends_context("lang")
    def _compute_power_text(self):
        """Before the start: how large an effect must be to be seen."""
        from ...analytics import uplift

        for programme in self:
            drawn, held_out, smallest = programme._power()
            if programme.state != "draft" or not drawn:
                programme.power_text = False
            elif smallest is None:
                programme.power_text = self.env._(
                    "With %(count)s customers drawn and %(held_out)s of them held out no result can be told: each "
                    "group needs at least %(least)s.",
                    count=drawn,
                    held_out=held_out,
                    least=uplift.LEAST_IN_GROUP,
                )
            else:
                programme.power_text = self.env._(
                    "With %(count)s customers drawn and %(held_out)s of them held out an effect will be seen if it is "
                    "about %(smallest)s points or more.",
                    count=drawn,
                    held_out=held_out,
                    smallest=round(100 * smallest),
                )

    def _power(self):
        """How many will be drawn, how many of them held out, and the smallest effect that will be seen, or None."""
        from ...analytics import uplift

        drawn = self.member_count - len(self.member_ids.filtered("is_exception"))
        held_out = round(drawn * self.holdout_share)
        return drawn, held_out, uplift.detectable(drawn - held_out, held_out)

    @api.depends("cost", "revenue_effect", "treated_count", "revenue_verdict")
    def _compute_kept_cost(self):
        for programme in self:
            gained = programme.revenue_effect * programme.treated_count
            shown = programme.revenue_verdict == "more" and gained > 0
            programme.kept_cost = programme.cost / gained if shown else 0.0

    @api.depends("state", "kept_verdict", "revenue_verdict", "date_end", "cost", "member_ids.loss_id.state")
    @api.depends_context("lang")
    def _compute_result_text(self):
        for programme in self:
            if programme.state == "done":
                sentences = [
                    programme._kept_sentence(),
                    programme._revenue_sentence(),
                    programme._cost_sentence(),
                    programme._exception_sentence(),
                    programme._win_back_sentence(),
                ]
                programme.result_text = "\n".join(filter(None, sentences))
            elif programme.state == "running":
                programme.result_text = self.env._(
                    "The result is told once, after %(date)s. Judging earlier would mistake chance for an effect.",
                    date=format_date(self.env, programme.date_end),
                )
            elif programme.state == "cancelled":
                programme.result_text = self.env._("Stopped before the end: no result can be told.")
            else:
                programme.result_text = False

    def _kept_sentence(self):
        text = {
            "more": self.env._(
                "Of the treated %(treated)s bought, of the holdout %(holdout)s: %(effect)s points more, with 95 %% "
                "certainty between %(low)s and %(high)s.",
                **self._kept_numbers(),
            ),
            "less": self.env._(
                "Of the treated %(treated)s bought, of the holdout %(holdout)s: the programme did harm.",
                **self._kept_numbers(),
            ),
            "no_difference": self.env._(
                "Of the treated %(treated)s bought, of the holdout %(holdout)s: no difference that matters "
                "(between %(low)s and %(high)s points).",
                **self._kept_numbers(),
            ),
        }
        return text.get(self.kept_verdict) or self.env._(
            "Customers kept: too few to tell. Of %(count)s treated %(treated)s bought, of %(others)s held out "
            "%(holdout)s; that can be chance.",
            count=self.treated_count,
            others=self.holdout_count,
            **self._kept_numbers(),
        )

    def _kept_numbers(self):
        return {
            "treated": f"{self.kept_treated:.0%}",
            "holdout": f"{self.kept_holdout:.0%}",
            "effect": f"{100 * self.kept_effect:.1f}",
            "low": f"{100 * self.kept_low:.1f}",
            "high": f"{100 * self.kept_high:.1f}",
        }

    def _revenue_sentence(self):
        numbers = {
            "effect": self._money(self.revenue_effect),
            "low": self._money(self.revenue_low),
            "high": self._money(self.revenue_high),
        }
        if self.revenue_verdict == "more":
            return self.env._(
                "Revenue per treated customer: %(effect)s more, with 95 %% certainty between %(low)s and %(high)s.",
                **numbers,
            )
        if self.revenue_verdict == "less":
            return self.env._(
                "Revenue per treated customer: less than without, by between %(high)s and %(low)s.", **numbers
            )
        if self.revenue_verdict == "no_difference":
            return self.env._("Revenue: no difference that matters.")
        return self.env._("Revenue: too few to tell.")

    def _cost_sentence(self):
        if not self.kept_cost:
            return self.env._(
                "Cost: %(cost)s. Without a shown effect on revenue there is no cost per unit kept.",
                cost=self._money(self.cost),
            )
        return self.env._(
            "Cost: %(cost)s, or %(each)s for every %(unit)s of revenue kept.",
            cost=self._money(self.cost),
            each=self._money(100 * self.kept_cost),
            unit=self._money(100),
        )

    def _exception_sentence(self):
        if not self.exception_count:
            return None
        return self.env._(
            "Apart from that, %(count)s customers were always treated; %(share)s of them bought. That proves nothing: "
            "there is nobody to compare them with.",
            count=self.exception_count,
            share=f"{self.kept_exception:.0%}",
        )

    def _win_back_sentence(self):
        """Who came back, and who of them is still here: a return counts as long as it lasts."""
        members = self.member_ids.filtered(lambda member: member.loss_id and member.group != "holdout")
        if self.purpose != "win_back" or not members:
            return None
        return self.env._(
            "Of %(count)s customers worked on, %(back)s placed an order within the window; %(lasting)s of them are "
            "still customers.",
            count=len(members),
            back=len(members.filtered("kept")),
            lasting=len(members.filtered(lambda member: member._is_won_back())),
        )
