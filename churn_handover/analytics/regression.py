"""Logistic regression on scale-free inputs, with a prior learned from other companies.

The terms are ratios to the account's own rhythm, so the same coefficients serve a grocer and a
machine builder, and a change of currency changes nothing. A company without enough history uses the
shipped coefficients as they are; one with history finds the most probable coefficients given a
Gaussian centred at the shipped ones (maximum a posteriori).

``prior.json`` holds the shipped coefficients and names the data and the day they come from;
``benchmarks/train_prior.py`` makes it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from scipy.special import expit

from . import rhythm

# name of each term and the theme under which a reason tells it
TERMS = {
    "silence": "silence",  # log(recency / own mean gap, shrunk to the company's)
    "silence_squared": "silence",
    "silence_to_longest": "silence",  # log(recency / longest gap, half a company gap added)
    "silence_to_median": "silence",  # log(recency / median gap, shrunk likewise)
    "horizon": "rhythm",  # log(horizon / own mean gap)
    "irregularity": "rhythm",  # standard deviation / mean of the gaps, at most 3; 1 if unknown
    "buying_days": "volume",  # log
    "tenure": "volume",  # log(tenure / own mean gap)
    "rate": "volume",  # log(orders to expect in the horizon at the rate of the last year)
    "trend_90": "trend_90",  # log(buying days in 90 days / in the 90 before), halves added
    "trend_180": "trend_180",
    "money_trend": "money",  # log(revenue of 180 days / of the 185 before), in usual orders
    "single": "single",  # 1 with one buying day only
    "credit_notes": "credit",  # log(1 + credit notes in 365 days)
}
THEMES = tuple(dict.fromkeys(TERMS.values()))
CLIP = 4.0  # standardised terms are cut here, so one odd account cannot pull the fit
_SPREAD_FLOOR, _SPREAD_CEILING = 0.1, 1.0


@dataclass(frozen=True)
class Prior:
    """Coefficients to start from. ``coef`` and ``spread`` have the intercept first.

    ``centre`` and ``scale`` standardise the terms; ``spread`` is the standard deviation of a
    coefficient between companies; ``about`` tells where they come from.
    """

    centre: np.ndarray
    scale: np.ndarray
    coef: np.ndarray
    spread: np.ndarray
    terms: tuple = tuple(TERMS)
    about: dict = field(default_factory=dict)

    def __post_init__(self):
        if tuple(self.terms) != tuple(TERMS):
            raise ValueError("the prior was made for other terms: run the training script again")

    def to_dict(self):
        """The prior as a JSON-able mapping."""
        return {key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, values):
        """The prior that ``to_dict`` wrote."""
        arrays = {key: np.array(values[key], dtype=float) for key in ("centre", "scale", "coef", "spread")}
        return cls(**arrays, terms=tuple(values["terms"]), about=values.get("about", {}))


@cache
def shipped_prior():
    """The ``Prior`` that comes with the addon."""
    text = Path(__file__).with_name("prior.json").read_text(encoding="utf-8")
    return Prior.from_dict(json.loads(text))


def raw_terms(inputs, usual):
    """The terms of each account as an array (accounts, terms), in the order of ``TERMS``.

    ``usual`` is the company's ``rhythm.Usual``.
    """
    gap = rhythm.shrunk_gap(inputs, usual)
    recency, tenure = inputs.recency, inputs.tenure
    silence = np.log(recency / gap)
    order = inputs.revenue_total / inputs.buying_days
    before = np.maximum(inputs.revenue_365 - inputs.revenue_180, 0.0)
    terms = {
        "silence": silence,
        "silence_squared": silence**2,
        "silence_to_longest": np.log(rhythm.silence_to_longest(inputs, usual) + 0.05),
        "silence_to_median": np.log(recency / rhythm.shrunk_median(inputs, usual) + 0.05),
        "horizon": np.log(inputs.horizon / gap),
        "irregularity": np.nan_to_num(np.minimum(rhythm.irregularity(inputs), 3.0), nan=1.0),
        "buying_days": np.log(inputs.buying_days),
        "tenure": np.log(tenure / gap),
        "rate": np.log(inputs.days_365 * inputs.horizon / np.minimum(tenure, 365) + 0.1),
        "trend_90": np.log(rhythm.change(inputs.days_90, inputs.days_90_before)),
        "trend_180": np.log(rhythm.change(inputs.days_180, inputs.days_180_before)),
        "money_trend": np.log(rhythm.change(inputs.revenue_180 / order, before / order)),
        "single": (inputs.buying_days == 1).astype(float),
        "credit_notes": np.log1p(inputs.credit_notes_365),
    }
    return np.column_stack([terms[name] for name in TERMS])


def standardise(inputs, centre, scale, usual):
    """Standardised terms with a leading 1: array (accounts, 1 + terms)."""
    standard = (raw_terms(inputs, usual) - np.asarray(centre)) / np.asarray(scale)
    return np.column_stack([np.ones(len(standard)), np.clip(standard, -CLIP, CLIP)])


def log_odds(matrix, coef):
    """Log-odds of no order for the rows of ``standardise``."""
    return matrix @ np.asarray(coef)


def fit_map(matrix, churned, weights, prior):
    """The most probable coefficients given ``prior`` and rows of ``standardise`` with their outcome.

    ``churned`` is 1 for no order in the horizon. ``weights`` say how much a row counts: rows of
    overlapping windows are not independent evidence. Without rows: the prior's coefficients.
    """
    precision = 1.0 / np.clip(prior.spread, _SPREAD_FLOOR, _SPREAD_CEILING) ** 2
    return maximise(matrix, churned, weights, prior.coef, precision)


def maximise(matrix, churned, weights, centre, precision, rounds=50):
    """Newton's method on the weighted logistic log-likelihood with a Gaussian of ``precision``."""
    churned = np.asarray(churned, dtype=float)
    centre = np.asarray(centre, dtype=float)

    def loss(coef):
        z = matrix @ coef
        fit = weights @ (np.logaddexp(0.0, z) - churned * z)
        return fit + 0.5 * precision @ (coef - centre) ** 2

    coef, value = centre.copy(), loss(centre)
    for _ in range(rounds):
        p = expit(matrix @ coef)
        slope = matrix.T @ (weights * (p - churned)) + precision * (coef - centre)
        curve = (matrix * (weights * p * (1 - p))[:, None]).T @ matrix + np.diag(precision)
        step = np.linalg.solve(curve, slope)
        size = 1.0
        while loss(coef - size * step) > value and size > 1e-8:
            size /= 2
        coef = coef - size * step
        before, value = value, loss(coef)
        if before - value < 1e-10 * (1.0 + abs(value)):
            break
    return coef


def contributions(matrix, coef, reference):
    """What each theme adds to the log-odds, against an account with the ``reference`` terms.

    Array (accounts, ``THEMES``); with the log-odds of the reference the rows add up to the model's.
    """
    parts = (matrix[:, 1:] - np.asarray(reference)) * np.asarray(coef)[1:]
    member = np.array([[theme == other for other in THEMES] for theme in TERMS.values()], dtype=float)
    return parts @ member
