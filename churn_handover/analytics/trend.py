"""Falling demand: accounts that buy less and less, told from those that had a bad month.

Each account's quarters are divided by what the other accounts of its segment bought in the same quarters. That takes
the season out and a slump of the whole market, which no salesperson is to blame for. On the rest the Mann–Kendall
test asks whether later quarters are lower than earlier ones more often than chance would have it. Quarters do not
overlap: on rolling 12-month sums, which share eleven months, any such test finds trends in noise. The rolling sums
say how much demand fell: this year's against last year's, in revenue and in orders.

A case needs all of it: a trend that chance brings to one account in a hundred, a quarter less than last year (against
the segment and by itself), orders that are not rising, a customer who still buys, and a loss that is worth a talk.
Together that is rarer than one in a hundred: how rare is measured on histories whose quarters are in random order,
:func:`shuffled`, by ``benchmarks/trend.py``.

By itself: nobody is asked to give an account away that bought 15 % less while others bought more. Worth a talk: a case
takes two people some days of talks, a plan and visits; where the company names no amount, a tenth of what an average
account brings in a year must be lost. Both are judgement, found by looking at the cases of AdventureWorks one by one
(``tests/analytics/test_trend_adventureworks.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

MONTHS = 3  # of a quarter
YEAR = 4  # quarters
LEAST_QUARTERS = 8  # two years: this one and the one it is compared with
LEAST_BUYING = 5  # quarters with orders; who buys more rarely has no trend to speak of
LEAST_SEGMENT = 20  # accounts; smaller segments are compared with the whole company
LEAST_DROP = 0.25  # of the year's demand: a certain but small decline is nobody's case
CHANCE = 0.01
LEAST_LOSS = 0.1  # of an average account's yearly revenue


@dataclass(frozen=True)
class Trends:
    """One entry per account.

    ``falling``: whether it is a case. ``p``: chance of such a decline where nothing happens, 1 where too little is
    known. ``revenue_change``, ``orders_change``: this year's demand over last year's, less 1, against the segment.
    ``loss``: money that last year brought and this year did not.
    """

    falling: np.ndarray
    p: np.ndarray
    revenue_change: np.ndarray
    orders_change: np.ndarray
    loss: np.ndarray

    def __len__(self):
        return len(self.p)


def falling_demand(revenue, orders, segment=None, least_loss=None):
    """Test every account.

    :param revenue: accounts × months, oldest month first, money
    :param orders: accounts × months, number of orders
    :param segment: a number per account of whom it is compared with; None: all with all
    :param least_loss: money a year from which a loss is worth a case; None: see :func:`usual_least_loss`
    """
    revenue, orders = quarters(revenue), quarters(orders)
    count = len(revenue)
    segment = np.zeros(count, dtype=int) if segment is None else np.asarray(segment)
    if not count or revenue.shape[1] < LEAST_QUARTERS:
        return Trends(np.zeros(count, dtype=bool), np.ones(count), *np.zeros((3, count)))
    relative = against_segment(revenue, segment)
    relative_orders = against_segment(orders, segment)
    p = p_falling(relative)
    revenue_change, orders_change = change(relative), change(relative_orders)
    p = np.where((orders > 0).sum(axis=1) >= LEAST_BUYING, p, 1.0)
    buys = orders[:, -YEAR:].sum(axis=1) > 0  # who has stopped is lost, not falling
    this_year, last_year = _years(revenue)
    loss = np.maximum(last_year - this_year, 0.0)
    least = usual_least_loss(last_year) if least_loss is None else least_loss
    worth_it = (loss >= LEAST_DROP * last_year) & (loss >= least) & (loss > 0)
    falling = (p <= CHANCE) & (revenue_change <= -LEAST_DROP) & (orders_change <= 0) & buys & worth_it
    return Trends(falling, p, revenue_change, orders_change, loss)


def usual_least_loss(yearly):
    """Money a year from which a loss is worth a case, by what the accounts that bought brought in that year."""
    buying = yearly[yearly > 0]
    return LEAST_LOSS * buying.mean() if len(buying) else 0.0


def quarters(months):
    """Sums of three months, counted back from the last one; months that fill no quarter are left out."""
    months = np.maximum(np.asarray(months, dtype=float), 0.0)
    first = months.shape[1] % MONTHS
    return months[:, first:].reshape(len(months), months.shape[1] // MONTHS, MONTHS).sum(axis=2)


def against_segment(values, segment):
    """Each account's quarters over what the others of its segment bought then, itself left out.

    The mean of the others is 1, so that the numbers keep their size. A quarter in which the others bought nothing
    says nothing: the account's own value stays.
    """
    _names, index, sizes = np.unique(segment, return_inverse=True, return_counts=True)
    totals = np.zeros((len(sizes), values.shape[1]))
    np.add.at(totals, index, values)
    of_all = values.sum(axis=0)
    large = (sizes >= LEAST_SEGMENT)[index, None]
    others = np.where(large, totals[index], of_all[None, :]) - values
    mean = others.mean(axis=1, keepdims=True)
    usual = others > 0.05 * mean
    return np.where(usual, values / np.where(usual, others, 1.0) * mean, values)


def p_falling(values):
    """One-sided p of the Mann–Kendall test, normal approximation with ties and continuity (Kendall 1975)."""
    count = values.shape[1]
    first, later = np.triu_indices(count, 1)
    differences = np.sign(np.round(values[:, later] - values[:, first], 9))
    score = differences.sum(axis=1)
    variance = np.full(len(values), count * (count - 1) * (2 * count + 5) / 18)
    variance -= _tied(values)
    variance = np.maximum(variance, 1e-9)
    return ndtr((score + 1) / np.sqrt(variance))


def _tied(values):
    """What equal values take from the variance: t(t−1)(2t+5)/18 for each group of t."""
    rounded = np.round(values, 9)
    equal = (rounded[:, :, None] == rounded[:, None, :]).sum(axis=2)  # size of the group, once per member
    return ((equal - 1) * (2 * equal + 5) / 18).sum(axis=1)


def change(values):
    """This year's sum over last year's, less 1; 0 where last year had nothing."""
    now, before = _years(values)
    return np.where(before > 0, now / np.where(before > 0, before, 1.0) - 1, 0.0)


def _years(values):
    return values[:, -YEAR:].sum(axis=1), values[:, -2 * YEAR : -YEAR].sum(axis=1)


def shuffled(months, random):
    """The same histories with their quarters in random order, each account's in its own: nothing is left to find."""
    whole = np.asarray(months)
    first = whole.shape[1] % MONTHS
    parts = whole[:, first:].reshape(len(whole), -1, MONTHS)
    order = random.permuted(np.tile(np.arange(parts.shape[1]), (len(whole), 1)), axis=1)
    return np.take_along_axis(parts, order[:, :, None], axis=1).reshape(len(whole), -1)
