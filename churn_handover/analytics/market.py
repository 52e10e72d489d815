"""What all customers together say about product categories: how many buy each, which go together, what is bought anew.

It is small whatever the number of customers, so that suggestions for ranges of customers can be made one range after
the other, each with the market that was learned once from all.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, fields

import numpy as np
from sklearn.linear_model import LogisticRegression

YEAR = 365
HALF = 182
# A sentence about fewer customers than these is an anecdote.
LEAST_SUPPORT = 8
# "71 % of similar customers, of all 69 %" is no evidence: similar customers must buy it clearly more often …
LEAST_LIFT = 1.1
# … and by more than chance: one-sided 95 % limit of Wilson.
SURE = 1.645
# Customers added that buy as everybody does: a pair of categories seen five times says little.
PRIOR = 10.0
# What a refusal of the same category at other customers takes off the odds, and an order adds: one counts half an
# observation of the training, since owners refuse for reasons of the customer as well.
ANSWER_WEIGHT = 0.5
SAMPLE = 20_000  # customers that the regression learns from
LEAST_TRAINING = 30  # new categories seen, below which similarity alone ranks
INPUTS = 6


@dataclass(frozen=True)
class Market:
    """Arrays by category, or by pairs of categories; ``weights`` is empty where there was too little to learn from.

    ``buyers``: customers of 12 months. ``popularity``, ``recent``, ``adopted``: share of all customers that buy it in
    12 months, in 6, and for the first time in 6. ``together[a, b]``: customers that buy both. ``medians``: what a
    buyer spends on it in a year; ``usual``: what the middle customer spends on one of its categories.
    """

    categories: np.ndarray
    buyers: np.ndarray
    popularity: np.ndarray
    recent: np.ndarray
    adopted: np.ndarray
    rarity: np.ndarray
    together: np.ndarray
    medians: np.ndarray
    usual: float
    weights: np.ndarray
    intercept: float
    shift: np.ndarray

    def to_bytes(self):
        stream = io.BytesIO()
        np.savez_compressed(stream, **{field.name: getattr(self, field.name) for field in fields(self)})
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, data):
        with np.load(io.BytesIO(data), allow_pickle=False) as table:
            found = {name: table[name] for name in table.files}
        return cls(**{**found, "usual": float(found["usual"]), "intercept": float(found["intercept"])})

    def confidence(self):
        """Share of the buyers of a who buy b, drawn to everybody's."""
        return (self.together + PRIOR * self.popularity[None, :]) / (self.buyers[:, None] + PRIOR)

    def strength(self):
        """How sure it is that buyers of a buy b: the lower limit of their share; -1 where that is no evidence."""
        number = np.maximum(self.buyers, 1.0)[:, None]
        share = self.together / number
        middle = (share + SURE**2 / (2 * number)) / (1 + SURE**2 / number)
        reach = SURE / (1 + SURE**2 / number) * np.sqrt(share * (1 - share) / number + (SURE / (2 * number)) ** 2)
        low = middle - reach
        sound = (self.buyers[:, None] >= LEAST_SUPPORT) & (low > self.popularity[None, :])
        return np.where(sound & (share >= LEAST_LIFT * self.popularity[None, :]), low, -1.0)

    def inputs(self, view, rows):
        """Inputs of the chance per customer and category: an array (rows, categories, inputs)."""
        bought = view.bought[rows]
        weight = np.maximum(np.asarray(bought @ self.rarity).ravel(), 1e-9)[:, None]
        mean = (bought @ (self.rarity[:, None] * self.confidence())) / weight
        lapsed = np.asarray(view.lapsed[rows].todense())
        size = np.log1p(view.breadth[rows])[:, None]
        ones = np.ones_like(mean)
        columns = [_log_odds(share)[None, :] * ones for share in (self.recent, self.popularity, self.adopted)]
        return np.stack([_log_odds(mean), *columns, lapsed, size * ones], 2)

    def chance(self, view, rows):
        """Probability of buying each category in the next half-year."""
        inputs = self.inputs(view, rows)
        odds = inputs @ self.weights + self.intercept if len(self.weights) else inputs[:, :, 0]
        return 1 / (1 + np.exp(-(odds + self.shift[None, :])))

    def amounts(self, view, rows):
        """Money of a year per category: its buyers' median, times this customer's size against them, within limits."""
        each = view.total[rows] / np.maximum(view.breadth[rows], 1)
        return self.medians[None, :] * np.clip(each / max(self.usual, 1e-9), 0.25, 4.0)[:, None]


