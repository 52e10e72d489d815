import numpy as np

from odoo import api, fields, models
from odoo.tools import SQL

from ...analytics.effect import LEAST_ACCOUNTS, learn
from .score_book import day_date

# A new owner is new for as long as the warning lasts.
from .warning_provider import OWNER_NEW_DAYS


class ChurnWarningEffect(models.Model):
    """What a kind of warning meant in this company's own past, with its interval.

    Shown beside the model; no probability and no band follows from it.
    """

    _name = "churn.warning.effect"
    _description = "Learned Effect of a Warning"
    _order = "model_id, account_count desc, id"
    _rec_name = "kind_id"

    model_id = fields.Many2one("churn.score.model", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="model_id.company_id")
    kind_id = fields.Many2one("churn.warning.kind", required=True, ondelete="cascade", readonly=True)
    account_count = fields.Integer(
        string="Accounts", readonly=True, help="Accounts with the event, on all days looked back from."
    )
    foretold = fields.Float(
        readonly=True, aggregator="avg", help="Share that was to place no order, by their orders alone."
    )
    observed = fields.Float(readonly=True, aggregator="avg", help="Share that placed no order.")
    shift = fields.Float(string="Effect", readonly=True, aggregator="avg", help="In percentage points of probability.")
    low = fields.Float(
        string="Effect, at Least", readonly=True, aggregator="avg", help="Lower end of the 95 % interval."
    )
    high = fields.Float(
        string="Effect, at Most", readonly=True, aggregator="avg", help="Upper end of the 95 % interval."
    )
    effect_text = fields.Char(compute="_compute_effect_text", string="Effect (95 % Interval)")
    verdict = fields.Selection(
        [("more", "More leave"), ("fewer", "Fewer leave"), ("unclear", "May be chance")],
        compute="_compute_verdict",
    )

    @api.depends("shift", "low", "high")
    @api.depends_context("lang")
    def _compute_effect_text(self):
        for effect in self:
            effect.effect_text = self.env._(
                "%(shift)s points (%(low)s to %(high)s)",
                shift=f"{100 * effect.shift:+.1f}",
                low=f"{100 * effect.low:+.1f}",
                high=f"{100 * effect.high:+.1f}",
            )

    @api.depends("low", "high")
    def _compute_verdict(self):
        for effect in self:
            effect.verdict = "more" if effect.low > 0 else "fewer" if effect.high < 0 else "unclear"


class ChurnScoreModel(models.Model):
    _inherit = "churn.score.model"

    def _learn_effects(self, params):
        """Compare, on the judged past days, who had an event with what was foretold for them without it."""
        self.effect_ids.unlink()
        days = [judged["t0"] for judged in params["backtest"]]
        kinds = {kind: [self._event_accounts(kind, day) for day in days] for kind in self._event_kinds()}
        kinds = {kind: flagged for kind, flagged in kinds.items() if sum(map(len, flagged)) >= LEAST_ACCOUNTS}
        if not kinds:
            return
        log_odds, churned, accounts = self._past_forecasts(params, days)
        rows = []
        for kind, flagged in kinds.items():
            marks = [np.isin(numbers, found) for numbers, found in zip(accounts, flagged, strict=True)]
            effect = learn(log_odds, churned, np.concatenate(marks))
            if effect:
                rows.append(
                    {
                        "model_id": self.id,
                        "kind_id": kind.id,
                        "account_count": effect.accounts,
                        "foretold": effect.foretold,
                        "observed": effect.observed,
                        "shift": effect.shift,
                        "low": effect.low,
                        "high": effect.high,
                    }
                )
        self.env["churn.warning.effect"].create(rows)

    def _event_kinds(self):
        return self.env["churn.warning.kind"].search([("code", "!=", False)])

    def _past_forecasts(self, params, days):
        """Log-odds, outcome and account numbers of the past days, by the model trained last."""
        from ...analytics import blend, model

        book = self._book()
        log_odds, churned, accounts = [], [], []
        for day in days:
            inputs = book.snapshot(day, params["horizon"])
            log_odds.append(blend.to_log_odds(model.predict(params, inputs)))
            churned.append(~book.ordered(inputs.account, day, params["horizon"]))
            accounts.append(inputs.account)
        return np.concatenate(log_odds), np.concatenate(churned), accounts

    def _event_accounts(self, kind, day):
        """Ids of the figures whose account had an event of this kind on a past day number.

        Warnings that were open then; for a change of owner also the assignment history, which is older.
        """
        self.env["churn.warning"].flush_model()
        self.env["churn.assignment"].flush_model()
        changes = SQL(
            """UNION
               SELECT figures.id
                 FROM churn_assignment former
                 JOIN churn_assignment latter ON latter.account_id = former.account_id AND latter.kind = 'owner'
                      AND latter.user_id <> former.user_id AND latter.date_from = former.date_to
                 JOIN churn_account figures ON figures.partner_id = latter.account_id
                WHERE figures.score_model_id = %(model)s AND former.kind = 'owner'
                  AND latter.date_from < %(day)s AND latter.date_from >= %(day)s - %(length)s""",
            model=self.id,
            day=SQL("%s::date", day_date(day)),
            length=OWNER_NEW_DAYS,
        )
        rows = self.env.execute_query(
            SQL(
                """SELECT figures.id
                     FROM churn_warning warning JOIN churn_account figures ON figures.id = warning.account_id
                    WHERE figures.score_model_id = %(model)s AND warning.kind_id = %(kind)s
                      AND warning.confidential_user_id IS NULL AND warning.restricted IS NOT TRUE
                      AND warning.date < %(day)s AND (warning.closed_on IS NULL OR warning.closed_on >= %(day)s)
                   %(changes)s""",
                model=self.id,
                kind=kind.id,
                day=day_date(day),
                changes=changes if kind.code == "owner_changed" else SQL(),
            )
        )
        return [account_id for (account_id,) in rows]
