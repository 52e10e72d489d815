"""If this person left tomorrow: numbers by hand."""

import numpy as np
import pytest

from analytics.leaving import Company, leave

ANN, BOB, CID = 1, 2, 3


def company(room):
    return Company(
        accounts=np.array([10, 11, 12, 13]),
        owner=np.array([ANN, ANN, BOB, CID]),
        revenue=np.array([1000.0, 3000.0, 500.0, 0.0]),
        dependence=np.array([80.0, 40.0, np.nan, 10.0]),
        covered=np.array([False, True, False, False]),
        candidates=np.array([ANN, BOB, CID]),
        fit=np.array([[1.0, 0.5, 0.0], [1.0, 0.0, 1.0], [0.2, 1.0, 0.4], [0.0, 0.0, 1.0]]),
        room=np.array(room, dtype=float).reshape(3, 1),
        need=np.ones((4, 1)),
    )


def test_one_leaver():
    found = leave(company([9, 9, 9]), [ANN])
    assert (found["accounts"], found["revenue"], found["covered"]) == (2, 4000, 3000)
    assert found["dependence"] == pytest.approx((80 * 1000 + 40 * 3000) / 4000)
    assert (found["stake_low"], found["stake_high"]) == (pytest.approx(528), pytest.approx(704))
    assert found["saved"] == pytest.approx(0.176 * 0.4 * (1000 * 0.5 + 3000 * 1.0))
    assert (found["unplaced"], found["cannot_tell"], found["uncovered"]) == (0, 0, 1)
    assert found["takers"] == {
        BOB: (1, 1000, pytest.approx(0.176 * 0.4 * 1000 * 0.5)),
        CID: (1, 3000, pytest.approx(0.176 * 0.4 * 3000)),
    }


def test_several_at_once_cannot_take_over_from_each_other():
    found = leave(company([9, 9, 1]), [ANN, BOB])
    assert (found["accounts"], found["unplaced"], found["unplaced_revenue"]) == (3, 2, 1500)
    assert found["saved"] == pytest.approx(0.176 * 0.4 * 3000)
    assert [(short.limit, short.amount) for short in found["shortages"]] == [("accounts", pytest.approx(2))]
    assert found["cannot_tell"] == 1
    assert found["unplaced_accounts"] == [10, 12]
    assert list(found["takers"]) == [CID]


def test_nobody_left_to_take_over():
    found = leave(company([9, 9, 9]), [ANN, BOB, CID])
    assert (found["accounts"], found["unplaced"], found["saved"]) == (4, 4, 0)
    assert found["shortages"][0].limit == "nobody"
    assert found["takers"] == {}


def test_who_owns_nothing_leaves_nothing():
    found = leave(company([9, 9, 9]), [99])
    assert (found["accounts"], found["revenue"], found["dependence"], found["unplaced"]) == (0, 0, None, 0)
