"""What an event adds to the churn probability: learned from past windows, with its interval.

The probability that was foretold without knowing of the event is the starting point of every account; one
number says how much more (or less) those with the event left than foretold, another how far the forecast was
off for all. So a customer who was leaving anyway is not counted as the event's doing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

LEAST_ACCOUNTS = 30  # with the event
LEAST_OF_EACH = 5  # who left, and who stayed, among them
# Standard deviation of an effect before any data, in log-odds: odds rarely more than triple.
PRIOR_SPREAD = 1.0
QUANTILE = 1.96  # of the normal distribution, for 95 %


@dataclass(frozen=True)
class Effect:
    """``accounts`` had the event; the rest are probabilities: as foretold, as observed, and the shift by the event
    with its 95 % interval (positive: more left)."""

    accounts: int
    foretold: float
    observed: float
    shift: float
    low: float
    high: float


def learn(log_odds, churned, flagged):
    """The ``Effect`` of having the event, or None when too few accounts had it to tell.

    :param log_odds: of no order, as foretold, one per account and window
    :param churned: 1 for no order
    :param flagged: true where the event was known on the day of the forecast
    """
    log_odds, churned = np.asarray(log_odds, dtype=float), np.asarray(churned, dtype=float)
    flagged = np.asarray(flagged, dtype=bool)
    left = churned[flagged].sum()
    if flagged.sum() < LEAST_ACCOUNTS or min(left, flagged.sum() - left) < LEAST_OF_EACH:
        return None
    base, effect, spread = _fit(log_odds, churned, flagged.astype(float))
    offset = log_odds[flagged] + base

    def shift(size):
        return float((expit(offset + size) - expit(offset)).mean())

    return Effect(
        accounts=int(flagged.sum()),
        foretold=float(expit(offset).mean()),
        observed=float(churned[flagged].mean()),
        shift=shift(effect),
        low=shift(effect - QUANTILE * spread),
        high=shift(effect + QUANTILE * spread),
    )


def _fit(offset, churned, flag, rounds=50):
    """Newton's method for the level and the effect; the effect's standard deviation from the curvature."""
    matrix = np.column_stack([np.ones_like(flag), flag])
    precision = np.array([1e-6, PRIOR_SPREAD**-2])
    coef = np.zeros(2)
    for _ in range(rounds):
        p = expit(offset + matrix @ coef)
        slope = matrix.T @ (p - churned) + precision * coef
        curve = (matrix * (p * (1 - p))[:, None]).T @ matrix + np.diag(precision)
        step = np.clip(np.linalg.solve(curve, slope), -2.0, 2.0)  # a full step may overshoot where p is near 0 or 1
        coef -= step
        if np.abs(step).max() < 1e-10:
            break
    return float(coef[0]), float(coef[1]), float(np.sqrt(np.linalg.inv(curve)[1, 1]))
