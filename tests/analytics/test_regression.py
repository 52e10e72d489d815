"""The regression: scale-free terms, the prior's pull, and contributions that add up."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import regression
from analytics.inputs import account_inputs
from analytics.rhythm import Usual

T0, HORIZON = 20_000, 90


@pytest.fixture(scope="module")
def inputs(company):
    return company.snapshot(20_300, HORIZON)


def test_the_currency_does_not_matter(orders, company):
    day = 20_300
    small = company.snapshot(day, HORIZON)
    large = account_inputs(orders[0], orders[1], orders[2] * 7.3, day, HORIZON)
    np.testing.assert_allclose(
        regression.raw_terms(large, Usual.of(large)), regression.raw_terms(small, Usual.of(small)), atol=1e-9
    )


def test_the_unit_of_the_prior_is_kept_in_json(inputs):
    prior = regression.shipped_prior()
    again = regression.Prior.from_dict(json.loads(json.dumps(prior.to_dict())))
    for name in ("centre", "scale", "coef", "spread"):
        np.testing.assert_array_equal(getattr(again, name), getattr(prior, name))


def test_the_shipped_prior_names_its_data_its_script_and_its_day():
    about = regression.shipped_prior().about
    assert about["script"] == "benchmarks/train_prior.py"
    assert len(about["data"]) >= 5
    assert about["date"] >= "2025"


def test_a_prior_for_other_terms_is_refused():
    values = regression.shipped_prior().to_dict()
    with pytest.raises(ValueError, match="training script"):
        regression.Prior.from_dict({**values, "terms": values["terms"][:-1]})


def test_silence_raises_and_frequent_orders_lower_the_shipped_log_odds():
    """The same monthly buyer, seen 5 and 95 days after the last order; then a weekly buyer."""
    prior, usual = regression.shipped_prior(), Usual(30.0, 100.0)

    def log_odds(gap, silence):
        days = T0 - silence - gap * np.arange(20)
        seen = account_inputs(np.ones(20), days, np.full(20, 100.0), T0, HORIZON)
        return regression.log_odds(regression.standardise(seen, prior.centre, prior.scale, usual), prior.coef)[0]

    assert log_odds(30, 95) > log_odds(30, 5) + 1
    assert log_odds(7, 5) < log_odds(30, 5)


def test_without_rows_the_answer_is_the_prior():
    prior = regression.shipped_prior()
    coef = regression.fit_map(np.empty((0, len(prior.coef))), [], np.empty(0), prior)
    np.testing.assert_allclose(coef, prior.coef)


def test_much_evidence_overrules_the_prior_and_little_does_not():
    """A term with a planted coefficient of 2 where the prior says 0."""
    random, prior = np.random.default_rng(1), regression.shipped_prior()
    planted, column = 2.0, 1 + list(regression.TERMS).index("credit_notes")

    def learned(n):
        matrix = np.column_stack([np.ones(n), random.normal(size=(n, len(prior.coef) - 1))])
        truth = prior.coef.copy()
        truth[column] = planted
        churned = random.uniform(size=n) < 1 / (1 + np.exp(-matrix @ truth))
        return regression.fit_map(matrix, churned, np.ones(n), prior)[column]

    assert learned(20_000) == pytest.approx(planted, abs=0.15)
    assert abs(learned(20)) < 1.0


def test_newton_finds_the_maximum():
    random = np.random.default_rng(2)
    matrix = np.column_stack([np.ones(300), random.normal(size=(300, 3))])
    churned, weights = random.integers(0, 2, 300), random.uniform(0.1, 1, 300)
    centre, precision = np.array([0.5, -1.0, 0.0, 2.0]), np.array([1.0, 4.0, 0.3, 9.0])
    coef = regression.maximise(matrix, churned, weights, centre, precision)
    slope = matrix.T @ (weights * (1 / (1 + np.exp(-matrix @ coef)) - churned)) + precision * (coef - centre)
    np.testing.assert_allclose(slope, 0, atol=1e-4)


def test_one_outcome_only_gives_finite_coefficients(inputs):
    prior = regression.shipped_prior()
    matrix = regression.standardise(inputs, prior.centre, prior.scale, Usual.of(inputs))
    assert np.isfinite(regression.fit_map(matrix, np.ones(len(matrix)), np.ones(len(matrix)), prior)).all()


def test_contributions_add_up_to_the_log_odds(inputs):
    prior = regression.shipped_prior()
    matrix = regression.standardise(inputs, prior.centre, prior.scale, Usual.of(inputs))
    reference = matrix[:, 1:].mean(axis=0)
    parts = regression.contributions(matrix, prior.coef, reference)
    assert parts.shape == (len(inputs), len(regression.THEMES))
    at_reference = prior.coef[0] + reference @ prior.coef[1:]
    np.testing.assert_allclose(at_reference + parts.sum(axis=1), regression.log_odds(matrix, prior.coef))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 5_000), st.floats(0.01, 1e14)), min_size=1, max_size=30),
    st.floats(0.5, 4000),
)
def test_terms_are_finite_for_any_history(history, company_gap):
    days, amounts = zip(*history, strict=True)
    seen = account_inputs(np.ones(len(days)), T0 - np.array(days), amounts, T0, HORIZON)
    assert np.isfinite(regression.raw_terms(seen, Usual(company_gap, 1.0))).all()
