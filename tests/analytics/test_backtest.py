"""Figures of the back-test against their definitions, and against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from analytics import backtest

outcomes = st.lists(st.tuples(st.booleans(), st.sampled_from([0.1, 0.2, 0.25, 0.5, 0.9])), min_size=2, max_size=60)


@settings(max_examples=100, deadline=None)
@given(outcomes)
def test_auc_and_brier_are_the_usual_ones(rows):
    churned, score = (np.array(column) for column in zip(*rows, strict=True))
    assert backtest.brier(churned, score) == pytest.approx(brier_score_loss(churned, score))
    if len(set(churned)) == 2:
        assert backtest.auc(churned, score) == pytest.approx(roc_auc_score(churned, score))
    else:
        assert backtest.auc(churned, score) is None


def test_lift_of_a_perfect_order_and_of_none():
    churned = np.arange(100) < 10
    assert backtest.lift(churned, -np.arange(100)) == pytest.approx(10)
    assert backtest.lift(churned, np.zeros(100)) == pytest.approx(1)


def test_tied_customers_share_the_last_places():
    """One certain leaver ahead, nine of eleven tied ones in the top ten, one leaver among those."""
    score = np.array([2] + [1] * 11 + [0] * 88)
    churned = np.array([1, 1] + [0] * 98)
    assert backtest.captured(score, churned) == pytest.approx((1 + 9 / 11) / 2)


def test_money_lift_follows_the_money_lost():
    churned, revenue = np.array([1] * 10 + [0] * 90), np.array([100.0] + [1.0] * 99)
    assert backtest.money_lift(churned, np.full(100, 0.5), revenue) == pytest.approx((100 + 9 * 9 / 99) / 109 * 10)


def test_nothing_lost_has_no_lift():
    assert backtest.lift(np.zeros(10), np.arange(10)) is None
    assert backtest.money_lift(np.ones(10), np.arange(10), np.zeros(10)) is None


def test_calibration_bins_hold_all_customers_once():
    random = np.random.default_rng(0)
    probability = random.uniform(size=1003)
    churned = random.uniform(size=1003) < probability
    bins = backtest.calibration(churned, probability)
    assert sum(part["count"] for part in bins) == 1003
    assert backtest.calibration_error(churned, probability) < 0.05
    assert backtest.calibration_error(churned, 1 - probability) > 0.3


def test_calibration_of_fewer_customers_than_bins():
    assert len(backtest.calibration([1, 0, 1], [0.2, 0.3, 0.9])) == 3


def test_the_difference_of_two_answers_has_a_paired_error():
    """Errors that both share cancel: a small gain on every customer is certain."""
    random = np.random.default_rng(0)
    churned = random.uniform(size=2000) < 0.5
    old = np.where(churned, 0.6, 0.4)
    difference, error = backtest.brier_difference(churned, np.where(churned, 0.61, 0.39), old)
    assert difference < -10 * error
    assert backtest.brier_difference([1], [0.5], [0.4])[1] == np.inf
