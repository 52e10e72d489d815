"""Joining the models, and climbing the layers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import blend

NEEDED = {"B": 50, "D": 1000}
odds = st.lists(st.floats(-500, 500), min_size=1, max_size=20)


@given(odds)
def test_no_history_makes_anybody_certain(log_odds):
    probability = blend.to_probability(np.array(log_odds))
    assert ((probability > 0) & (probability < 1)).all()


@given(odds)
def test_members_have_equal_weights(log_odds):
    one, other = np.array(log_odds), np.zeros(len(log_odds))
    np.testing.assert_allclose(blend.mean_log_odds([one, other]), blend.mean_log_odds([other, one]), atol=1e-12)
    np.testing.assert_allclose(blend.mean_log_odds([one, -one]), 0, atol=1e-9)


@pytest.mark.parametrize("target", [0.05, 0.5, 0.97])
def test_the_level_is_matched(target):
    log_odds = np.random.default_rng(0).normal(1, 3, 500)
    shifted = log_odds + blend.matching_shift(log_odds, target)
    assert blend.to_probability(shifted).mean() == pytest.approx(target, abs=1e-6)


def climb(accounts, differences):
    layer, steps = blend.climb(accounts, NEEDED, differences)
    return layer, [(step["layer"], step["why"]) for step in steps]


def test_few_accounts_stay_cold():
    assert climb(49, {"B": {"C": (-0.1, 0.001)}}) == (
        "C",
        [("C", "base"), ("B", "few_accounts"), ("D", "few_accounts")],
    )


def test_each_layer_is_used_when_it_is_not_worse():
    differences = {"B": {"C": (-0.01, 0.002)}, "D": {"C": (-0.02, 0.002), "B": (-0.01, 0.002)}}
    assert climb(5000, differences)[0] == "D"


def test_a_clearly_worse_layer_is_passed_over():
    """B lost on the last window; D is then compared with C."""
    differences = {"B": {"C": (0.01, 0.002)}, "D": {"C": (-0.02, 0.002), "B": (0.5, 0.002)}}
    assert climb(5000, differences) == ("D", [("C", "base"), ("B", "worse"), ("D", "not_worse")])


def test_a_difference_that_may_be_chance_is_no_reason_to_step_back():
    assert climb(200, {"B": {"C": (0.003, 0.002)}})[0] == "B"


def test_a_barred_layer_is_not_used_and_says_why():
    differences = {"B": {"C": (-0.01, 0.002)}, "D": {"C": (-0.02, 0.002), "B": (-0.01, 0.002)}}
    layer, steps = blend.climb(5000, NEEDED, differences, {"D": "unreadable"})
    assert layer == "B"
    assert steps[-1] == {"layer": "D", "used": False, "why": "unreadable"}


def test_what_could_not_be_judged_is_not_used():
    assert climb(5000, {"B": {"C": (-0.01, 0.002)}}) == (
        "B",
        [("C", "base"), ("B", "not_worse"), ("D", "not_judged")],
    )
