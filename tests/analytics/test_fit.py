"""How well a candidate fits an account."""

import numpy as np
import pytest

from analytics import fit
from analytics.fit import Kind

RETAIL, STEEL, NOTHING = 0, 1, fit.UNKNOWN


def kind(industry, revenue, country=None):
    size = len(industry)
    blank = np.full(size, fit.UNKNOWN)
    return Kind(
        np.array(industry), blank if country is None else np.array(country), blank, blank, np.array(revenue, float)
    )


def test_who_serves_the_same_industry_and_size_fits_better():
    served = kind([RETAIL] * 5 + [STEEL], [1000] * 5 + [100000])
    by = np.array([0, 0, 0, 0, 0, 1])
    accounts = kind([RETAIL, STEEL, NOTHING], [1000, 1000, 0])
    features, known = fit.similarities(accounts, served, by, 2, np.zeros((3, 1)), np.zeros((2, 1)))
    assert features["industry"].tolist() == [[1, 0], [0, 0.2], [0, 0]]
    assert features["size"][:2].tolist() == [[1, 0], [1, 0]]
    assert known["industry"].tolist() == [True, True, False]
    found = fit.fit(features, known, {"industry": 3, "size": 1})
    assert found[0].tolist() == [1, 0]
    assert found[1] == pytest.approx([0.25, 0.15])
    assert found[2].tolist() == [0, 0], "nothing is known, so nobody fits better than another"


def test_the_product_mix_is_an_overlap_of_shares():
    mix = np.array([[80.0, 20.0], [0.0, 0.0]])
    theirs = np.array([[8.0, 2.0], [0.0, 50.0], [0.0, 0.0]])
    assert fit.mix_alike(mix, theirs)[0] == pytest.approx([1, 0.2, 0])
    assert fit.mix_alike(mix, theirs)[1] == pytest.approx([0, 0, 0])


def test_the_penalties_come_off():
    features = {"familiarity": np.array([[0.5, 0.5]]), "newness": np.array([[1.0, 0.0]]), "load": np.array([[0, 0.5]])}
    found = fit.fit(features, {}, {"familiarity": 2, "newness": 0.2, "load": 0.1})
    assert found[0] == pytest.approx([0.3, 0.45])
    assert fit.newness([0, 6, 12, 50]).tolist() == [1, 0.5, 0, 0]


def test_what_is_kept_follows_the_published_range():
    assert fit.kept(np.array([1000.0]), np.array([[0.0, 1.0]]))[0] == pytest.approx([824, 894.4])
    assert fit.saved([1000.0], [1.0]) == pytest.approx(70.4)
