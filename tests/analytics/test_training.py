"""Training in steps, and what must hold of the model that comes out."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import bands, model, training
from analytics.inputs import OrderBook
from analytics.status import STATUSES

T0, HORIZON = 20_300, 90
SMALL = training.Settings(boosting_accounts=200, windows=5)  # so that layer D is tried, in little time


def book_of(orders, keep=None):
    return OrderBook(*(column if keep is None else column[keep] for column in orders))


def probabilities(book, t0=T0, settings=SMALL):
    trained = training.train(book, t0, HORIZON, settings=settings)
    return model.predict(trained, book.snapshot(t0, HORIZON))


@pytest.fixture(scope="module")
def trained(company):
    return training.train(company, T0, HORIZON, settings=SMALL)


@pytest.fixture(scope="module")
def expected(company, trained):
    return model.predict(trained, company.snapshot(T0, HORIZON))


def test_the_model_is_plain_json(company, trained, expected):
    again = json.loads(json.dumps(trained, allow_nan=False))
    np.testing.assert_array_equal(model.predict(again, company.snapshot(T0, HORIZON)), expected)


def test_it_climbs_to_the_trees_and_says_why(trained):
    assert trained["layer"] == "D"
    assert [step["why"] for step in trained["ladder"]] == ["base", "not_worse", "not_worse"]
    last = trained["backtest"][-1]
    assert last["t0"] == T0 - HORIZON
    assert set(last["layers"]) == {"C", "B", "D"}
    assert last["layers"]["D"]["auc"] > 0.75


def test_trees_that_cannot_be_read_leave_the_regression_and_the_reason(company, trained, monkeypatch):
    """Another scikit-learn than the one this was written for must cost the trees, not the score."""
    monkeypatch.setattr(training.boosting, "_export", lambda learner: {"start": 0.0, "trees": []})
    fallen = training.train(company, T0, HORIZON, settings=SMALL)
    assert fallen["layer"] == "B"
    assert fallen["forest"] is None
    assert [step["why"] for step in fallen["ladder"]] == ["base", "not_worse", "unreadable"]
    assert np.isfinite(model.predict(fallen, company.snapshot(T0, HORIZON))).all()
    np.testing.assert_array_equal(fallen["coef"], trained["coef"])


def test_trees_that_break_in_the_last_step_only_fall_back_as_well(company, monkeypatch):
    """Judged with trees, then a scikit-learn exchanged between two steps of one training."""
    run = training.Training(T0, HORIZON, company.start_before(T0), settings=SMALL)
    while (step := run.next_step).kind != "finish":
        inputs = company.snapshot(step.t0, step.horizon)
        run.advance(inputs, company.ordered(inputs.account, step.t0, step.horizon))
    monkeypatch.setattr(training.boosting, "_export", lambda learner: {"start": 0.0, "trees": []})
    run = training.Training.load(run.dump(), settings=SMALL)
    run.advance(company.snapshot(T0, HORIZON))
    assert (run.model["layer"], run.model["ladder"][-1]["why"]) == ("B", "unreadable")


def test_probabilities_lie_between_0_and_1_and_order_the_accounts(company, expected):
    churned = ~company.ordered(company.snapshot(T0, HORIZON).account, T0, HORIZON)
    assert ((expected > 0) & (expected < 1)).all()
    assert expected[churned].mean() > expected[~churned].mean() + 0.3


def test_no_leak_deleting_everything_from_the_cut_off_on_changes_nothing(orders, expected):
    np.testing.assert_array_equal(probabilities(book_of(orders, orders[1] < T0)), expected)


def test_no_leak_into_a_judged_window(orders, company, trained):
    """What is judged on a past day had learned nothing from later: it is what a training then says."""
    past = T0 - HORIZON
    cut = book_of(orders, orders[1] < past)
    # the same windows as the judged answer had to learn from
    before = training.Settings(**{**vars(SMALL), "windows": 2, "judged": 1})
    then = training.train(cut, past, HORIZON, settings=before)
    inputs = cut.snapshot(past, HORIZON)
    churned = ~company.ordered(inputs.account, past, HORIZON)
    brier = np.mean((model.predict(then, inputs) - churned) ** 2)
    assert trained["backtest"][-1]["layers"][then["layer"]]["brier"] == pytest.approx(brier, abs=1e-9)


def test_the_order_of_rows_does_not_matter(orders, expected):
    shuffled = np.random.default_rng(0).permutation(len(orders[0]))
    np.testing.assert_array_equal(probabilities(book_of(orders, shuffled)), expected)


def test_the_numbers_of_the_accounts_do_not_matter(orders, expected):
    """As when the same company comes from a csv, whose customers are sorted by name."""
    account, day, amount = orders
    renamed = probabilities(OrderBook(1_000 - account, day, amount))
    np.testing.assert_allclose(renamed[::-1], expected, atol=1e-9)


def test_the_currency_does_not_matter(orders, expected):
    account, day, amount = orders
    np.testing.assert_allclose(probabilities(OrderBook(account, day, amount * 8)), expected, atol=1e-9)


def test_duplicated_rows_do_not_change_the_rhythm(orders):
    """Layer C knows money only as a trend: every order twice is the same company."""
    twice = [np.concatenate([column, column]) for column in orders]
    cold = training.Settings(regression_accounts=10**9)
    credit_free = orders[2] > 0
    np.testing.assert_allclose(
        probabilities(book_of(twice, np.tile(credit_free, 2)), settings=cold),
        probabilities(book_of(orders, credit_free), settings=cold),
        atol=1e-9,
    )


def test_steps_saved_and_loaded_in_between_give_the_same_model(company, trained):
    run = training.Training(T0, HORIZON, company.start_before(T0), settings=SMALL)
    steps = 0
    while (step := run.next_step) is not None:
        inputs = company.snapshot(step.t0, step.horizon)
        ordered = company.ordered(inputs.account, step.t0, step.horizon) if step.with_outcome else None
        run.advance(inputs, ordered)
        run = training.Training.load(run.dump(), settings=SMALL)
        steps += 1
    assert steps == 6
    assert json.dumps(run.model) == json.dumps(trained)


def test_no_step_asks_for_anything_on_or_after_the_cut_off():
    steps = training.Training(T0, HORIZON, T0 - 2000).steps
    assert all(step.t0 + step.horizon <= T0 for step in steps[:-1])
    assert [step.kind for step in steps].count("judge") == 3
    assert (steps[-1].kind, steps[-1].t0) == ("finish", T0)


@pytest.mark.parametrize("horizon", [1, 30, 45, 90, 180, 365])
def test_judged_windows_do_not_overlap(horizon):
    steps = training.Training(T0, horizon, T0 - 6000).steps
    judged = [step.t0 for step in steps if step.kind == "judge"]
    assert judged[-1] == T0 - horizon
    assert all(later - earlier >= horizon for earlier, later in itertools.pairwise(judged))


def test_inputs_of_another_day_are_refused(company):
    run = training.Training(T0, HORIZON, company.start_before(T0))
    with pytest.raises(ValueError, match="step asks for"):
        run.advance(company.snapshot(T0 - 1, HORIZON), None)


def test_a_company_without_orders_has_no_model():
    with pytest.raises(training.NoHistoryError):
        training.train(OrderBook([], [], []), T0, HORIZON)
    with pytest.raises(training.NoHistoryError):
        training.train(OrderBook([1], [T0], [5.0]), T0, HORIZON)


@pytest.mark.parametrize("accounts", [1, 2, 49])
def test_a_small_company_stays_cold(orders, accounts):
    few = book_of(orders, orders[0] <= accounts)
    trained = training.train(few, T0, HORIZON)
    assert trained["layer"] == "C"
    assert trained["ladder"][1]["why"] == "few_accounts"
    assert np.isfinite(model.predict(trained, few.snapshot(T0, HORIZON))).all()


def test_one_complete_window_is_judged_across_accounts(orders):
    """History for a single past window: nothing older to learn from, so halves learn from each other."""
    start = int(orders[1].min())
    day = start + 160
    short = book_of(orders, orders[1] < day)
    trained = training.train(short, day, HORIZON, settings=training.Settings(regression_accounts=5))
    assert [window["crossed"] for window in trained["backtest"]] == [True]
    assert "B" in trained["backtest"][0]["layers"]


def test_no_complete_past_window_needs_no_outcome(orders):
    day = int(orders[1].min()) + 100
    trained = training.train(book_of(orders, orders[1] < day), day, HORIZON)
    assert (trained["layer"], trained["backtest"]) == ("C", [])


def test_clockwork_buyers_get_a_regular_model():
    """Orders every 40 days to the day, half of the customers gone for good at some time."""
    random = np.random.default_rng(0)
    rows = []
    for account in range(150):
        last = T0 if account % 2 else T0 - random.integers(0, 700)
        rows += [(account, day, 10.0) for day in range(T0 - 900 + random.integers(0, 40), last, 40)]
    trained = training.train(OrderBook(*zip(*rows, strict=True)), T0, HORIZON)
    assert trained["btyd"]["k"] > 1


def test_customers_bought_at_random_keep_the_random_model(trained):
    assert trained["btyd"]["k"] == 1


def test_scores_go_together(company, trained, expected):
    scores = model.score(trained, company.snapshot(T0, HORIZON))
    np.testing.assert_array_equal(scores.probability, expected)
    np.testing.assert_allclose(scores.expected_loss, expected * scores.revenue)
    assert len(scores.reasons) == len(scores.account) == len(company.snapshot(T0, HORIZON))
    assert all(scores.reasons)
    assert set(np.unique(scores.band)) <= set(range(len(bands.BANDS)))
    assert set(np.unique(scores.status)) <= set(range(len(STATUSES)))
    assert (scores.usual_days > 0).all()
    assert (scores.expected_by > company.snapshot(T0, HORIZON).last_day).all()


def test_thresholds_once_set_are_kept(company, trained):
    mine = bands.Thresholds(money_high=1e9, money_critical=1e10)
    scores = model.score(trained, company.snapshot(T0, HORIZON), mine)
    assert scores.thresholds == mine
    assert scores.band.max() == bands.WATCH


def test_an_account_alone_is_scored_as_among_the_others(company, trained, expected):
    inputs = company.snapshot(T0, HORIZON)
    np.testing.assert_allclose(model.predict(trained, inputs.take([7])), expected[[7]], atol=1e-12)


def test_the_inputs_must_be_for_the_models_horizon(company, trained):
    with pytest.raises(ValueError, match="another horizon"):
        model.predict(trained, company.snapshot(T0, 30))
    with pytest.raises(ValueError, match="training again"):
        model.predict({**trained, "version": 0}, company.snapshot(T0, HORIZON))


odd_orders = st.lists(
    st.tuples(
        st.integers(1, 8),
        st.integers(T0 - 1500, T0 + 100),
        st.one_of(st.floats(-1e6, 1e6), st.sampled_from([0.0, 1e15, -1e15, 1e-9])),
    ),
    min_size=1,
    max_size=80,
)


@settings(max_examples=25, deadline=None)
@given(odd_orders, st.sampled_from([7, 90, 400]))
def test_no_history_is_too_odd_to_be_scored(rows, horizon):
    book = OrderBook(*zip(*rows, strict=True))
    inputs = book.snapshot(T0, horizon)
    if len(inputs):
        trained = training.train(book, T0, horizon, settings=training.Settings(regression_accounts=3, windows=3))
        json.dumps(trained, allow_nan=False)
        scores = model.score(trained, inputs)
        assert ((scores.probability > 0) & (scores.probability < 1)).all()
        assert np.isfinite(scores.expected_loss).all()
