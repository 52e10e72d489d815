"""The plan of successors: limits, fixed choices, order of the input, and what it is worth."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.matching import LIMITS, match

NONE = np.inf


@st.composite
def problems(draw, limits=1):
    """Accounts, candidates, gains, room, need and some fixed choices, drawn small enough to check by hand."""
    accounts = draw(st.lists(st.integers(1, 999), min_size=1, max_size=5, unique=True))
    candidates = draw(st.lists(st.integers(1, 99), min_size=1, max_size=3, unique=True))
    amounts = st.one_of(st.integers(0, 50), st.just(np.nan)).map(float)
    size = len(accounts) * len(candidates)
    gain = np.array(draw(st.lists(amounts, min_size=size, max_size=size))).reshape(len(accounts), -1)
    spare = st.one_of(st.integers(0, 4), st.just(NONE)).map(float)
    room = np.full((len(candidates), len(LIMITS)), NONE)
    need = np.zeros((len(accounts), len(LIMITS)))
    need[:, 0] = 1
    for limit in range(limits):
        room[:, limit] = draw(st.lists(spare, min_size=len(candidates), max_size=len(candidates)))
        if limit:
            need[:, limit] = draw(st.lists(st.integers(0, 3), min_size=len(accounts), max_size=len(accounts)))
    fixed = draw(st.dictionaries(st.sampled_from(accounts), st.sampled_from(candidates), max_size=2))
    return accounts, candidates, gain, room, need, fixed


def used(problem, successors):
    accounts, candidates, _gain, room, need, _fixed = problem
    total = np.zeros_like(room)
    for account, successor in successors.items():
        total[candidates.index(successor)] += need[accounts.index(account)]
    return total


def best_by_trying(problem):
    """The best plan found by trying every one: (placed, value)."""
    accounts, candidates, gain, room, need, fixed = problem
    taken = used(problem, fixed)
    found = (-1, -1.0)
    options = [
        [candidates.index(fixed[account])] if account in fixed else [None, *range(len(candidates))]
        for account in accounts
    ]
    for choice in itertools.product(*options):
        total, placed, value, allowed = np.zeros_like(room), 0, 0.0, True
        for row, column in enumerate(choice):
            if column is None:
                continue
            allowed &= accounts[row] in fixed or not np.isnan(gain[row, column])
            total[column] += need[row]
            placed += 1
            value += 0 if np.isnan(gain[row, column]) else gain[row, column]
        if allowed and (total <= np.maximum(room, taken) + 1e-9).all():
            found = max(found, (placed, value))
    return found


def check(problem):
    accounts, candidates, gain, room, _need, fixed = problem
    plan = match(*problem[:5], locked=fixed)
    for account, successor in fixed.items():
        assert plan.successors[account] == successor
    for account, successor in plan.successors.items():
        allowed = not np.isnan(gain[accounts.index(account), candidates.index(successor)])
        assert allowed or fixed.get(account) == successor
    assert (used(problem, plan.successors) <= np.maximum(room, used(problem, fixed)) + 1e-6).all()
    assert plan.bound >= plan.value - 1e-6
    return plan


@settings(max_examples=60, deadline=None)
@given(problems())
def test_with_a_limit_on_accounts_the_plan_is_the_best_of_all(problem):
    plan = check(problem)
    placed, value = best_by_trying(problem)
    assert len(plan.successors) == placed
    assert plan.value == pytest.approx(value, abs=1e-4)
    assert bool(plan.shortages) == (placed < len(problem[0]) or bool((used(problem, problem[5]) > problem[3]).any()))


@settings(max_examples=60, deadline=None)
@given(problems(limits=3))
def test_with_more_limits_never_over_them_and_the_best_of_all(problem):
    plan = check(problem)
    placed, value = best_by_trying(problem)
    assert len(plan.successors) == placed
    assert plan.value == pytest.approx(value, abs=1e-4), "so small a problem is solved exactly"
    if placed == len(problem[0]):
        assert plan.bound >= value - 1e-6


@settings(max_examples=40, deadline=None)
@given(problems(limits=3), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(problem, random):
    accounts, candidates, gain, room, need, fixed = problem
    rows, columns = list(range(len(accounts))), list(range(len(candidates)))
    random.shuffle(rows)
    random.shuffle(columns)
    plan = match(accounts, candidates, gain, room, need, fixed)
    shuffled = match(
        [accounts[row] for row in rows],
        [candidates[column] for column in columns],
        gain[rows][:, columns],
        room[columns],
        need[rows],
        fixed,
    )
    assert shuffled.successors == plan.successors


def company(accounts, candidates, seed=7):
    random = np.random.default_rng(seed)
    revenue = np.round(np.exp(random.normal(9, 1.2, accounts)), 2)
    gain = revenue[:, None] * random.uniform(0.5, 0.95, (accounts, candidates))
    return np.arange(accounts) + 1, np.arange(candidates) + 1, gain, revenue


def test_prices_bring_in_candidates_outside_the_short_list():
    """Everybody likes the same fifteen best, who have no room at all: the others must be found."""
    accounts, candidates, gain, _revenue = company(60, 30)
    gain[:, :20] += gain.max()
    room = np.full((30, 1), 6.0)
    room[:20] = 0
    plan = match(accounts, candidates, gain, room)
    assert len(plan.successors) == 60
    assert set(plan.successors.values()) <= set(range(21, 31))
    assert plan.gap < 1e-6


def test_the_gap_with_limits_on_money_is_small_and_proven():
    accounts, candidates, gain, revenue = company(400, 20)
    need = np.column_stack([np.ones(400), revenue, np.arange(400) % 4])
    room = np.column_stack([np.full(20, 24.0), np.full(20, revenue.sum() / 20 * 1.1), np.full(20, 34.0)])
    plan = match(accounts, candidates, gain, room, need)
    assert len(plan.successors) == 400
    assert plan.gap <= 0.001
    assert plan.value >= plan.greedy


def test_too_little_room_says_which_limit_and_by_how_much():
    accounts, candidates, gain, revenue = company(10, 2)
    plan = match(accounts, candidates, gain, np.full((2, 1), 4.0))
    assert len(plan.successors) == 8
    assert [(found.limit, found.amount) for found in plan.shortages] == [("accounts", pytest.approx(2))]
    need = np.column_stack([np.ones(10), revenue])
    room = np.column_stack([np.full(2, NONE), np.full(2, revenue.sum() / 4)])
    plan = match(accounts, candidates, gain, room, need)
    assert [found.limit for found in plan.shortages] == ["revenue"]
    assert plan.shortages[0].amount == pytest.approx(revenue.sum() / 2)


def test_fixed_choices_over_the_limit_name_the_person():
    plan = match([1, 2, 3], [8, 9], np.ones((3, 2)), [[1], [1]], locked={1: 8, 2: 8})
    assert plan.successors == {1: 8, 2: 8, 3: 9}
    assert [(found.limit, found.amount, found.candidate) for found in plan.shortages] == [("accounts", 1, 8)]


def test_an_account_that_nobody_may_take_is_told_apart():
    gain = np.array([[1.0], [np.nan]])
    plan = match([1, 2], [9], gain, [[5]])
    assert plan.successors == {1: 9}
    assert [(found.limit, found.amount) for found in plan.shortages] == [("nobody", 1)]


def test_nobody_at_all():
    plan = match([1, 2], [], np.zeros((2, 0)), np.zeros((0, 1)))
    assert plan.successors == {}
    assert plan.shortages[0].limit == "nobody"
    assert match([], [1], np.zeros((0, 1)), [[3]]).successors == {}
