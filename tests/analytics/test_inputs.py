"""The inputs at a cut-off, against their definition written out account by account."""

import itertools
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.inputs import COLUMNS, Inputs, OrderBook, account_inputs

T0, HORIZON = 20_000, 90
nan = float("nan")

rows = st.lists(
    st.tuples(
        st.integers(1, 6),
        st.integers(T0 - 900, T0 + 60),
        st.one_of(st.floats(-500, 500), st.sampled_from([0.0, 1e-9, nan, float("inf"), 1e12, 1e16])),
    ),
    max_size=60,
)


def by_definition(table, t0, horizon):
    """One dict per account, computed the slow way."""
    found = []
    for account in sorted({row[0] for row in table}):
        mine = [row for row in table if row[0] == account and row[1] < t0 and abs(row[2]) <= 1e15]
        money = {}
        for _, day, amount in mine:
            if amount >= 1e-6:
                money[day] = money.get(day, 0.0) + amount
        if not money:
            continue
        days = sorted(money)
        gaps = [b - a for a, b in itertools.pairwise(days)]

        def count(first, last, days=days):
            """Buying days from `first` to before `last`, counted back from the cut-off."""
            return sum(t0 - first <= day < t0 - last for day in days)

        def revenue(first, money=money):
            return sum(amount for day, amount in money.items() if day >= t0 - first)

        credits = [-amount for _, day, amount in mine if amount <= -1e-6 and day >= t0 - 365]
        found.append(
            {
                "account": account,
                "first_day": days[0],
                "last_day": days[-1],
                "buying_days": len(days),
                "gap_max": max(gaps, default=nan),
                "gap_median": statistics.median(gaps) if gaps else nan,
                "gap_last": gaps[-1] if gaps else nan,
                "gap_square_sum": sum(gap * gap for gap in gaps),
                "days_30": count(30, 0),
                "days_90": count(90, 0),
                "days_180": count(180, 0),
                "days_365": count(365, 0),
                "days_90_before": count(180, 90),
                "days_180_before": count(360, 180),
                "season_days": count(365, 365 - horizon),
                "active_months": len({(t0 - 1 - day) // 30 for day in days if day >= t0 - 360}),
                "revenue_90": revenue(90),
                "revenue_180": revenue(180),
                "revenue_365": revenue(365),
                "revenue_total": sum(money.values()),
                "last_amount": money[days[-1]],
                "credit_notes_365": len(credits),
                "credit_amount_365": sum(credits),
            }
        )
    return found


def columns_of(table):
    return ([row[0] for row in table], [row[1] for row in table], [row[2] for row in table])


@settings(max_examples=150, deadline=None)
@given(rows)
def test_every_column_is_what_its_definition_says(table):
    inputs = account_inputs(*columns_of(table), T0, HORIZON)
    expected = by_definition(table, T0, HORIZON)
    assert len(inputs) == len(expected)
    for name in COLUMNS:
        wanted = np.array([row[name] for row in expected], dtype=float)
        np.testing.assert_allclose(getattr(inputs, name), wanted, rtol=1e-9, atol=1e-6, err_msg=name)


@settings(max_examples=50, deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_anything_later_matters(table, random):
    before = account_inputs(*columns_of(table), T0, HORIZON)
    changed = [row for row in table if row[1] < T0]
    random.shuffle(changed)
    after = account_inputs(*columns_of(changed), T0, HORIZON)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name), err_msg=name)


def test_orders_of_one_day_are_one_buying_day():
    inputs = account_inputs([1, 1, 1], [T0 - 10, T0 - 10, T0 - 40], [5.0, 7.0, 1.0], T0, HORIZON)
    assert inputs.buying_days.tolist() == [2]
    assert inputs.last_amount.tolist() == [12.0]
    assert inputs.gap_max.tolist() == [30]


def test_a_zero_total_is_neither_order_nor_credit_note():
    inputs = account_inputs([1, 1], [T0 - 10, T0 - 5], [5.0, 0.0], T0, HORIZON)
    assert inputs.recency.tolist() == [10]
    assert inputs.credit_notes_365.tolist() == [0]


def test_an_account_with_credit_notes_only_has_no_row():
    assert len(account_inputs([1], [T0 - 10], [-5.0], T0, HORIZON)) == 0


def test_revenue_less_credit_notes_is_never_negative():
    inputs = account_inputs([1, 1], [T0 - 10, T0 - 5], [5.0, -8.0], T0, HORIZON)
    assert inputs.revenue_365.tolist() == [5.0]
    assert inputs.revenue_net_365.tolist() == [0.0]


def test_ten_thousand_orders_of_one_account_beside_a_normal_one():
    account = np.append(np.ones(10_000, int), [2, 2])
    day = np.append(T0 - 1 - np.arange(10_000) % 900, [T0 - 50, T0 - 20])
    inputs = account_inputs(account, day, np.ones(10_002), T0, HORIZON)
    assert inputs.buying_days.tolist() == [900, 2]
    assert inputs.gap_median.tolist() == [1, 30]


def test_the_outcome_counts_orders_from_the_cut_off_to_the_last_day_of_the_horizon():
    book = OrderBook([1, 2, 3, 4], [T0 - 1, T0, T0 + 89, T0 + 90], [1.0] * 4)
    assert book.ordered(np.array([1, 2, 3, 4]), T0, HORIZON).tolist() == [False, True, True, False]


def test_what_a_database_returns_can_be_used_as_it_is():
    """Lists with None for "no gap yet" and numbers of any kind."""
    inputs = account_inputs([7], [T0 - 3], [2.5], T0, HORIZON)
    columns = {name: [None if np.isnan(v) else v for v in getattr(inputs, name)] for name in COLUMNS}
    again = Inputs.from_columns(T0, HORIZON, columns)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(inputs, name), getattr(again, name))


def test_arrays_of_different_length_are_refused():
    with pytest.raises(ValueError, match="same length"):
        OrderBook([1, 2], [T0], [1.0])
