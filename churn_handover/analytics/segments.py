"""Groups of customers that are likely to leave, in words: a shallow tree on what marks those who left.

The tree learns from who placed no order in the last horizon, by what was known before it; its leaves are then read as
rules and applied to what is known today. Every threshold is one of a few round numbers per feature, and the former
rules stay unless new ones tell leavers apart clearly better: so a segment is the same one next month when the data
moved a little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.tree import DecisionTreeClassifier

MOST_SEGMENTS = 6
DEPTH = 3
# A leaf of fewer customers is no group one makes a plan for; its churn rate would be known to ±18 points at best.
LEAST_CUSTOMERS = 30
LEAST_SHARE = 0.05
LEAST_LEAVERS = 10
# How much better (share of the deviance) new rules must be to replace those that people know.
BETTER = 0.10
# Two sets of customers are the same segment from this share of common members on (Jaccard).
SAME = 0.5
Z = 1.959964

# Where a rule may cut, in numbers a person would say. Silence and shares in units, days in days.
CUTS = {
    "silence": (0.5, 1, 1.5, 2, 3, 4, 6),  # days since the last order ÷ own usual gap
    "usual_gap": (7, 14, 30, 60, 90, 180, 365),
    "tenure": (90, 180, 365, 730, 1095, 1825),
    "orders": (1, 2, 3, 5, 10, 20, 50),  # buying days of 12 months
    "trend": (0.25, 0.5, 0.75, 1, 1.5, 2),  # buying days of the last half-year ÷ the one before
    "revenue_rank": (0.2, 0.4, 0.6, 0.8),  # place among all customers by revenue of 12 months, 1 = highest
    "irregularity": (0.25, 0.5, 1, 1.5),  # standard deviation of gaps ÷ their mean
    "credit_notes": (0, 1, 2, 5),  # of 12 months
    "breadth": (1, 2, 3, 5, 8),  # product categories of 12 months
    "owner_days": (90, 180, 365, 730),  # since the present owner took over
}


@dataclass(frozen=True)
class Condition:
    """``low < value <= high`` of one feature; an open end is None. Unknown values count as the lowest."""

    feature: str
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Segment:
    """A rule (all conditions hold) and what it meant in the past: customers, leavers, churn rate with 95 % interval.

    ``before``: position of the former segment it continues, or None.
    """

    rule: tuple
    customers: int
    leavers: int
    rate: float
    low: float
    high: float
    before: int | None = None


def features(inputs):
    """What rules are made of, from the inputs of the churn score; further columns may be added by the caller."""
    gap = np.where(np.isnan(inputs.gap_median), np.nanmedian(np.append(inputs.gap_median, 90.0)), inputs.gap_median)
    order = inputs.revenue_365.argsort(kind="stable").argsort(kind="stable")
    gaps = np.maximum(inputs.buying_days - 1, 1)
    mean = (inputs.last_day - inputs.first_day) / gaps
    deviation = np.sqrt(np.maximum(inputs.gap_square_sum / gaps - mean**2, 0.0))
    return {
        "silence": inputs.recency / np.maximum(gap, 1.0),
        "usual_gap": np.nan_to_num(inputs.gap_median, nan=-1.0),
        "tenure": inputs.tenure.astype(float),
        "orders": inputs.days_365,
        "trend": (inputs.days_180 + 0.5) / (inputs.days_180_before + 0.5),
        "revenue_rank": (order + 1) / max(len(inputs), 1),
        "irregularity": np.where(inputs.buying_days > 2, deviation / np.maximum(mean, 1.0), -1.0),
        "credit_notes": inputs.credit_notes_365,
    }


def learn(columns, left, former=()):
    """Segments from the past, the riskiest first; fewer than two when nothing tells leavers apart.

    :param columns: ``{feature: values}`` as known before the horizon; names are keys of ``CUTS``
    :param left: true for who placed no order in it
    :param former: rules of the present segments; they are kept unless new ones are clearly better
    """
    left = np.asarray(left, dtype=bool)
    rules = _grow(columns, left)
    former = [rule for rule in former if all(condition.feature in columns for condition in rule)]
    # "all customers" is no group that people know: the first that can be told apart take its place at once
    if len(former) > 1 and _is_partition(former, columns):
        old, new = _deviance(former, columns, left), _deviance(rules, columns, left)
        if new > old * (1 - BETTER):
            rules = list(former)
    found = [_judged(rule, members(rule, columns), left) for rule in rules]
    found = match(found, former, columns)
    return sorted(found, key=lambda segment: -segment.rate)


def members(rule, columns):
    """Boolean per customer: to whom the rule applies."""
    size = len(next(iter(columns.values())))
    inside = np.ones(size, dtype=bool)
    for condition in rule:
        values = np.nan_to_num(np.asarray(columns[condition.feature], dtype=float), nan=-np.inf)
        if condition.low is not None:
            inside &= values > condition.low
        if condition.high is not None:
            inside &= values <= condition.high
    return inside


def match(found, former, columns):
    """The segments, each with the position of the former one it continues: the best pairing by common members."""
    if not former or not found:
        return found
    old = np.array([members(rule, columns) for rule in former], dtype=float)
    new = np.array([members(segment.rule, columns) for segment in found], dtype=float)
    common = new @ old.T
    union = new.sum(axis=1)[:, None] + old.sum(axis=1)[None, :] - common
    overlap = common / np.maximum(union, 1)
    rows, places = linear_sum_assignment(-overlap)
    same = {row: place for row, place in zip(rows, places, strict=True) if overlap[row, place] >= SAME}
    return [
        Segment(**{**vars(segment), "before": None if number not in same else int(same[number])})
        for number, segment in enumerate(found)
    ]


def differences(columns, inside):
    """What sets a group apart: ``[(feature, mean inside, mean outside, standardised difference)]``, largest first."""
    found = []
    for name, values in columns.items():
        values = np.nan_to_num(np.asarray(values, dtype=float), nan=0.0)
        if not inside.any() or inside.all():
            continue
        spread = np.sqrt((values[inside].var() + values[~inside].var()) / 2)
        mine, others = values[inside].mean(), values[~inside].mean()
        found.append((name, float(mine), float(others), float((mine - others) / spread) if spread > 0 else 0.0))
    return sorted(found, key=lambda row: -abs(row[3]))


def interval(count, total):
    """Wilson's 95 % interval of a share (Journal of the American Statistical Association 1927)."""
    if not total:
        return 0.0, 1.0
    share = count / total
    middle = (share + Z**2 / (2 * total)) / (1 + Z**2 / total)
    reach = Z / (1 + Z**2 / total) * np.sqrt(share * (1 - share) / total + (Z / (2 * total)) ** 2)
    return float(max(middle - reach, 0.0)), float(min(middle + reach, 1.0))


