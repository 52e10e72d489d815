import base64
import logging

from odoo import api, fields, models
from odoo.tools import SQL

from .score_book import ScoreBook, day_date, day_number

_logger = logging.getLogger(__name__)

TRAINING_DAYS = 7


class ChurnScoreModel(models.Model):
    """Training in steps: each reads one past day, saves the state and can be the last before a restart."""

    _inherit = "churn.score.model"

    state = fields.Selection(
        [
            ("new", "Not Trained"),
            ("training", "Being Trained"),
            ("ready", "In Use"),
            ("no_data", "No Orders"),
            ("failed", "Failed"),
        ],
        default="new",
        readonly=True,
        required=True,
        copy=False,
    )
    error = fields.Char(readonly=True, copy=False)
    next_training = fields.Date(readonly=True, copy=False)
    training_state = fields.Binary(attachment=False, prefetch=False, readonly=True, copy=False, groups=fields.NO_ACCESS)
    training_done = fields.Integer(readonly=True, copy=False)
    training_steps = fields.Integer(readonly=True, copy=False)
    training_progress = fields.Float(compute="_compute_training_progress")
    params = fields.Json(prefetch=False, readonly=True, copy=False, groups=fields.NO_ACCESS)
    trained_on = fields.Date(readonly=True, copy=False)
    trained_accounts = fields.Integer(readonly=True, copy=False)
    layer = fields.Selection(
        [("C", "Cold start"), ("B", "Own history"), ("D", "Own history and boosted trees")], readonly=True, copy=False
    )
    ladder = fields.Json(readonly=True, copy=False)
    layer_text = fields.Text(compute="_compute_layer_text", string="Why This Layer")
    trained_text = fields.Text(compute="_compute_trained_text", string="Training Data")
    prior_about = fields.Json(readonly=True, copy=False)
    window_ids = fields.One2many("churn.score.window", "model_id", string="Back-Test")
    effect_ids = fields.One2many("churn.warning.effect", "model_id", string="Learned Effects")
    calibration = fields.Json(compute="_compute_calibration")

    @api.depends("training_done", "training_steps")
    def _compute_training_progress(self):
        for model in self:
            model.training_progress = 100 * model.training_done / (model.training_steps or 1)

    @api.depends("ladder")
    @api.depends_context("lang")
    def _compute_layer_text(self):
        reason = self.env["churn.score.reason"]
        for model in self:
            model.layer_text = "\n".join(reason._ladder_sentence(step) for step in model.ladder or [])

    @api.depends("trained_on", "trained_accounts", "window_ids", "prior_about", "source_used")
    @api.depends_context("lang")
    def _compute_trained_text(self):
        for model in self:
            model.trained_text = self.env["churn.score.reason"]._trained_sentence(model)

    @api.depends("window_ids.bins")
    def _compute_calibration(self):
        for model in self:
            newest = model.window_ids[:1]
            model.calibration = newest.bins

    # Cron

    @api.model
    def _cron_train(self):
        """Train what is due, one step after the other, each saved."""
        with_clock = self.env["churn.steps"]._with_clock()
        self._prepare_new_companies()
        commit = self.env["ir.cron"]._commit_progress
        due = self.search(self._due_for_training(), order="state desc, next_training, id")
        commit(remaining=len(due))
        for model in due:
            while True:
                self.env["churn.statistics"]._refresh()
                finished = model._training_step_safely()
                commit(int(finished), remaining=None if finished else len(due))
                if with_clock():
                    self.env["churn.steps"]._continue_later("churn_handover.cron_score_train")
                    commit(remaining=0)
                    return
                if finished:
                    break

    @api.model
    def _due_for_training(self):
        today = fields.Date.context_today(self)
        return ["|", "|", ("state", "=", "training"), ("next_training", "=", False), ("next_training", "<=", today)]

    @api.model
    def _prepare_new_companies(self):
        """A company without a model gets one; its first training starts from nothing."""
        known = self.with_context(active_test=False).search([("domain", "=", False)]).company_id
        for company in self.env["res.company"].search([("id", "not in", known.ids)]):
            self._general(company)

    def _training_step_safely(self):
        """One step; a model that cannot be trained says why and stops no other.

        :return: whether the model needs no further step
        """
        self.ensure_one()
        if not self.try_lock_for_update():
            return True
        from ...analytics.training import NoHistoryError  # scikit-learn: only where it is used, not in every worker

        try:
            with self.env.cr.savepoint():
                return self._training_step()
        except NoHistoryError:
            self._end_training("no_data")
        except Exception as error:  # whatever is wrong with these data, the other models must be trained
            _logger.exception("Training of score model %s failed", self.id)
            self._end_training("failed", error=str(error) or type(error).__name__)
        return True

    def _training_step(self):
        from ...analytics.training import Training

        if not self.training_state:
            training = self._start_training()
        else:
            training = Training.load(base64.b64decode(self.training_state))
        step = training.next_step
        if step is not None:
            book = self._book()
            inputs = book.snapshot(step.t0, step.horizon)
            ordered = book.ordered(inputs.account, step.t0, step.horizon) if step.with_outcome else None
            training.advance(inputs, ordered)
        if training.next_step is None:
            self._finish_training(training.model)
            return True
        self.write(
            {
                "state": "training",
                "training_state": base64.b64encode(training.dump()),
                "training_done": training.done,
                "training_steps": len(training.steps),
            }
        )
        return False

    # Steps

    def _today(self):
        """The company's calendar day now."""
        return self.company_id._churn_today()

    def _book(self, accounts=None):
        """The orders of this model's accounts, before today."""
        self.ensure_one()
        self.env["churn.account"].flush_model(["company_id", "partner_id", "score_model_id"])
        self.flush_model()
        self.env["sale.order"].flush_model(
            ["company_id", "state", "partner_id", "date_order", "amount_untaxed", "currency_rate"]
        )
        self.env["account.move"].flush_model(
            ["company_id", "state", "move_type", "commercial_partner_id", "invoice_date", "amount_untaxed_signed"]
        )
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        return ScoreBook(
            self.env, self.company_id.id, self.id, self.source_used, self._time_zone(), self._today(), accounts
        )

    def _start_training(self):
        """Which accounts, which orders, which horizon; then an empty training."""
        from ...analytics.training import Training

        self._prepare(self.company_id, self._today())
        book = self._book()
        t0 = day_number(self._today())
        self._propose_horizon(book.snapshot(t0, self.horizon))
        return Training(t0, self.horizon, book.start_before(t0))

    def _propose_horizon(self, inputs):
        from ...analytics import horizon

        proposal = horizon.propose(inputs)
        gap = proposal.gap or 0.0
        self.write({"usual_gap": gap, "horizon_proposed": proposal.horizon, "horizon_least": int(-(-2 * gap // 1))})

    def _finish_training(self, params):
        self.sudo().params = params  # written by the cron, read by nobody but the scoring
        self.write(
            {
                "trained_on": day_date(params["t0"]),
                "trained_accounts": params["accounts"],
                "layer": params["layer"],
                "ladder": params["ladder"],
                "prior_about": params["prior"],
            }
        )
        self._write_windows(params)
        self._learn_effects(params)
        self._end_training("ready")
        self._score_again()

    def _end_training(self, state, error=False):
        self.write(
            {
                "state": state,
                "error": error,
                "training_state": False,
                "training_done": 0,
                "training_steps": 0,
                "next_training": fields.Date.add(self._today(), days=TRAINING_DAYS if state == "ready" else 1),
            }
        )

    def _write_windows(self, params):
        """The back-test of the layer in use, a row per judged day; a later training replaces it."""
        self.window_ids.unlink()
        rows = []
        for judged in params["backtest"]:
            layer = params["layer"] if params["layer"] in judged["layers"] else "C"
            figures = judged["layers"][layer]
            rows.append(
                {
                    "model_id": self.id,
                    "cutoff": day_date(judged["t0"]),
                    "horizon": params["horizon"],
                    "layer": layer,
                    "account_count": judged["accounts"],
                    "lost_count": round(judged["churned"] * judged["accounts"]),
                    "bins": figures["bins"],
                    **{name: figures[name] or 0.0 for name in ("auc", "brier", "ece", "lift", "money_lift")},
                }
            )
        self.env["churn.score.window"].create(rows)

    def _restart(self):
        """Train and score again soon: what the model is about has changed."""
        # sudo: who asks may write the model (the callers checked); the state of a training is nobody's to read or write
        self.sudo().write({"training_state": False, "next_training": False, "state": "new"})
        self.env.cr.execute(
            SQL(
                "UPDATE churn_account SET score_status = NULL WHERE score_status = 'lost' AND score_model_id IN %s",
                tuple(self.ids) or (0,),
            )
        )
        self.env["churn.account"].invalidate_model(["score_status"])
        self.env.ref("churn_handover.cron_score_train")._trigger()

    def action_train(self):
        """Ask for a training now; it runs in the background."""
        self.check_access("write")
        self._restart()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("Training starts in the background; this page shows how far it is."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
