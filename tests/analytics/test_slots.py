"""Free time of several people, in several time zones, and the slots in it."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.slots import common_free, difference, intersection, merged, slots

HOUR = timedelta(hours=1)


def at(hour, minute=0, day=2, tz=timezone.utc):
    return datetime(2026, 3, day, hour, minute, tzinfo=tz)


def test_overlapping_and_touching_intervals_are_one():
    assert merged([(at(11), at(12)), (at(9), at(10)), (at(10), at(10, 30)), (at(12), at(12))]) == [
        (at(9), at(10, 30)),
        (at(11), at(12)),
    ]


def test_a_meeting_in_the_middle_splits_the_morning():
    assert difference([(at(9), at(12))], [(at(10), at(11))]) == [(at(9), at(10)), (at(11), at(12))]


def test_a_meeting_that_covers_everything_leaves_nothing():
    assert difference([(at(9), at(12))], [(at(8), at(13))]) == []


def test_everybody_works_and_nobody_is_busy():
    working = [[(at(8), at(17))], [(at(9), at(18))]]
    busy = [[(at(9), at(10))], [(at(12), at(13))]]
    assert common_free(working, busy) == [(at(10), at(12)), (at(13), at(17))]


def test_somebody_who_does_not_work_is_never_free():
    assert common_free([[(at(8), at(17))], []], [[], []]) == []


def test_people_in_different_time_zones_meet_when_both_work():
    shanghai, berlin = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
    working = [[(at(9, tz=shanghai), at(18, tz=shanghai))], [(at(9, tz=berlin), at(17, tz=berlin))]]
    free = common_free(working, [[], []])
    assert free == [(at(9, tz=berlin), at(18, tz=shanghai))]
    assert free[0][1] - free[0][0] == timedelta(hours=2)


def test_working_hours_follow_the_clock_change():
    berlin = ZoneInfo("Europe/Berlin")
    before, after = at(9, day=28, tz=berlin), at(9, day=30, tz=berlin)
    assert (before.utcoffset(), after.utcoffset()) == (HOUR, 2 * HOUR)
    found = slots([(before, before + HOUR), (after, after + HOUR)], HOUR)
    assert [start.hour for start in found] == [9, 9]


def test_slots_lie_on_the_half_hour_and_do_not_overlap():
    found = slots([(at(9, 10), at(12))], HOUR, per_day=9)
    assert found == [at(9, 30), at(10, 30)]


def test_a_day_offers_morning_and_afternoon():
    assert slots([(at(9), at(12)), (at(13), at(17))], HOUR, per_day=2) == [at(9), at(16)]


def test_no_more_than_asked_for():
    free = [(at(9, day=day), at(17, day=day)) for day in range(2, 12)]
    found = slots(free, HOUR, per_day=2, limit=5)
    assert len(found) == 5
    assert [start.day for start in found] == [2, 2, 3, 3, 4]


@pytest.mark.parametrize("length", [timedelta(minutes=59), HOUR])
def test_a_gap_just_long_enough_counts(length):
    assert slots([(at(9), at(10))], length) == [at(9)]


def test_a_gap_too_short_does_not():
    assert slots([(at(9), at(9, 59))], HOUR) == []


def test_nobody_free_is_no_slot():
    assert slots([], HOUR) == []


times = st.integers(0, 200).map(lambda minutes: at(0) + timedelta(minutes=minutes))
sets = st.lists(st.tuples(times, times).map(lambda pair: (min(pair), max(pair))), max_size=6)


def minutes(intervals):
    covered = set()
    for start, stop in intervals:
        covered |= set(range(int((start - at(0)) / timedelta(minutes=1)), int((stop - at(0)) / timedelta(minutes=1))))
    return covered


@given(sets, sets)
def test_interval_arithmetic_is_that_of_sets_of_minutes(left, right):
    assert minutes(merged(left)) == minutes(left)
    assert minutes(intersection(left, right)) == minutes(left) & minutes(right)
    assert minutes(difference(left, right)) == minutes(left) - minutes(right)


@given(sets)
def test_every_slot_fits_into_free_time(free):
    length = timedelta(minutes=30)
    for start in slots(free, length, per_day=3, limit=50):
        assert minutes([(start, start + length)]) <= minutes(free)
