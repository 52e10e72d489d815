"""Buy-till-you-die models against published parameters, against `lifetimes`, and against themselves."""

import lifetimes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifetimes.datasets import load_cdnow_summary
from scipy.optimize import approx_fprime

from analytics import btyd

WEEKS = 39


@pytest.fixture(scope="module")
def cdnow():
    """The 1/10 sample of CDNOW: repeat purchases, time of the last one, time now, in weeks."""
    summary = load_cdnow_summary(index_col=0)
    return summary["frequency"].to_numpy(float), summary["recency"].to_numpy(), summary["T"].to_numpy()


@pytest.mark.parametrize(
    ("modified", "published"),
    [
        (False, {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}),  # Fader, Hardie and Lee 2005
        (True, {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}),  # Batislam et al. 2007
    ],
)
def test_published_parameters_of_the_cdnow_sample(cdnow, modified, published):
    params = btyd.fit(*cdnow, modified=modified)
    for name, value in published.items():
        assert getattr(params, name) == pytest.approx(value, abs=0.0005)


@pytest.mark.parametrize(
    ("modified", "fitter"), [(False, lifetimes.BetaGeoFitter), (True, lifetimes.ModifiedBetaGeoFitter)]
)
def test_agrees_with_lifetimes(cdnow, modified, fitter):
    reference = fitter()
    reference.fit(*cdnow)
    ours = btyd.fit(*cdnow, modified=modified)
    for name in ("r", "alpha", "a", "b"):
        assert getattr(ours, name) == pytest.approx(reference.params_[name], rel=1e-4)
    same = btyd.Params(*(float(reference.params_[name]) for name in ("r", "alpha", "a", "b")), modified)
    alive = reference.conditional_probability_alive(*cdnow)
    np.testing.assert_allclose(btyd.probability_alive(same, *cdnow), alive, atol=1e-12)
    expected = reference.conditional_expected_number_of_purchases_up_to_time(WEEKS, *cdnow)
    np.testing.assert_allclose(btyd.expected_orders(same, *cdnow, WEEKS), expected, rtol=1e-9)


def test_silence_is_gone_or_alive_and_not_buying(cdnow):
    """The textbook form for k = 1: 1 − P(alive) · (1 − gamma-Poisson silence)."""
    params = btyd.fit(*cdnow)
    x, _, now = cdnow
    silent = ((params.alpha + now) / (params.alpha + now + WEEKS)) ** (params.r + x)
    textbook = 1 - btyd.probability_alive(params, *cdnow) * (1 - silent)
    np.testing.assert_allclose(btyd.probability_no_order(params, *cdnow, WEEKS), textbook, rtol=1e-10)


def test_simulated_customers_are_silent_as_often_as_said():
    """Customers drawn from the MBG/NBD process itself, 40,000 of them: calibrated to a percent."""
    random, n, horizon = np.random.default_rng(5), 40_000, 26.0
    params = btyd.Params(r=0.8, alpha=6.0, a=0.9, b=2.5)
    rate = random.gamma(params.r, 1 / params.alpha, n)
    leaving = random.beta(params.a, params.b, n)
    now = random.uniform(20, 100, n)
    clock, last, x, bought_later = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n, bool)
    alive = random.uniform(size=n) > leaving
    for _ in range(400):
        clock = clock + random.exponential(1 / rate)
        before = alive & (clock <= now)
        bought_later |= alive & (clock > now) & (clock <= now + horizon)
        x, last = x + before, np.where(before, clock, last)
        alive = before & (random.uniform(size=n) > leaving)
    said = btyd.probability_no_order(params, x, last, now, horizon)
    for part in np.array_split(np.argsort(said), 5):
        assert said[part].mean() == pytest.approx(1 - bought_later[part].mean(), abs=0.015)


@pytest.mark.parametrize("k", [1, 2, 4])
@pytest.mark.parametrize("modified", [True, False])
def test_gradient_is_that_of_the_likelihood(cdnow, modified, k):
    model, weights = btyd._Model(*cdnow, modified, k), np.ones(len(cdnow[0]))
    logs = np.array([0.1, 2.0, -0.2, 0.4])
    numeric = approx_fprime(logs, lambda at: model.log_likelihood(at, weights)[0], 1e-6)
    np.testing.assert_allclose(model.log_likelihood(logs, weights)[1], numeric, rtol=1e-3, atol=0.1)