def lift(segments, columns, left):
    """Churn rate of the riskiest quarter of customers, as segments rank them, over that of all."""
    left = np.asarray(left, dtype=float)
    risk = np.zeros(len(left))
    for segment in segments:
        risk[members(segment.rule, columns)] = segment.rate
    quarter = len(left) // 4
    if not quarter or not left.any():
        return 1.0
    # customers of a segment that the quarter cuts through count with its mean
    worst, taken, rate = np.unique(-risk), 0, 0.0
    for level in worst:
        mine = -risk == level
        number = min(int(mine.sum()), quarter - taken)
        rate += number * left[mine].mean()
        taken += number
        if taken == quarter:
            break
    return float(rate / quarter / left.mean())


def _grow(columns, left):
    """Rules of the leaves of a tree on the cut features."""
    names = list(columns)
    size = len(left)
    binned = np.column_stack([_bins(name, columns[name]) for name in names]) if names else np.zeros((size, 0))
    least = max(LEAST_CUSTOMERS, int(LEAST_SHARE * size))
    if size < 2 * least or min(left.sum(), size - left.sum()) < LEAST_LEAVERS:
        return [()]
    tree = DecisionTreeClassifier(
        criterion="entropy",
        max_depth=DEPTH,
        max_leaf_nodes=MOST_SEGMENTS,
        min_samples_leaf=least,
        min_impurity_decrease=0.002,
        random_state=0,
    )
    tree.fit(binned, left)
    return _leaves(tree.tree_, names)


def _leaves(tree, names, node=0, bounds=None):
    bounds = bounds or {}
    if tree.children_left[node] < 0:
        return [tuple(Condition(name, low, high) for name, (low, high) in sorted(bounds.items()))]
    name = names[tree.feature[node]]
    cut = float(CUTS[name][int(np.floor(tree.threshold[node]))])
    low, high = bounds.get(name, (None, None))
    return [
        *_leaves(tree, names, tree.children_left[node], {**bounds, name: (low, cut)}),
        *_leaves(tree, names, tree.children_right[node], {**bounds, name: (cut, high)}),
    ]


def _bins(name, values):
    """In which bin a value is: number of cuts below it; a value on a cut belongs below it."""
    values = np.nan_to_num(np.asarray(values, dtype=float), nan=-np.inf)
    return np.searchsorted(CUTS[name], values, side="left")


def _judged(rule, inside, left):
    customers, leavers = int(inside.sum()), int(left[inside].sum())
    low, high = interval(leavers, customers)
    return Segment(rule, customers, leavers, leavers / customers if customers else 0.0, low, high)


def _is_partition(rules, columns):
    """Whether every customer is in exactly one of the rules, and no rule is of hardly anybody."""
    counts = np.sum([members(rule, columns) for rule in rules], axis=0)
    smallest = min(members(rule, columns).sum() for rule in rules)
    return bool((counts == 1).all()) and smallest >= LEAST_CUSTOMERS / 2


def _deviance(rules, columns, left):
    """Minus twice the log-likelihood of the leavers, each rule with its own rate; a rule costs two (Akaike)."""
    total = 2.0 * len(rules)
    for rule in rules:
        mine = left[members(rule, columns)]
        rate = (mine.sum() + 0.5) / (len(mine) + 1.0)
        total -= 2 * (mine.sum() * np.log(rate) + (len(mine) - mine.sum()) * np.log(1 - rate))
    return total
