"""What similar customers buy and this one does not: suggestions with their evidence.

Customers are rows, product categories columns. For each category a customer did not buy in 12 months the chance that
it buys it in the next half-year is learned from the company's own last half-year (logistic regression on few, plain
inputs), so that "similar customers buy it" counts as much as it proved to be worth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

YEAR = 365
HALF = 182
TOP = 3
# A sentence about fewer customers than these is an anecdote.
LEAST_SUPPORT = 8
# Customers added that buy as everybody does: a pair of categories seen five times says little.
PRIOR = 10.0
# What a refusal of the same category at other customers takes off the odds, and an order adds: one counts half an
# observation of the training, since owners refuse for reasons of the customer as well.
ANSWER_WEIGHT = 0.5
ROWS = 20_000  # customers worked on at once
LEAST_TRAINING = 30  # new categories seen, below which similarity alone ranks


@dataclass(frozen=True)
class Suggestion:
    """``category`` for ``account``: of ``support`` customers who also buy ``because``, ``confidence`` buy it; of all,
    ``popularity``. ``chance``: of buying it in the next half-year. ``amount``: what its buyers spend on it in a year
    (median, scaled to this customer's size). ``lapsed``: bought before the last 12 months, not since."""

    account: int
    category: int
    because: int
    support: int
    confidence: float
    popularity: float
    chance: float
    amount: float
    lapsed: bool

    @property
    def lift(self):
        """How much more often buyers of ``because`` buy it than all customers do."""
        return self.confidence / self.popularity if self.popularity else 0.0

    @property
    def expected(self):
        """Chance × amount: the order of work."""
        return self.chance * self.amount


class Baskets:
    """Who bought which category, when, for how much: flat arrays of one length, in any order."""

    def __init__(self, account, category, day, amount):
        positive = np.asarray(amount, dtype=float) > 0
        account = np.asarray(account, dtype=np.int64)[positive]
        category = np.asarray(category, dtype=np.int64)[positive]
        self.accounts, self.account = np.unique(account, return_inverse=True)
        self.categories, self.category = np.unique(category, return_inverse=True)
        self.day = np.asarray(day, dtype=np.int64)[positive]
        self.amount = np.asarray(amount, dtype=float)[positive]

    def spent(self, start, end):
        """Money per customer and category in ``start <= day < end``, as a sparse matrix."""
        seen = (self.day >= start) & (self.day < end)
        shape = (len(self.accounts), len(self.categories))
        return sparse.csr_matrix((self.amount[seen], (self.account[seen], self.category[seen])), shape=shape)


def breadth(baskets, t0):
    """Per customer: categories bought in 12 months, in the 12 before, and the median of all that bought."""
    now = np.diff(baskets.spent(t0 - YEAR, t0).indptr)
    before = np.diff(baskets.spent(t0 - 2 * YEAR, t0 - YEAR).indptr)
    usual = float(np.median(now[now > 0])) if (now > 0).any() else 0.0
    return now, before, usual


def suggest(baskets, t0, top=TOP, answers=None, ranked_by="chance"):
    """The ``top`` :class:`Suggestion` of every customer that bought in the last 12 months, best first.

    :param answers: ``{category: (ordered, refused)}`` of earlier suggestions
    :param ranked_by: "chance", or "expected" money, which hits less often and is for the order of work
    """
    now = _View(baskets, t0)
    model = _learned(baskets, t0)
    shift = np.zeros(len(baskets.categories))
    for category, (ordered, refused) in (answers or {}).items():
        place = np.searchsorted(baskets.categories, category)
        if place < len(shift) and baskets.categories[place] == category:
            shift[place] = np.log((PRIOR + ANSWER_WEIGHT * ordered) / (PRIOR + ANSWER_WEIGHT * refused))
    found = []
    active = np.flatnonzero(now.breadth)
    for start in range(0, len(active), ROWS):
        found += _of_rows(baskets, now, model, shift, active[start : start + ROWS], top, ranked_by)
    return found


def popular(baskets, t0, top=TOP):
    """The baseline: for each active customer the most bought categories that it lacks, as ``{account: [category]}``."""
    now = _View(baskets, t0)
    order = np.argsort(-now.popularity, kind="stable")
    found = {}
    for row in np.flatnonzero(now.breadth):
        mine = set(now.bought.indices[now.bought.indptr[row] : now.bought.indptr[row + 1]].tolist())
        lacking = [place for place in order.tolist() if place not in mine][:top]
        found[int(baskets.accounts[row])] = baskets.categories[lacking].tolist()
    return found


class _View:
    """What is known on a day: who bought what in 12 months, and how categories go together."""

    def __init__(self, baskets, t0):
        self.spent = baskets.spent(t0 - YEAR, t0)
        self.bought = (self.spent > 0).astype(np.float32).tocsr()
        self.lapsed = (baskets.spent(0, t0 - YEAR) > 0).astype(np.float32).tocsr()
        recent = (baskets.spent(t0 - HALF, t0) > 0).astype(np.float32)
        self.breadth = np.diff(self.bought.indptr)
        active = max(int((self.breadth > 0).sum()), 1)
        self.buyers = np.asarray(self.bought.sum(axis=0)).ravel()
        self.popularity = self.buyers / active
        self.recent = (np.asarray(recent.sum(axis=0)).ravel() + 1) / (active + 2)
        together = np.asarray((self.bought.T @ self.bought).todense(), dtype=float)
        self.together = together
        # confidence[a, b]: share of the buyers of a who buy b, drawn to everybody's
        self.confidence = (together + PRIOR * self.popularity[None, :]) / (self.buyers[:, None] + PRIOR)
        earlier = (baskets.spent(t0 - HALF - YEAR, t0 - HALF) > 0).astype(np.float32)
        fresh = np.asarray((recent > earlier).sum(axis=0)).ravel()
        self.adopted = (fresh + 1) / (active - np.asarray(earlier.sum(axis=0)).ravel().clip(0, active - 1) + 2)
        self.rarity = np.log((active + 1) / (self.buyers + 1)) + 0.1

    def inputs(self, rows):
        """Inputs of the chance per customer and category: an array (rows, categories, inputs)."""
        bought = self.bought[rows]
        weight = np.maximum(np.asarray(bought @ self.rarity).ravel(), 1e-9)[:, None]
        mean = (bought @ (self.rarity[:, None] * self.confidence)) / weight
        lapsed = np.asarray(self.lapsed[rows].todense())
        size = np.log1p(self.breadth[rows])[:, None]
        ones = np.ones_like(mean)
        columns = [_log_odds(share)[None, :] * ones for share in (self.recent, self.popularity, self.adopted)]
        return np.stack([_log_odds(mean), *columns, lapsed, size * ones], 2)


def _log_odds(share):
    share = np.clip(share, 1e-4, 1 - 1e-4)
    return np.log(share / (1 - share))


def _learned(baskets, t0):
    """The regression of the last half-year: what was bought anew by what was known before; None with too little."""
    before = _View(baskets, t0 - HALF)
    rows = np.flatnonzero(before.breadth)
    if len(rows) > ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, ROWS, replace=False))
    if not len(rows):
        return None
    lacking = np.asarray(before.bought[rows].todense()) == 0
    new = np.asarray(baskets.spent(t0 - HALF, t0)[rows].todense()) > 0
    target = new[lacking]
    if min(target.sum(), len(target) - target.sum()) < LEAST_TRAINING:
        return None
    return LogisticRegression(C=1.0, max_iter=200).fit(before.inputs(rows)[lacking], target)


