"""What similar customers buy and this one does not: suggestions with their evidence.

Customers are rows, product categories columns. For each category a customer did not buy in 12 months the chance that
it buys it in the next half-year is learned from the company's own last half-year (logistic regression on few, plain
inputs), so that "similar customers buy it" counts as much as it proved to be worth. It is suggested only with
evidence: similar customers buy it clearly more often than all do, or this one bought it earlier.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .market import HALF, LEAST_SUPPORT, YEAR, View, learn

TOP = 3
ROWS = 20_000  # customers worked on at once
# First day of each span of time that anything here asks for, counted backwards from today (yesterday is 1). Amounts
# of a span may be added up under its first day without changing any result.
SPANS = (1, HALF + 1, 2 * HALF + 1, YEAR + 1, YEAR + HALF + 1, YEAR + 2 * HALF + 1, 2 * YEAR + 1)


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
    """Who bought which category, when, for how much: flat arrays of one length, in any order.

    :param categories: the columns, ascending; what is of another one is left out. None: all that occur.
    """

    def __init__(self, account, category, day, amount, categories=None):
        keep = np.asarray(amount, dtype=float) > 0
        if categories is not None:
            keep &= np.isin(category, categories)
        self.accounts, self.account = np.unique(np.asarray(account, dtype=np.int64)[keep], return_inverse=True)
        category = np.asarray(category, dtype=np.int64)[keep]
        self.categories = np.unique(category) if categories is None else np.asarray(categories, dtype=np.int64)
        self.category = np.searchsorted(self.categories, category)
        self.day = np.asarray(day, dtype=np.int64)[keep]
        self.amount = np.asarray(amount, dtype=float)[keep]

    def spent(self, start, end):
        """Money per customer and category in ``start <= day < end``, as a sparse matrix."""
        seen = (self.day >= start) & (self.day < end)
        shape = (len(self.accounts), len(self.categories))
        return sparse.csr_matrix((self.amount[seen], (self.account[seen], self.category[seen])), shape=shape)


def breadth(baskets, t0):
    """Per customer: categories bought in 12 months, and in the 12 before."""
    return np.diff(baskets.spent(t0 - YEAR, t0).indptr), np.diff(baskets.spent(t0 - 2 * YEAR, t0 - YEAR).indptr)


def suggest(baskets, t0, top=TOP, answers=None, ranked_by="chance", market=None):
    """The ``top`` :class:`Suggestion` of every customer that bought in the last 12 months, best first.

    :param answers: ``{category: (for, against)}`` of earlier suggestions
    :param ranked_by: "chance", or "expected" money, which hits less often and is for the order of work
    :param market: the :class:`Market`, when it was learned before from more customers than these
    """
    if not len(baskets.accounts):
        return []
    market = market or learn(baskets, t0, answers)
    view, strength, found = View(baskets, t0), market.strength(), []
    active = np.flatnonzero(view.breadth)
    for start in range(0, len(active), ROWS):
        found += _of_rows(baskets, view, market, strength, active[start : start + ROWS], top, ranked_by)
    return found


def popular(baskets, t0, top=TOP):
    """The baseline: for each active customer the most bought categories that it lacks, as ``{account: [category]}``."""
    view = View(baskets, t0)
    order = np.argsort(-np.asarray(view.bought.sum(axis=0)).ravel(), kind="stable")
    found = {}
    for row in np.flatnonzero(view.breadth):
        mine = set(_bought(view, row).tolist())
        lacking = [place for place in order.tolist() if place not in mine][:top]
        found[int(baskets.accounts[row])] = baskets.categories[lacking].tolist()
    return found


def _bought(view, row):
    return view.bought.indices[view.bought.indptr[row] : view.bought.indptr[row + 1]]


def _of_rows(baskets, view, market, strength, rows, top, ranked_by):
    chance = market.chance(view, rows)
    amount = market.amounts(view, rows)
    score = chance * amount if ranked_by == "expected" else chance.copy()
    # without a category whose buyers clearly buy this one, only what the customer itself bought earlier is evidence
    proved = np.stack([strength[_bought(view, row)].max(axis=0) > 0 for row in rows])
    score[~proved & (np.asarray(view.lapsed[rows].todense()) == 0)] = -1.0
    score[np.asarray(view.bought[rows].todense()) > 0] = -1.0
    score[:, market.buyers < LEAST_SUPPORT] = -1.0
    best = np.argsort(-score, axis=1, kind="stable")[:, :top]
    found = []
    for place, row in enumerate(rows.tolist()):
        mine = _bought(view, row)
        for category in best[place].tolist():
            if score[place, category] > 0:
                because = _because(market, strength, mine, category)
                found.append(
                    Suggestion(
                        account=int(baskets.accounts[row]),
                        category=int(market.categories[category]),
                        because=int(market.categories[because]),
                        support=int(market.buyers[because]),
                        confidence=float(market.together[because, category] / max(market.buyers[because], 1)),
                        popularity=float(market.popularity[category]),
                        chance=float(chance[place, category]),
                        amount=float(amount[place, category]),
                        lapsed=bool(view.lapsed[row, category]),
                    )
                )
    return found


def _because(market, strength, mine, category):
    """The best evidence: the category bought whose buyers most surely buy this one; else the one bought by most."""
    best = mine[np.argmax(strength[mine, category])]
    if strength[best, category] > 0:
        return int(best)
    return int(mine[np.argmax(market.buyers[mine])])
