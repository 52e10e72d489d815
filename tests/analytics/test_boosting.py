"""Boosted trees as plain numbers."""

import json

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from analytics import boosting
from analytics.inputs import account_inputs
from analytics.rhythm import Usual

DAY, HORIZON = 20_300, 90


@pytest.fixture(scope="module")
def learned(company):
    inputs = company.snapshot(DAY, HORIZON)
    matrix = boosting.features(inputs, Usual.of(inputs))
    return matrix, ~company.ordered(inputs.account, DAY, HORIZON)


def test_the_exported_trees_say_what_scikit_learn_says(learned):
    matrix, churned = learned
    forest = json.loads(json.dumps(boosting.fit(matrix, churned), allow_nan=False))
    reference = HistGradientBoostingClassifier(**boosting.SETTINGS).fit(matrix, churned)
    np.testing.assert_allclose(boosting.log_odds(forest, matrix), reference.decision_function(matrix), atol=1e-9)


def test_a_column_without_any_value_is_left_alone(learned):
    matrix, churned = learned
    empty = matrix.copy()
    empty[:, 4] = np.nan
    assert np.isfinite(boosting.log_odds(boosting.fit(empty, churned), empty)).all()


def test_missing_values_at_scoring_are_answered(learned):
    matrix, churned = learned
    forest = boosting.fit(matrix, churned)
    assert np.isfinite(boosting.log_odds(forest, np.full((3, matrix.shape[1]), np.nan))).all()


def test_rows_are_answered_alike_alone_and_together(learned, monkeypatch):
    matrix, churned = learned
    forest = boosting.fit(matrix, churned)
    together = boosting.log_odds(forest, matrix)
    monkeypatch.setattr(boosting, "_CHUNK", 7)
    np.testing.assert_array_equal(boosting.log_odds(forest, matrix), together)


def test_one_outcome_only_is_refused(learned):
    matrix, churned = learned
    with pytest.raises(ValueError, match="both outcomes"):
        boosting.fit(matrix, np.ones_like(churned))


def test_trees_kept_in_another_way_are_noticed(learned, monkeypatch):
    """A scikit-learn that moves its internals must not lead to silent nonsense."""
    matrix, churned = learned
    monkeypatch.setattr(boosting, "_export", lambda learner: {"start": 0.0, "trees": []})
    with pytest.raises(boosting.ExportError):
        boosting.fit(matrix, churned)


def test_a_scikit_learn_with_other_settings_is_noticed(learned, monkeypatch):
    matrix, churned = learned
    monkeypatch.setitem(boosting.SETTINGS, "unheard_of", 1)
    with pytest.raises(boosting.ExportError):
        boosting.fit(matrix, churned)


def test_the_currency_does_not_matter(orders, company):
    small = company.snapshot(DAY, HORIZON)
    large = account_inputs(orders[0], orders[1], orders[2] * 3.7, DAY, HORIZON)
    np.testing.assert_allclose(
        boosting.features(large, Usual.of(large)), boosting.features(small, Usual.of(small)), rtol=1e-6
    )