def _of_rows(baskets, now, model, shift, rows, top, ranked_by):
    inputs = now.inputs(rows)
    odds = inputs[:, :, 0] if model is None else inputs @ model.coef_[0] + model.intercept_[0]
    chance = 1 / (1 + np.exp(-(odds + shift[None, :])))
    amount = _amounts(now, rows)
    score = chance * amount if ranked_by == "expected" else chance.copy()
    bought = np.asarray(now.bought[rows].todense()) > 0
    score[bought] = -1.0
    score[:, now.buyers < LEAST_SUPPORT] = -1.0
    best = np.argsort(-score, axis=1, kind="stable")[:, :top]
    found = []
    for place, row in enumerate(rows.tolist()):
        mine = now.bought.indices[now.bought.indptr[row] : now.bought.indptr[row + 1]]
        for category in best[place].tolist():
            if score[place, category] > 0:
                found.append(_one(baskets, now, row, category, mine, chance[place, category], amount[place, category]))
    return found


def _one(baskets, now, row, category, mine, chance, amount):
    """The suggestion with its best evidence: the category bought whose buyers buy this one most often."""
    enough = mine[now.buyers[mine] >= LEAST_SUPPORT]
    because = int(enough[np.argmax(now.confidence[enough, category])]) if len(enough) else int(mine[0])
    return Suggestion(
        account=int(baskets.accounts[row]),
        category=int(baskets.categories[category]),
        because=int(baskets.categories[because]),
        support=int(now.buyers[because]),
        confidence=float(now.together[because, category] / max(now.buyers[because], 1)),
        popularity=float(now.popularity[category]),
        chance=float(chance),
        amount=float(amount),
        lapsed=bool(now.lapsed[row, category]),
    )


def _amounts(now, rows):
    """Money of a year per category: its buyers' median, times this customer's size against them, within limits."""
    spent = now.spent.tocsc()
    medians = np.array(
        [
            np.median(spent.data[start:end]) if end > start else 0.0
            for start, end in zip(spent.indptr[:-1], spent.indptr[1:], strict=True)
        ]
    )
    total = np.asarray(now.spent.sum(axis=1)).ravel()
    each = total / np.maximum(now.breadth, 1)
    usual = np.median(each[now.breadth > 0]) if (now.breadth > 0).any() else 1.0
    return medians[None, :] * np.clip(each[rows] / max(usual, 1e-9), 0.25, 4.0)[:, None]
