"""The effect of an event is found when it is there, and not when it is not."""

import numpy as np
import pytest
from scipy.special import expit

from analytics.effect import LEAST_ACCOUNTS, learn


def history(effect, n=4000, seed=3, share=0.2):
    """Forecasts and outcomes of accounts of which a share has an event that shifts the log-odds."""
    random = np.random.default_rng(seed)
    log_odds = random.normal(-0.5, 1.2, n)
    flagged = random.random(n) < share
    churned = random.random(n) < expit(log_odds + effect * flagged)
    return log_odds, churned.astype(int), flagged


def test_an_effect_is_found_within_its_interval():
    found = learn(*history(0.8))
    truth = float(np.mean(found.observed - found.foretold))
    assert found.low > 0
    assert found.low <= truth <= found.high
    assert found.shift == pytest.approx(truth, abs=0.02)


def test_no_effect_is_not_claimed():
    found = learn(*history(0.0))
    assert found.low < 0 < found.high


def test_who_was_leaving_anyway_is_not_counted_as_the_event():
    log_odds, churned, _ = history(0.0)
    worst = log_odds > np.quantile(log_odds, 0.8)
    found = learn(log_odds, churned, worst)
    assert found.observed > churned.mean()
    assert found.low < 0 < found.high


def test_a_forecast_that_is_off_for_all_is_no_effect():
    log_odds, churned, flagged = history(0.0)
    found = learn(log_odds - 1.0, churned, flagged)
    assert found.low < 0 < found.high


def test_too_few_to_tell():
    log_odds, churned, _ = history(0.8)
    few = np.zeros(len(churned), dtype=bool)
    few[: LEAST_ACCOUNTS - 1] = True
    assert learn(log_odds, churned, few) is None
    all_left = np.zeros(len(churned), dtype=bool)
    all_left[np.flatnonzero(churned)[:100]] = True
    assert learn(log_odds, churned, all_left) is None
