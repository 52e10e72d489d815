"""Person dependence: what raises it, what lowers it, what would help most."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import dependence
from analytics.dependence import ADVICE, LEVELS, REASONS, Inputs

ALONE = {
    "owner_days": 20,
    "all_days": 20,
    "backup_days": 0,
    "colleagues": 0,
    "people": 1,
    "months_person": 36,
    "months_firm": 12,
    "service": 0.5,
    "alike": 1,
}


def of(**values):
    return Inputs.of(**{**ALONE, **values})


def test_the_points_by_hand():
    found = dict(zip(REASONS, dependence.points(of())[0], strict=True))
    assert found == {
        "share": 50,
        "person": 24,
        "firm": -4,
        "colleagues": 0,
        "backup": 0,
        "people": 10,
        "service": 5,
        "alike": 10,
    }
    assert dependence.score(of()) == [95]
    team = of(owner_days=10, colleagues=2, backup_days=4, people=5, months_firm=600)
    assert dependence.points(team)[0].tolist() == [25, 24, -12, -10, -10, -5, 5, 10]
    assert dependence.score(team) == [27]


@given(
    st.integers(0, 50), st.integers(0, 50), st.integers(0, 6), st.integers(0, 6), st.integers(0, 200), st.integers(0, 9)
)
def test_the_score_stays_in_bounds_and_falls_when_the_thing_is_mended(mine, others, colleagues, people, months, parts):
    inputs = of(
        owner_days=mine,
        all_days=mine + others,
        colleagues=colleagues,
        people=people,
        months_person=months,
        service=parts / 9,
    )
    before = dependence.score(inputs)[0]
    assert 0 <= before <= 100
    for better in (
        {"backup_days": 3},
        {"colleagues": colleagues + 1},
        {"all_days": mine + others + 5},
        {"people": people + 1},
        {"service": 0},
    ):
        values = {name: getattr(inputs, name) for name in ALONE} | better
        assert dependence.score(Inputs.of(**values))[0] <= before, better


def test_levels():
    assert [LEVELS[at] for at in dependence.level([0, 34, 35, 59, 60, 100])] == [
        "low",
        "low",
        "medium",
        "medium",
        "high",
        "high",
    ]


def test_the_advice_is_what_lowers_it_most():
    best, then = dependence.advice(of())
    assert ADVICE[best[0]] == "backup"
    assert then[0] == dependence.score(of(all_days=25, backup_days=5, colleagues=1))[0]
    best, then = dependence.advice(of(backup_days=5, colleagues=5, all_days=100))
    assert ADVICE[best[0]] == "people"
    nothing = of(owner_days=0, all_days=0, months_person=0, months_firm=90, people=9, service=0, alike=0)
    assert dependence.advice(nothing)[0] == [-1]


def test_how_much_of_the_contact_is_recorded():
    owner = np.array([7, 7, 7, 8, 9])
    days = np.array([3, 0, 5, 0, 1])
    ordered = np.array([True, True, False, True, False])
    assert dependence.recorded(owner, days, ordered) == {7: pytest.approx(0.5), 8: 0.0, 9: None}
    assert dependence.recorded(np.array([], dtype=int), np.array([]), np.array([], dtype=bool)) == {}