class View:
    """What each customer bought in the 12 months before a day, and what before those."""

    def __init__(self, baskets, t0):
        self.spent = baskets.spent(t0 - YEAR, t0)
        self.bought = (self.spent > 0).astype(np.float32).tocsr()
        self.lapsed = (baskets.spent(0, t0 - YEAR) > 0).astype(np.float32).tocsr()
        self.breadth = np.diff(self.bought.indptr)
        self.total = np.asarray(self.spent.sum(axis=1)).ravel()


def learn(baskets, t0, answers=None):
    """The :class:`Market` on a day, with the chances learned from the half-year before it.

    :param answers: ``{category: (for, against)}`` of earlier suggestions
    """
    weights, intercept = _learned(baskets, t0)
    shift = np.zeros(len(baskets.categories))
    for category, (ordered, refused) in (answers or {}).items():
        place = np.searchsorted(baskets.categories, category)
        if place < len(shift) and baskets.categories[place] == category:
            shift[place] = np.log((PRIOR + ANSWER_WEIGHT * ordered) / (PRIOR + ANSWER_WEIGHT * refused))
    return _crowd(baskets, View(baskets, t0), t0, weights, intercept, shift)


def _crowd(baskets, view, t0, weights=(), intercept=0.0, shift=()):
    active = max(int((view.breadth > 0).sum()), 1)
    buyers = np.asarray(view.bought.sum(axis=0), dtype=float).ravel()
    recent = (baskets.spent(t0 - HALF, t0) > 0).astype(np.float32)
    earlier = (baskets.spent(t0 - HALF - YEAR, t0 - HALF) > 0).astype(np.float32)
    fresh = np.asarray((recent > earlier).sum(axis=0)).ravel()
    each = view.total / np.maximum(view.breadth, 1)
    return Market(
        categories=baskets.categories,
        buyers=buyers,
        popularity=buyers / active,
        recent=(np.asarray(recent.sum(axis=0)).ravel() + 1) / (active + 2),
        adopted=(fresh + 1) / (active - np.asarray(earlier.sum(axis=0)).ravel().clip(0, active - 1) + 2),
        rarity=np.log((active + 1) / (buyers + 1)) + 0.1,
        together=np.asarray((view.bought.T @ view.bought).todense(), dtype=float),
        medians=_medians(view.spent.tocsc()),
        usual=float(np.median(each[view.breadth > 0])) if (view.breadth > 0).any() else 1.0,
        weights=np.asarray(weights, dtype=float),
        intercept=float(intercept),
        shift=np.asarray(shift, dtype=float),
    )


def _medians(spent):
    return np.array(
        [
            np.median(spent.data[start:end]) if end > start else 0.0
            for start, end in zip(spent.indptr[:-1], spent.indptr[1:], strict=True)
        ]
    )


def _learned(baskets, t0):
    """The regression of the last half-year: what was bought anew by what was known before; empty with too little."""
    view = View(baskets, t0 - HALF)
    rows = np.flatnonzero(view.breadth)
    if not len(rows):
        return (), 0.0
    before = _crowd(baskets, view, t0 - HALF)
    if len(rows) > SAMPLE:
        rows = np.sort(np.random.default_rng(0).choice(rows, SAMPLE, replace=False))
    lacking = np.asarray(view.bought[rows].todense()) == 0
    new = np.asarray(baskets.spent(t0 - HALF, t0)[rows].todense()) > 0
    target = new[lacking]
    if min(target.sum(), len(target) - target.sum()) < LEAST_TRAINING:
        return (), 0.0
    model = LogisticRegression(C=1.0, max_iter=200).fit(before.inputs(view, rows)[lacking], target)
    return model.coef_[0], float(model.intercept_[0])


def _log_odds(share):
    share = np.clip(share, 1e-4, 1 - 1e-4)
    return np.log(share / (1 - share))
