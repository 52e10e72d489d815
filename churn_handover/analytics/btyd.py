"""Buy-till-you-die models: how likely a customer who can leave without a word buys again.

Each customer buys at random at a rate of their own (gamma distributed over customers) and may leave
for good after a purchase with a probability of their own (beta distributed).

* BG/NBD: Fader, Hardie and Lee, "Counting Your Customers the Easy Way", Marketing Science 24 (2005).
* MBG/NBD: Batislam, Denizel and Filiztekin, International Journal of Research in Marketing 24
  (2007): a customer may also leave right after the first purchase.
* (M)BG/CNBD-k: Platzer and Reutterer, Marketing Science 35 (2016) and Reutterer, Platzer and
  Schröder, International Journal of Research in Marketing 38 (2021): the time between purchases is
  Erlang-k, so buyers are more regular than chance; k = 1 is the model above.

The data of a customer are ``x`` repeat purchases, the time ``t_x`` of the last one and the time
``now`` that has passed, both counted from the first purchase, in any one unit of time. Distinct triples with
weights are enough, so a hundred thousand customers fit in seconds.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, digamma, gammaln, hyp2f1

_LOG_BOUNDS = (-9.0, 9.0)
_STARTS = ((0.0, 0.0, 0.0, 0.5), (-1.0, -1.5, -1.0, 1.0), (1.0, 1.0, -2.0, 0.0))


@dataclass(frozen=True)
class Params:
    """Parameters of a fitted model; ``alpha`` is in the time unit of the data it was fitted on."""

    r: float
    alpha: float
    a: float
    b: float
    modified: bool = True  # MBG, else BG
    k: int = 1  # regularity of the purchases

    def to_dict(self):
        """The parameters as a JSON-able mapping."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values):
        """The parameters that ``to_dict`` wrote."""
        return cls(**values)


class FitError(ValueError):
    """The data hold no customer to fit on, or the likelihood could not be maximised."""


def aggregate(x, t_x, now, weights=None, at_most=None):
    """Distinct ``(x, t_x, now)`` with their weights: four arrays.

    ``at_most`` thins a longer result to that many rows, evenly along the sorted triples and with
    the weight of what was dropped, so the order of the customers has no influence.
    """
    rows = np.column_stack([np.asarray(v, dtype=float) for v in (x, t_x, now)])
    weights = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=float)
    unique, inverse = np.unique(rows, axis=0, return_inverse=True)
    total = np.bincount(inverse.ravel(), weights, len(unique))
    if at_most and len(unique) > at_most:
        block = np.arange(len(unique)) * at_most // len(unique)
        start = np.flatnonzero(np.append(True, block[1:] != block[:-1]))
        middle = (start + np.append(start, len(unique))[1:] - 1) // 2
        total = np.add.reduceat(total, start)
        unique = unique[middle]
    return unique[:, 0], unique[:, 1], unique[:, 2], total


def fit(x, t_x, now, *, weights=None, modified=True, k=1, spread=None, at_most=None):
    """Maximum likelihood ``Params`` of one model.

    ``spread`` keeps small data from running off: a Gaussian with that standard deviation on the
    logarithm of each parameter, centred at r = a = b = 1 and alpha = the mean of ``now``. It counts
    once, whatever the number of customers. None fits by the likelihood alone.
    ``at_most`` bounds the rows used, see ``aggregate``.

    Raises ``FitError`` when there is no customer or no finite maximum.
    """
    x, t_x, now, weights = aggregate(x, t_x, now, weights, at_most)
    total = weights.sum()
    if not len(x) or not total > 0:
        raise FitError("no customer to fit on")
    if not (np.isfinite(now).all() and (now > 0).all() and (t_x <= now).all() and (x >= 0).all()):
        raise FitError("customers need x >= 0, t_x <= now and now > 0")
    unit = float(np.average(now, weights=weights))  # starts and bounds then fit any time unit
    penalty = 0.0 if spread is None else 0.5 / spread**2 / total
    model = _Model(x, t_x / unit, now / unit, modified, k)

    def objective(logs):
        value, slope = model.log_likelihood(logs, weights)
        if not (np.isfinite(value) and np.isfinite(slope).all()):
            return 1e10, np.zeros(4)
        return -value / total + penalty * (logs @ logs), -slope / total + 2 * penalty * logs

    best = None
    for start in _STARTS:
        found = minimize(
            objective,
            np.array(start),
            jac=True,
            method="L-BFGS-B",
            bounds=[_LOG_BOUNDS] * 4,
            options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-8},
        )
        if best is None or found.fun < best.fun - 1e-12:
            best = found
    if best.fun >= 1e9:
        raise FitError("the likelihood has no finite maximum on these data")
    r, alpha, a, b = (float(v) for v in np.exp(best.x))
    return Params(r, alpha * unit, a, b, modified, k)


def log_likelihood(params, x, t_x, now, weights=None):
    """Sum of the log-likelihood of the customers; for k > 1 up to a constant of the data."""
    weights = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=float)
    model = _Model(x, t_x, now, params.modified, params.k)
    return float(model.log_likelihood(_logs(params), weights)[0])


def probability_alive(params, x, t_x, now):
    """P(the customer has not left), per customer.

    Not the question of the churn score: who has not left may still be silent for long.
    """
    silent, gone = _Model(x, t_x, now, params.modified, params.k).silent_and_gone(_logs(params))
    return np.exp(silent - np.logaddexp(silent, gone))


