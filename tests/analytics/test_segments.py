"""Segments say in words who leaves, and stay the same when the data moves a little."""

import numpy as np
import pytest

from analytics import segments
from analytics.segments import Condition


def made_up(n=2000, seed=1, rate=0.6):
    """Leavers are silent for long, or bought from one category for less than a year."""
    random = np.random.default_rng(seed)
    columns = {
        "silence": random.exponential(1.2, n),
        "breadth": random.integers(1, 10, n).astype(float),
        "tenure": random.uniform(0, 2000, n),
    }
    risk = np.where(columns["silence"] > 2, rate, 0.05)
    risk = np.where((columns["breadth"] <= 1) & (columns["silence"] <= 2), 0.4, risk)
    return columns, random.random(n) < risk


def test_what_marks_leavers_is_found():
    columns, left = made_up()
    found = segments.learn(columns, left)
    worst = found[0]
    assert Condition("silence", 2.0, None) in worst.rule
    assert worst.low < worst.rate < worst.high
    assert worst.rate == pytest.approx(0.6, abs=0.08)
    assert any(Condition("breadth", None, 1.0) in segment.rule for segment in found)


def test_everybody_is_in_exactly_one_segment():
    columns, left = made_up()
    counts = np.sum([segments.members(segment.rule, columns) for segment in segments.learn(columns, left)], axis=0)
    assert (counts == 1).all()


def test_thresholds_are_numbers_one_would_say():
    columns, left = made_up()
    for segment in segments.learn(columns, left):
        for condition in segment.rule:
            for cut in (condition.low, condition.high):
                assert cut is None or cut in segments.CUTS[condition.feature]


def test_segments_stay_when_the_data_moves_a_little():
    columns, left = made_up(seed=1)
    former = [segment.rule for segment in segments.learn(columns, left)]
    later = segments.learn(*made_up(seed=2), former)
    assert sorted(segment.before for segment in later) == list(range(len(former)))
    assert {segment.rule for segment in later} == set(former)


def test_segments_change_when_leaving_is_about_something_else():
    columns, left = made_up()
    former = [segment.rule for segment in segments.learn(columns, left)]
    random = np.random.default_rng(5)
    left = random.random(len(left)) < np.where(columns["tenure"] < 365, 0.8, 0.02)
    found = segments.learn(columns, left, former)
    assert Condition("tenure", None, 365.0) in found[0].rule
    assert found[0].before is None


def test_all_customers_give_way_to_the_first_that_can_be_told_apart():
    columns = made_up()[0]
    random = np.random.default_rng(3)
    left = random.random(len(columns["silence"])) < np.where(columns["silence"] > 2, 0.3, 0.2)  # no tenth better
    found = segments.learn(columns, left, [()])
    assert len(found) > 1
    assert all(segment.rule for segment in found)


def test_nothing_to_tell_is_one_segment():
    columns, left = made_up()
    assert [segment.rule for segment in segments.learn(columns, np.zeros(len(left)))] == [()]
    few = {name: values[:20] for name, values in columns.items()}
    assert [segment.customers for segment in segments.learn(few, left[:20])] == [20]


def test_no_segment_is_smaller_than_a_plan_is_worth():
    columns, left = made_up(n=150)
    assert min(segment.customers for segment in segments.learn(columns, left)) >= segments.LEAST_CUSTOMERS


def test_unknown_values_are_the_lowest():
    columns = {"breadth": np.array([np.nan, 1.0, 5.0])}
    assert segments.members((Condition("breadth", None, 1.0),), columns).tolist() == [True, True, False]
    assert segments.members((Condition("breadth", 1.0, None),), columns).tolist() == [False, False, True]


def test_a_former_rule_about_a_feature_that_is_gone_is_dropped():
    columns, left = made_up()
    former = [(Condition("owner_days", None, 90.0),), (Condition("owner_days", 90.0, None),)]
    assert all(segment.before is None for segment in segments.learn(columns, left, former))


def test_differences_name_what_sets_a_group_apart():
    columns, __ = made_up()
    found = segments.differences(columns, columns["breadth"] <= 2)
    assert found[0][0] == "breadth"
    assert found[0][1] < found[0][2]


def test_lift_is_one_when_segments_say_nothing():
    columns, left = made_up()
    assert segments.lift(segments.learn(columns, np.zeros(len(left))), columns, left) == pytest.approx(1)
    assert segments.lift(segments.learn(columns, left), columns, left) > 1.8


def test_the_interval_is_wilsons():
    low, high = segments.interval(81, 263)  # the example of Newcombe 1998
    assert (low, high) == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))
    assert segments.interval(0, 0) == (0.0, 1.0)


def test_features_of_an_order_history(company):
    inputs = company.snapshot(20300, 90)
    columns = segments.features(inputs)
    assert set(columns) <= set(segments.CUTS)
    assert all(np.isfinite(values).all() and len(values) == len(inputs) for values in columns.values())
    assert columns["revenue_rank"].max() == 1
