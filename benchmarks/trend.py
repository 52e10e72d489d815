"""Falling demand: false alarms on shuffled histories, what is found on real ones, and how much of a known decline.

Real data is the AdventureWorks resellers (1,000 shufflings). The known decline is in made-up companies of 632
accounts with 4 orders a month, of which every tenth fades to 30 or 10 % within three years.
"""

import csv
from collections import defaultdict
from typing import NamedTuple

import numpy as np

from analytics.trend import falling_demand, shuffled
from dev.bench import Figure

SHUFFLES, COMPANIES = 1000, 20


def run(context):
    company = adventureworks(context.require_data("adventureworks", "order_lines.csv").parent)
    revenue, orders, segment = company.revenue, company.orders, company.segment
    with context.timed("test"):
        found = falling_demand(revenue, orders, segment)
    random = np.random.default_rng(1)
    alarms = np.array([_alarms(revenue, orders, segment, random) for _number in range(SHUFFLES)])
    hits, false = _power(random, 0.3)
    clear_hits, _false = _power(random, 0.1)
    return [
        Figure("AdventureWorks: accounts tested", int((found.p < 1).sum()), "accounts"),
        Figure("AdventureWorks: cases of falling demand", int(found.falling.sum()), "accounts"),
        Figure("false alarms on shuffled histories", 100 * alarms.mean() / len(found), "% of accounts", 1),
        Figure("false alarms per shuffled company", alarms.mean(), "accounts"),
        Figure("known decline to 30 % within three years: found", 100 * hits, "%"),
        Figure("known decline to 10 % within three years: found", 100 * clear_hits, "%"),
        Figure("steady accounts beside it: taken for falling", 100 * false, "%", 1),
        Figure("one test of all accounts", context.seconds["test"], "s", 5),
    ]


def _alarms(revenue, orders, segment, random):
    state = random.bit_generator.state
    mixed = shuffled(revenue, random)
    random.bit_generator.state = state  # orders go with their revenue
    return falling_demand(mixed, shuffled(orders, random), segment).falling.sum()


def _power(random, last):
    hits, false = [], []
    season = 1 + 0.5 * np.sin(np.arange(36) * 2 * np.pi / 12)
    for _company in range(COMPANIES):
        rate = random.gamma(4, 1, (632, 1)) * season
        rate[:63] *= np.linspace(1, last, 36)
        orders = random.poisson(rate)
        falling = falling_demand(orders * random.lognormal(7, 0.5, orders.shape), orders).falling
        hits.append(falling[:63].mean())
        false.append(falling[63:].mean())
    return np.mean(hits), np.mean(false)


class Resellers(NamedTuple):
    """The AdventureWorks resellers as the detector sees them on the day after their last order."""

    names: list
    revenue: np.ndarray
    orders: np.ndarray
    segment: np.ndarray
    since: list


def adventureworks(folder):
    """Read the resellers' last 36 months; their kind of business is the segment, as the industry is in Odoo."""
    with (folder / "resellers.csv").open(encoding="utf-8") as file:
        masters = {row["reseller_id"]: row for row in csv.DictReader(file)}
    with (folder / "order_lines.csv").open(encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["date"])
    months = sorted({row["date"][:7] for row in rows})[-36:]
    column = {month: number for number, month in enumerate(months)}
    money, numbers, owner = defaultdict(lambda: np.zeros(len(months))), defaultdict(set), {}
    for row in rows:
        reseller, month, person = row["reseller_id"], row["date"][:7], row["salesperson_id"]
        if reseller not in owner or owner[reseller][0] != person:
            owner[reseller] = (person, row["date"])
        if month in column:
            money[reseller][column[month]] += float(row["amount"])
            numbers[reseller].add((column[month], row["order_id"]))
    resellers = sorted(money, key=int)
    orders = np.zeros((len(resellers), len(months)))
    for index, reseller in enumerate(resellers):
        for place, _order in numbers[reseller]:
            orders[index, place] += 1
    kinds = [masters[reseller]["business_type"] for reseller in resellers]
    return Resellers(
        [masters[reseller]["name"] for reseller in resellers],
        np.array([money[reseller] for reseller in resellers]),
        orders,
        np.unique(kinds, return_inverse=True)[1],
        [owner[reseller][1] for reseller in resellers],
    )
