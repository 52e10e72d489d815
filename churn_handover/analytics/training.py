"""Training the churn score of one company, in steps that a cron can run one at a time.

Each step looks at the company from one past day (a *window*: the inputs before it, and who ordered
in the horizon after it), learns from it, and on some days first judges what would have been
predicted then. The last step looks at today and makes the model. Between steps the whole state is a
few megabytes of bytes.

    training = Training(t0, horizon, start)
    while (step := training.next_step) is not None:
        training.advance(*fetch(step))        # Inputs at step.t0, and outcomes if asked for
        saved = training.dump()               # … Training.load(saved)
    model = training.model

Nothing on or after ``t0`` is asked for, and a judged prediction has learned only from windows that
were over on its day.
"""

from __future__ import annotations

import io
import json
import math
from dataclasses import asdict, dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from . import backtest, blend, boosting, btyd, regression
from .inputs import COLUMNS, Inputs
from .model import VERSION, btyd_data, btyd_log_odds
from .rhythm import Usual

KEPT = tuple(name for name in COLUMNS if name != "account")
KEPT_STATE = ("judged", "k", "without_trees", "done", "model")


class NoHistoryError(ValueError):
    """No account has an order before the cut-off: there is nothing to fit."""


@dataclass(frozen=True)
class Settings:
    """How training goes about it; the defaults are what the benchmarks measured.

    ``windows``: past days to learn from, at most. ``stride_share``: their distance as a part of the
    horizon, at least ``stride_days``. ``min_history``: days of orders a window must have before it.
    ``judged``: windows to judge, which do not overlap. ``regression_accounts`` and
    ``boosting_accounts``: accounts with a complete past window from which layer B and D are tried.
    ``repeated_accounts``: what a row of an account seen in many windows counts, against a new one.
    ``rows_per_window``, ``btyd_rows``: bounds that keep a step short, evenly thinned beyond.
    ``spread``: weak prior of the buy-till-you-die parameters, see ``btyd.fit``.
    ``regularities``: Erlang k tried for the time between orders.
    """

    windows: int = 12
    stride_share: float = 1 / 3
    stride_days: int = 30
    min_history: int = 60
    judged: int = 3
    regression_accounts: int = 50
    boosting_accounts: int = 1000
    repeated_accounts: float = 1 / 3
    rows_per_window: int = 16000
    btyd_rows: int = 20000
    spread: float = 2.0
    regularities: tuple = (2, 3, 4)


@dataclass(frozen=True)
class Step:
    """What to fetch next: the inputs at ``t0``, and for a past window who ordered after it."""

    t0: int
    horizon: int
    kind: str  # "learn", "judge" or "finish"

    @property
    def with_outcome(self):
        """Whether ``advance`` needs to know who ordered in ``t0 … t0 + horizon - 1``."""
        return self.kind != "finish"


