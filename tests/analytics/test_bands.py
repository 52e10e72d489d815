"""Bands, statuses, and the proposals for thresholds and horizon."""

import numpy as np
import pytest

from analytics import bands, horizon, status
from analytics.inputs import account_inputs
from analytics.rhythm import Usual

T0 = 20_000
LIMITS = bands.Thresholds(money_high=1_000, money_critical=10_000)


def history(*accounts, horizon=90):
    """Inputs of accounts, each given as the days before the cut-off on which it ordered for 100."""
    account = np.repeat(np.arange(len(accounts)), [len(ages) for ages in accounts])
    days = T0 - np.concatenate(accounts)
    return account_inputs(account, days, np.full(len(days), 100.0), T0, horizon)


def band(probability, loss, state=status.ACTIVE):
    return bands.BANDS[bands.bands([probability], [loss], np.array([state]), LIMITS)[0]]


@pytest.mark.parametrize(
    ("probability", "loss", "expected"),
    [
        (0.29, 9_999, "low"),
        (0.29, 10_000, "watch"),
        (0.30, 0, "watch"),
        (0.49, 10_000, "high"),
        (0.50, 999, "watch"),
        (0.50, 1_000, "high"),
        (0.50, 10_000, "critical"),
    ],
)
def test_a_band_is_probability_and_money(probability, loss, expected):
    assert band(probability, loss) == expected


@pytest.mark.parametrize("state", [status.TOO_NEW, status.RARE])
def test_who_cannot_be_told_is_never_above_watch(state):
    assert band(0.9, 50_000, state) == "watch"
    assert band(0.1, 0, state) == "low"


def test_nothing_at_stake_is_never_high_even_with_thresholds_of_zero():
    free = bands.Thresholds(money_high=0, money_critical=0)
    assert bands.bands([0.9, 0.9], [0.0, 1.0], np.zeros(2, int), free).tolist() == [
        bands.WATCH,
        bands.CRITICAL,
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"money_high": 2, "money_critical": 1},
        {"money_high": -1, "money_critical": 1},
        {"money_high": 1, "money_critical": 2, "watch": 0.6},
        {"money_high": 1, "money_critical": 2, "high": 1.0},
    ],
)
def test_thresholds_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match="need"):
        bands.Thresholds(**wrong)


@pytest.mark.parametrize(("accounts", "most"), [(100, 5), (1000, 20), (100_000, 50)])
def test_proposed_critical_list_can_be_worked_through(accounts, most):
    random = np.random.default_rng(0)
    probability, revenue = random.uniform(size=accounts), np.exp(random.normal(8, 1.5, accounts))
    loss, states = probability * revenue, np.zeros(accounts, int)
    limits = bands.propose(probability, loss, revenue, states)
    band = bands.bands(probability, loss, states, limits)
    assert 0 < (band == bands.CRITICAL).sum() <= most
    assert (band == bands.HIGH).sum() <= accounts * 0.2


@pytest.mark.parametrize("revenue", [np.zeros(3), np.zeros(0), np.array([5.0, 0.0, 7.0])])
def test_a_proposal_for_next_to_nothing(revenue):
    probability = np.full(len(revenue), 0.9)
    limits = bands.propose(probability, probability * revenue, revenue, np.zeros(len(revenue), int))
    assert limits.money_critical >= limits.money_high >= 0


def test_statuses():
    """Company gap 30 days, asked about 90."""
    monthly, usual = 30 * np.arange(12), Usual(30, 100)
    inputs = history(
        monthly + 10,  # as usual
        [12],  # first order twelve days ago
        np.array([100, 220, 340]),  # every four months, not overdue
        np.array([290, 410, 530]),  # every four months, overdue
        monthly + 400,  # silent for more than a year
    )
    names = [status.STATUSES[state] for state in status.statuses(inputs, usual, np.full(5, 0.95))]
    assert names == ["active", "too_new", "rare", "active", "lost"]
    doubt = status.statuses(inputs, usual, np.full(5, 0.5))
    assert status.STATUSES[doubt[4]] == "active"


def test_lost_stays_lost_until_a_new_order():
    usual = Usual(30, 100)
    for silence in (181, 400, 2000):
        inputs = history(30 * np.arange(12) + silence)
        assert status.statuses(inputs, usual, np.array([0.95])).tolist() == [status.LOST]
    again = history(np.append(30 * np.arange(12) + 400, 1))
    assert status.statuses(again, usual, np.array([0.95])).tolist() == [status.ACTIVE]


@pytest.mark.parametrize(("gap", "days"), [(7, 30), (15, 30), (16, 60), (91, 210), (300, 600), (500, 730)])
def test_the_horizon_is_never_under_twice_the_usual_gap(gap, days):
    proposal = horizon.propose(history(*[gap * np.arange(1, 6)] * 9))
    assert proposal.horizon == days
    assert proposal.horizon >= 2 * proposal.gap or proposal.horizon == horizon.LONGEST
    assert proposal.repeat_buyers == 9


def test_no_repeat_buyer_gives_half_a_year():
    assert horizon.propose(history([5], [90])) == horizon.Proposal(180, None, 0, 0.0)


def test_accounts_with_a_long_own_gap_are_counted():
    proposal = horizon.propose(history(*[np.arange(1, 200, 15)] * 8, [1, 101, 201], [1, 151, 301]))
    assert proposal.rare_share == pytest.approx(0.2)