def test_regular_buyers_are_judged_by_their_clock():
    """Orders every 30 days, half of the customers gone: k = 4 knows better when the next one is due."""
    random = np.random.default_rng(0)
    x = random.integers(3, 20, 500).astype(float)
    t_x = x * 30 + random.uniform(-5, 5, 500)
    now = t_x + np.where(random.uniform(size=500) < 0.5, random.uniform(0, 30, 500), random.uniform(90, 400, 500))
    loose, strict = (btyd.fit(x, t_x, now, k=k, spread=2.0) for k in (1, 4))
    overdue, fresh = ([10.0], [300.0], [370.0], 30), ([10.0], [300.0], [301.0], 10)
    assert btyd.probability_no_order(strict, *overdue) > btyd.probability_no_order(loose, *overdue) + 0.1
    assert btyd.probability_no_order(strict, *fresh) > btyd.probability_no_order(loose, *fresh) + 0.1


def test_equal_rows_may_be_given_as_weights(cdnow):
    x, t_x, now, weights = btyd.aggregate(*cdnow)
    assert len(x) < len(cdnow[0])
    assert weights.sum() == len(cdnow[0])
    assert btyd.fit(x, t_x, now, weights=weights) == btyd.fit(*cdnow)


def test_thinning_hardly_moves_the_probabilities(cdnow):
    thin = btyd.fit(*cdnow, at_most=400)
    full = btyd.probability_no_order(btyd.fit(*cdnow), *cdnow, WEEKS)
    assert np.abs(btyd.probability_no_order(thin, *cdnow, WEEKS) - full).mean() < 0.02


def test_the_unit_of_time_does_not_matter(cdnow):
    x, t_x, now = cdnow
    weeks, days = btyd.fit(x, t_x, now), btyd.fit(x, t_x * 7, now * 7)
    np.testing.assert_allclose(
        btyd.probability_no_order(days, x, t_x * 7, now * 7, WEEKS * 7),
        btyd.probability_no_order(weeks, x, t_x, now, WEEKS),
        rtol=1e-5,
    )


@pytest.mark.parametrize(
    ("x", "t_x", "now"),
    [
        ([0.0] * 50, [0.0] * 50, list(range(1, 51))),  # nobody ever came back
        ([5.0], [100.0], [120.0]),  # one customer
        ([9999.0, 0.0], [1000.0, 0.0], [1001.0, 1000.0]),  # an order nearly every hour
        ([3.0] * 60, [90.0] * 60, [120.0] * 60),  # all alike
    ],
)
@pytest.mark.parametrize("k", [1, 3])
def test_odd_companies_get_a_finite_answer(x, t_x, now, k):
    probability = btyd.probability_no_order(btyd.fit(x, t_x, now, k=k, spread=2.0), x, t_x, now, 90)
    assert np.isfinite(probability).all()
    assert ((probability > 0) & (probability <= 1)).all()


@pytest.mark.parametrize("data", [([], [], []), ([1.0], [5.0], [3.0]), ([1.0], [1.0], [0.0]), ([-1.0], [0.0], [1.0])])
def test_impossible_data_are_refused(data):
    with pytest.raises(btyd.FitError):
        btyd.fit(*data)


def test_expected_number_has_no_closed_form_for_regular_buyers():
    with pytest.raises(ValueError, match="k = 1"):
        btyd.expected_orders(btyd.Params(1, 1, 1, 1, k=2), [1.0], [1.0], [2.0], 1)


sizes = st.floats(0.05, 20)


@settings(max_examples=60, deadline=None)
@given(
    r=sizes,
    alpha=sizes,
    a=sizes,
    b=sizes,
    k=st.integers(1, 4),
    x=st.integers(0, 300),
    span=st.floats(0, 900),
    pause=st.floats(0.1, 900),
    horizon=st.floats(0.1, 400),
)
def test_what_holds_for_any_customer(r, alpha, a, b, k, x, span, pause, horizon):
    """A probability; longer silence never makes an order likelier, nor a longer horizon silence."""
    params, t_x = btyd.Params(r, alpha, a, b, k=k), span if x else 0.0

    def silent(pause, horizon):
        return btyd.probability_no_order(params, [x], [t_x], [t_x + pause], horizon)[0]

    p = silent(pause, horizon)
    assert 0 <= p <= 1
    assert silent(pause, horizon * 2) <= p + 1e-9
    alive = [btyd.probability_alive(params, [x], [t_x], [t_x + later])[0] for later in (pause, pause * 2)]
    assert alive[1] <= alive[0] + 1e-9
