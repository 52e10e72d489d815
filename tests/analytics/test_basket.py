"""Suggestions follow what similar customers buy, with evidence that is true."""

import numpy as np
import pytest

from analytics import basket, market

TODAY = 20_000


def rows(n=300, seed=1):
    """Two kinds of customers: pumps with seals (and half of them valves), or cables with plugs."""
    random = np.random.default_rng(seed)
    found = []
    for account in range(n):
        kind = (1, 2) if account % 2 else (4, 5)
        extra = (3,) if account % 2 and random.random() < 0.5 else ()
        for category in (*kind, *extra):
            for day in random.integers(TODAY - 360, TODAY, 4):
                found.append((account, category, day, 100.0 * category))
    return found


def baskets(data):
    return basket.Baskets(*zip(*data, strict=True))


def test_customers_are_offered_what_their_like_buy():
    found = basket.suggest(baskets(rows()), TODAY, top=1)
    offered = {one.account: one.category for one in found}
    data = rows()
    for account in (1, 3, 5, 7, 9):
        if not any(row[0] == account and row[1] == 3 for row in data):
            assert offered[account] == 3


def test_nobody_is_offered_what_they_buy():
    data = rows()
    bought = {(row[0], row[1]) for row in data}
    assert not bought & {(one.account, one.category) for one in basket.suggest(baskets(data), TODAY)}


def test_the_evidence_is_counted_right():
    data = rows()
    one = next(one for one in basket.suggest(baskets(data), TODAY) if one.category == 3 and one.account % 2)
    buyers = {row[0] for row in data if row[1] == one.because}
    of_them = {row[0] for row in data if row[1] == 3} & buyers
    assert one.because in (1, 2)
    assert one.support == len(buyers) == 150
    assert one.confidence == pytest.approx(len(of_them) / len(buyers))
    assert one.popularity == pytest.approx(len(of_them) / 300)
    assert one.lift == pytest.approx(2.0)
    assert one.expected == pytest.approx(one.chance * one.amount)


def test_what_was_bought_earlier_is_told():
    data = [*rows(), (2, 3, TODAY - 500, 50.0)]
    found = {(one.account, one.category): one for one in basket.suggest(baskets(data), TODAY)}
    assert found[2, 3].lapsed
    assert (4, 3) not in found, "their like do not buy it"
    assert not any(one.lapsed for one in found.values() if one.account != 2)


def test_what_similar_customers_hardly_buy_more_often_is_no_evidence():
    """71 % of those who also buy cables, of all 69 %: nothing is suggested, however likely it is."""
    data = [(account, 1, TODAY - 5, 10.0) for account in range(400)]
    data += [(account, 2, TODAY - 5, 10.0) for account in range(200)]
    data += [(account, 3, TODAY - 5, 10.0) for account in (*range(142), *range(200, 334))]
    assert basket.suggest(baskets(data), TODAY) == []


def test_a_few_customers_more_by_chance_are_no_evidence():
    data = [(account, 1, TODAY - 5, 10.0) for account in range(400)]
    data += [(account, 2, TODAY - 5, 10.0) for account in range(20)]
    data += [(account, 3, TODAY - 5, 10.0) for account in (*range(12), *range(20, 208))]  # 60 % of 20, of all half
    assert (20 - 1, 3) not in {(one.account, one.category) for one in basket.suggest(baskets(data), TODAY)}


def test_ranges_of_customers_get_what_all_at_once_would():
    data = [*rows(), *((account, 1 + account % 5, TODAY - 500, 70.0) for account in range(0, 300, 7))]
    whole = baskets(data)
    learned = market.Market.from_bytes(market.learn(whole, TODAY).to_bytes())
    parts = []
    for first in (0, 100, 200):
        mine = [row for row in data if first <= row[0] < first + 100]
        part = basket.Baskets(*zip(*mine, strict=True), categories=learned.categories)
        parts += basket.suggest(part, TODAY, market=learned)
    found = basket.suggest(whole, TODAY)
    assert [(one.account, one.category, one.because) for one in parts] == [
        (one.account, one.category, one.because) for one in found
    ]
    assert [one.chance for one in parts] == pytest.approx([one.chance for one in found])
    assert [one.amount for one in parts] == pytest.approx([one.amount for one in found])


def test_amounts_added_up_by_span_change_nothing():
    """The database adds up what was bought within a span of time; see ``SPANS``."""
    random = np.random.default_rng(4)
    data = [
        *rows(),
        *((int(random.integers(300)), int(random.integers(1, 6)), TODAY - ago, 9.0) for ago in range(1, 900)),
    ]
    added = {}
    for account, category, day, amount in data:
        span = max(first for first in basket.SPANS if first <= TODAY - day)
        key = (account, category, TODAY - span)
        added[key] = added.get(key, 0.0) + amount
    spans = baskets([(*key, amount) for key, amount in added.items()])
    plain = baskets(data)
    assert [(one.account, one.category) for one in basket.suggest(spans, TODAY)] == [
        (one.account, one.category) for one in basket.suggest(plain, TODAY)
    ]
    assert [list(part) for part in basket.breadth(spans, TODAY)] == [
        list(part) for part in basket.breadth(plain, TODAY)
    ]


def test_refusals_lower_and_orders_raise_the_chance():
    data = rows()

    def chance(answers):
        found = basket.suggest(baskets(data), TODAY, answers=answers)
        return np.mean([one.chance for one in found if one.category == 3])

    assert chance({3: (0, 20)}) < chance(None) < chance({3: (20, 0)})
    assert chance({99: (5, 5)}) == chance(None)


def test_rare_categories_are_not_suggested():
    data = [*rows(), *((account, 9, TODAY - 5, 10.0) for account in range(basket.LEAST_SUPPORT - 1))]
    assert 9 not in {one.category for one in basket.suggest(baskets(data), TODAY)}


def test_credit_notes_and_silent_customers_do_not_count():
    data = [*rows(), (500, 1, TODAY - 10, -5.0), (501, 1, TODAY - 400, 5.0)]
    found = baskets(data)
    assert 500 not in found.accounts
    assert 501 not in {one.account for one in basket.suggest(found, TODAY)}


def test_the_baseline_is_what_most_buy():
    listed = basket.popular(baskets(rows()), TODAY, top=2)
    assert set(listed[0]) == {1, 2}
    assert set(listed[1]) <= {3, 4, 5}


def test_breadth():
    now, before = basket.breadth(baskets([*rows(), (0, 7, TODAY - 400, 5.0)]), TODAY)
    assert (int(now[0]), int(before[0])) == (2, 1)


def test_too_little_history_ranks_by_similarity():
    assert basket.suggest(baskets(rows(40)), TODAY, top=1)
    assert basket.suggest(baskets([(1, 1, TODAY - 5, 10.0)]), TODAY) == []