def probability_no_order(params, x, t_x, now, horizon):
    """P(no order in the next ``horizon``), per customer: left already, or alive and silent."""
    model, logs = _Model(x, t_x, now, params.modified, params.k), _logs(params)
    silent, gone = model.silent_and_gone(logs)
    longer, _ = model.silent_and_gone(logs, horizon)
    return np.exp(np.minimum(np.logaddexp(longer, gone) - np.logaddexp(silent, gone), 0.0))


def expected_orders(params, x, t_x, now, horizon):
    """Expected number of orders in the next ``horizon``, per customer; only for k = 1.

    Where the closed form is not finite: the number without further leaving, an upper bound.
    """
    if params.k != 1:
        raise ValueError("the expected number has a closed form for k = 1 only")
    x, t_x, now = (np.asarray(v, dtype=float) for v in (x, t_x, now))
    a = params.a if abs(params.a - 1) > 1e-6 else 1 + 1e-6  # the formula has a removable pole at 1
    stays = x + 1 if params.modified else x
    end = params.alpha + now + horizon
    shrink = (params.r + x) * np.log((params.alpha + now) / end)
    with np.errstate(all="ignore"):
        series = hyp2f1(params.r + x, params.b + stays, a + params.b + stays - 1, horizon / end)
        expected = (a + params.b + stays - 1) / (a - 1) * (1 - np.exp(shrink) * series)
    bound = (params.r + x) / (params.alpha + now) * horizon
    sound = np.isfinite(expected) & (expected >= 0) & (expected <= bound * (1 + 1e-9))
    return np.where(sound, expected, bound) * probability_alive(params, x, t_x, now)


def _logs(params):
    return np.log([params.r, params.alpha, params.a, params.b])


class _Model:
    """The two ways a history can have come about, on fixed data: silent since ``t_x``, or gone.

    Counts and days repeat a lot, so logarithms and gamma functions are computed on the distinct
    values and spread to the customers.
    """

    def __init__(self, x, t_x, now, modified, k):
        x, t_x, now = (np.asarray(v, dtype=float) for v in (x, t_x, now))
        self.k = k
        self.counts, self.count_of = np.unique(x, return_inverse=True)
        self.lasts, self.last_of = np.unique(t_x, return_inverse=True)
        self.nows, self.now_of = np.unique(now, return_inverse=True)
        self.since = now - t_x
        self.events = k * self.counts  # Erlang stages passed
        self.stays = self.counts + 1 if modified else self.counts  # decisions to stay
        self.can_go = self.stays > 0

    def silent_and_gone(self, logs, horizon=0.0):
        """Log-weights of "alive, silent from t_x to now + horizon" and "left at t_x"."""
        stages, gone = self._parts(logs, horizon)
        return np.logaddexp.reduce(stages, axis=0), gone

    def _parts(self, logs, horizon=0.0):
        r, alpha, a, b = np.exp(logs)
        shape = r + self.events
        with np.errstate(divide="ignore", invalid="ignore"):
            left = np.where(self.can_go, np.log(a) - np.log(b + self.stays - 1), -np.inf)
            silence = np.log(self.since + horizon) if self.k > 1 else None
        shape_of = shape[self.count_of]
        gone = left[self.count_of] - shape_of * np.log(alpha + self.lasts)[self.last_of]
        now = np.log(alpha + self.nows + horizon)[self.now_of]
        stages = np.empty((self.k, len(now)))
        for j in range(self.k):
            stages[j] = -(shape_of + j) * now
            if j:
                ways = gammaln(shape + j) - gammaln(shape) - gammaln(j + 1)
                stages[j] += j * silence + ways[self.count_of]
        return stages, gone

    def log_likelihood(self, logs, weights):
        """Weighted log-likelihood and its gradient in the logarithms of the parameters."""
        r, alpha, a, b = np.exp(logs)
        shape = r + self.events
        stages, gone = self._parts(logs)
        both = np.logaddexp(np.logaddexp.reduce(stages, axis=0), gone)
        p_gone = np.exp(gone - both)
        p_silent = 1.0 - p_gone
        later = p_silent * shape[self.count_of]  # expected Erlang stages, with the open ones
        more = np.zeros(len(both))  # gain of digamma(shape) by the open stages
        for j in range(1, self.k):
            p_stage = np.exp(stages[j] - both)
            later += p_stage * j
            more += p_stage * (digamma(shape + j) - digamma(shape))[self.count_of]
        by_count = np.bincount(self.count_of, weights, len(self.counts))
        gone_by_count = np.bincount(self.count_of, weights * p_gone, len(self.counts))
        total, log_alpha = by_count.sum(), np.log(alpha)
        value = weights @ both + total * (r * log_alpha - gammaln(r))
        value += by_count @ (gammaln(shape) + betaln(a, b + self.stays) - betaln(a, b))
        now, last = alpha + self.nows, alpha + self.lasts
        d_r = total * (log_alpha - digamma(r)) + by_count @ digamma(shape) + weights @ more
        d_r -= weights @ (p_gone * np.log(last)[self.last_of] + p_silent * np.log(now)[self.now_of])
        d_alpha = total * r / alpha - weights @ (later / now[self.now_of])
        d_alpha -= (weights * p_gone) @ (shape[self.count_of] / last[self.last_of])
        lost = digamma(a + b) - digamma(a + b + self.stays)
        d_a = by_count @ lost + gone_by_count.sum() / a
        last_stay = np.where(self.can_go, b + self.stays - 1, 1.0)
        d_b = by_count @ (lost + digamma(b + self.stays) - digamma(b)) - gone_by_count @ (1 / last_stay)
        return value, np.array([d_r * r, d_alpha * alpha, d_a * a, d_b * b])
