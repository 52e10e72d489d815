"""Whether suggested product categories are bought later: AdventureWorks, against the most bought ones.

From four days of the past, half a year apart from the last order backwards, the top 3 of every customer are compared
with the categories it newly bought in the 6 months that followed. A customer who bought nothing new counts as no hit
for everybody and is left out.
"""

import csv
import time

import numpy as np

from analytics import basket
from analytics.orders_csv import day_number
from dev.bench import Figure

CUTOFFS = 4
STEP = 91
SECONDS = 60
ACCOUNTS, LINES, CATEGORIES = 100_000, 2_000_000, 60


def run(context):
    baskets = _adventureworks(context)
    last = int(baskets.day.max()) + 1 - basket.HALF
    hits = {"chance": [], "expected": [], "popular": []}
    for t0 in range(last - (CUTOFFS - 1) * STEP, last + 1, STEP):
        later = baskets.spent(t0, t0 + basket.HALF) > 0
        year = baskets.spent(t0 - basket.YEAR, t0) > 0
        new = later > year
        bought = {
            int(baskets.accounts[row]): set(
                baskets.categories[new.indices[new.indptr[row] : new.indptr[row + 1]]].tolist()
            )
            for row in range(len(baskets.accounts))
        }
        active = basket.popular(baskets, t0)
        lists = {"popular": active}
        for kind in ("chance", "expected"):
            lists[kind] = {}
            for one in basket.suggest(baskets, t0, ranked_by=kind):
                lists[kind].setdefault(one.account, []).append(one.category)
        for kind, listed in lists.items():
            hits[kind] += [
                bool(bought[account] & set(listed.get(account, ()))) for account in active if bought[account]
            ]
    rate = {kind: float(np.mean(found)) for kind, found in hits.items()}
    note = f"most bought: {rate['popular']:.3f}; {len(hits['popular'])} customers × cut-offs"
    return [
        Figure("hit rate of the top 3, by chance", rate["chance"], "", rate["popular"], "more", note),
        Figure("hit rate of the top 3, by expected money", rate["expected"], "", baseline=note),
        Figure("customers × cut-offs", len(hits["popular"])),
        *_speed(),
    ]


def _adventureworks(context):
    with open(context.require_data("adventureworks", "products.csv"), newline="", encoding="utf-8") as stream:
        kind = {row["product_id"]: row["subcategory"] for row in csv.DictReader(stream)}
    number = {name: position for position, name in enumerate(sorted(set(kind.values())))}
    with open(context.require_data("adventureworks", "order_lines.csv"), newline="", encoding="utf-8") as stream:
        rows = [
            (int(row["reseller_id"]), number[kind[row["product_id"]]], day_number(row["date"]), float(row["amount"]))
            for row in csv.DictReader(stream)
        ]
    return basket.Baskets(*zip(*rows, strict=True))


def _speed():
    random = np.random.default_rng(1)
    taste = random.dirichlet(np.full(CATEGORIES, 0.3), 200)
    group = random.integers(0, 200, ACCOUNTS)
    account = random.integers(0, ACCOUNTS, LINES)
    steps = taste.cumsum(axis=1)
    category = (random.random(LINES)[:, None] > steps[group[account]]).sum(axis=1)
    day = random.integers(20_000, 20_000 + 3 * 365, LINES)
    baskets = basket.Baskets(account, category, day, random.lognormal(5, 1, LINES))
    started = time.perf_counter()
    found = basket.suggest(baskets, 20_000 + 3 * 365)
    seconds = time.perf_counter() - started
    return [Figure("suggestions of 100,000 accounts", seconds, "s", SECONDS, baseline=f"{len(found)} suggestions")]