@dataclass
class Window:
    """Thinned rows of one past day, in an order that does not depend on the caller's."""

    t0: int
    usual: Usual
    columns: np.ndarray  # float32, (accounts, KEPT)
    churned: np.ndarray  # 1 = no order in the horizon

    @classmethod
    def of(cls, inputs, churned, usual, at_most):
        """At most ``at_most`` rows, taken evenly along their sorted order."""
        order = _lasting_order(inputs, churned)
        count = min(len(order), at_most)
        order = order[np.arange(count) * len(order) // max(count, 1)]
        columns = np.column_stack([getattr(inputs, name)[order] for name in KEPT]).astype(np.float32)
        return cls(inputs.t0, usual, columns, churned[order].astype(np.uint8))

    def inputs(self, horizon):
        """The rows as ``Inputs``, numbered from 0."""
        columns = dict(zip(KEPT, self.columns.T.astype(float), strict=True))
        return Inputs.from_columns(self.t0, horizon, {"account": np.arange(len(self.churned)), **columns})


class Training:
    """One training run; see the module's text for the way to drive it.

    ``t0``: day number of today, ``horizon`` in days, ``start``: day of the company's first order.
    """

    def __init__(self, t0, horizon, start, *, prior=None, settings=None):
        if horizon < 1:
            raise ValueError("the horizon needs at least one day")
        self.t0, self.horizon, self.start = int(t0), int(horizon), int(start)
        self.prior = prior or regression.shipped_prior()
        self.settings = settings or Settings()
        self.windows = []
        self.judged = []
        self.k = 1
        self.without_trees = None
        self.done = 0
        self.model = None

    @property
    def stride(self):
        """Days between two windows."""
        return max(self.settings.stride_days, math.ceil(self.horizon * self.settings.stride_share))

    @property
    def steps(self):
        """All steps of this run, oldest window first."""
        count = (self.t0 - self.horizon - self.settings.min_history - self.start) // self.stride + 1
        count = min(max(count, 0), self.settings.windows)
        apart = math.ceil(self.horizon / self.stride)
        judged = {i * apart for i in range(self.settings.judged)}
        past = [
            Step(self.t0 - self.horizon - i * self.stride, self.horizon, "judge" if i in judged else "learn")
            for i in reversed(range(count))
        ]
        return [*past, Step(self.t0, self.horizon, "finish")]

    @property
    def next_step(self):
        """The ``Step`` to fetch for, or None when the model is made."""
        steps = self.steps
        return steps[self.done] if self.done < len(steps) else None

    def advance(self, inputs, ordered=None):
        """Carry out ``next_step`` on its inputs; ``ordered`` is a boolean per row of them.

        Raises ``NoHistoryError`` in the last step if there is no account at all.
        """
        step = self.next_step
        if (inputs.t0, inputs.horizon) != (step.t0, step.horizon):
            raise ValueError("these inputs are not those the step asks for")
        with threadpool_limits(1):  # threads would double the CPU time and not the speed
            if step.kind == "finish":
                self.model = self._finish(inputs)
            elif len(inputs):
                churned = 1 - np.asarray(ordered, dtype=int)
                if step.kind == "judge":
                    self._judge(inputs, churned)
                self.windows.append(self._window(inputs, churned))
        self.done += 1

    def dump(self):
        """The state between two steps as bytes; nothing in it can run code when loaded."""
        header = {key: getattr(self, key) for key in ("t0", "horizon", "start", *KEPT_STATE)}
        header["windows"] = [{"t0": window.t0, "usual": asdict(window.usual)} for window in self.windows]
        arrays = {"header": np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)}
        for number, window in enumerate(self.windows):
            arrays[f"columns{number}"] = window.columns
            arrays[f"churned{number}"] = window.churned
        stream = io.BytesIO()
        np.savez_compressed(stream, allow_pickle=False, **arrays)
        return stream.getvalue()

    @classmethod
    def load(cls, saved, *, prior=None, settings=None):
        """The training that ``dump`` saved; give it the same ``prior`` and ``settings``."""
        with np.load(io.BytesIO(saved), allow_pickle=False) as arrays:
            header = json.loads(arrays["header"].tobytes())
            training = cls(header["t0"], header["horizon"], header["start"], prior=prior, settings=settings)
            for key in KEPT_STATE:
                setattr(training, key, header[key])
            training.windows = [
                Window(
                    about["t0"],
                    Usual(**about["usual"]),
                    arrays[f"columns{number}"],
                    arrays[f"churned{number}"],
                )
                for number, about in enumerate(header["windows"])
            ]
        return training

    def _finish(self, inputs):
        if not len(inputs):
            raise NoHistoryError("no account has an order before the cut-off")
        usual = Usual.of(inputs)
        params = self._fit_btyd(inputs, self.k)
        matrix = self._design(inputs, usual)
        layer, ladder = self._climb()
        forest = self._fit_forest(self.windows) if layer == "D" else None
        if layer == "D" and not forest:
            layer, ladder = self._climb()
        coef = self._cold(matrix, params, inputs) if layer == "C" else self._fit_regression(self.windows)
        return {
            "version": VERSION,
            "t0": self.t0,
            "horizon": self.horizon,
            "accounts": len(inputs),
            "layer": layer,
            "ladder": ladder,
            "usual": asdict(usual),
            "btyd": params.to_dict(),
            "centre": self.prior.centre.tolist(),
            "scale": self.prior.scale.tolist(),
            "coef": coef.tolist(),
            "forest": forest,
            "reference": matrix[:, 1:].mean(axis=0).tolist(),
            "backtest": self.judged,
            "prior": self.prior.about,
        }

    def _climb(self):
        """The layer that the last judged window speaks for, and why."""
        last = self.judged[-1] if self.judged else {"accounts": 0, "differences": {}}
        return blend.climb(
            last["accounts"],
            {"B": self.settings.regression_accounts, "D": self.settings.boosting_accounts},
            last["differences"],
            {"D": self.without_trees} if self.without_trees else {},
        )

    def _judge(self, inputs, churned):
        """What each layer would have said on this day, and how that turned out."""
        usual = Usual.of(inputs)
        params = self._fit_btyd(inputs, self.k)
        matrix = self._design(inputs, usual)
        silent = btyd_log_odds(params, inputs)
        over = [window for window in self.windows if window.t0 + self.horizon <= inputs.t0]
        answers = {"C": [silent, regression.log_odds(matrix, self._cold(matrix, params, inputs))]}
        if len(inputs) >= self.settings.regression_accounts:
            boost = len(inputs) >= self.settings.boosting_accounts
            own, trees = (
                self._answers(over, matrix, inputs, usual, boost)
                if over
                else self._crossed_answers(matrix, inputs, churned, usual, boost)
            )
            answers["B"] = [silent, own]
            if trees is not None:
                answers["D"] = [silent, own, trees]
        said = {layer: blend.to_probability(blend.mean_log_odds(members)) for layer, members in answers.items()}
        k = self.k
        self.k = self._best_regularity(inputs, churned)
        self.judged.append(
            {
                "t0": inputs.t0,
                "accounts": len(inputs),
                "churned": float(churned.mean()),
                "crossed": not over,
                "k": k,
                "layers": {
                    layer: backtest.report(churned, probability, inputs.revenue_365)
                    for layer, probability in said.items()
                },
                "differences": {
                    new: {
                        old: backtest.brier_difference(churned, said[new], said[old])
                        for old in blend.LAYERS[: blend.LAYERS.index(new)]
                    }
                    for new in blend.LAYERS[1:]
                    if new in said
                },
            }
        )

    def _answers(self, windows, matrix, inputs, usual, boost):
        """Log-odds by the regression and, if asked for and possible, the trees that learned from windows."""
        own = regression.log_odds(matrix, self._fit_regression(windows))
        forest = self._fit_forest(windows) if boost else None
        trees = boosting.log_odds(forest, boosting.features(inputs, usual)) if forest else None
        return own, trees

    def _crossed_answers(self, matrix, inputs, churned, usual, boost):
        """The same with only this one window: each half of the accounts learns from the other half."""
        half = np.empty(len(inputs), dtype=int)
        half[_lasting_order(inputs, churned)] = np.arange(len(inputs)) % 2
        own, trees = np.empty(len(inputs)), np.empty(len(inputs))
        for side in (0, 1):
            mine = half == side
            other = Window.of(inputs.take(~mine), churned[~mine], usual, self.settings.rows_per_window)
            answer = self._answers([other], matrix[mine], inputs.take(mine), usual, boost)
            own[mine] = answer[0]
            if answer[1] is None:
                trees = None
            elif trees is not None:
                trees[mine] = answer[1]
        return own, trees if boost else None

    def _best_regularity(self, inputs, churned):
        """Erlang k of the time between orders: 1, unless another is clearly better on this window."""

        def answer(k):
            return btyd.probability_no_order(self._fit_btyd(inputs, k), *btyd_data(inputs), self.horizon)

        best, chance, gain = 1, answer(1), 0.0
        for k in self.settings.regularities:
            difference, error = backtest.brier_difference(churned, answer(k), chance)
            if difference < min(gain, -blend.CLEAR * error):
                best, gain = k, difference
        return best

    def _fit_btyd(self, inputs, k):
        settings = self.settings
        return btyd.fit(*btyd_data(inputs), k=k, spread=settings.spread, at_most=settings.btyd_rows)

    def _design(self, inputs, usual):
        return regression.standardise(inputs, self.prior.centre, self.prior.scale, usual)

    def _cold(self, matrix, params, inputs):
        """The shipped coefficients, with the level of the buy-till-you-die model."""
        level = btyd.probability_no_order(params, *btyd_data(inputs), self.horizon).mean()
        coef = self.prior.coef.copy()
        coef[0] += blend.matching_shift(regression.log_odds(matrix, coef), level)
        return coef

    def _fit_regression(self, windows):
        matrix = np.concatenate([self._design(w.inputs(self.horizon), w.usual) for w in windows])
        churned = np.concatenate([w.churned for w in windows])
        # Windows overlap, and the same accounts come again in each: rows are not independent evidence.
        overlap = min(1.0, self.stride / self.horizon)
        weight = max(overlap * self.settings.repeated_accounts, 1 / len(windows))
        weights = np.full(len(churned), weight)
        return regression.fit_map(matrix, churned, weights, self.prior)

    def _fit_forest(self, windows):
        """The trees learned from windows, or None; ``without_trees`` then says why, and layer B goes on."""
        matrix = np.concatenate([boosting.features(w.inputs(self.horizon), w.usual) for w in windows])
        churned = np.concatenate([w.churned for w in windows])
        self.without_trees = None
        if not 0 < churned.sum() < len(churned):
            self.without_trees = "one_outcome"
            return None
        try:
            return boosting.fit(matrix, churned)
        except boosting.ExportError:
            self.without_trees = "unreadable"
            return None

    def _window(self, inputs, churned):
        return Window.of(inputs, churned, Usual.of(inputs), self.settings.rows_per_window)


def train(book, t0, horizon, *, prior=None, settings=None):
    """The model of an ``OrderBook`` at day ``t0``: all steps at once.

    Raises ``NoHistoryError`` if no account has an order before ``t0``.
    """
    training = Training(t0, horizon, book.start_before(t0), prior=prior, settings=settings)
    while (step := training.next_step) is not None:
        inputs = book.snapshot(step.t0, step.horizon)
        ordered = book.ordered(inputs.account, step.t0, step.horizon) if step.with_outcome else None
        training.advance(inputs, ordered)
    return training.model


def _lasting_order(inputs, churned):
    """Positions of the rows sorted by all they say, whatever order and numbers the accounts came in."""
    return np.lexsort([churned, *(getattr(inputs, name).astype(np.float32) for name in reversed(KEPT))])
