"""Learning the shipped coefficients, on made-up companies."""

import json

import numpy as np
import pytest

from analytics import regression
from analytics.orders_csv import day_text
from benchmarks.synthetic_orders import synthetic_orders
from benchmarks.train_prior import as_json, company_rows, fit_prior


@pytest.fixture(scope="module")
def companies(tmp_path_factory):
    found = {}
    for seed in (1, 2):
        path = tmp_path_factory.mktemp("company") / f"{seed}.csv"
        lines = [f"{a},{day_text(d)},{m}" for a, d, m in zip(*synthetic_orders(60, 500, seed), strict=True)]
        path.write_text("\n".join(["customer_id,date,amount", *lines]), encoding="utf-8")
        found[str(seed)] = company_rows(path)
    return found


def test_the_weight_of_a_company_does_not_depend_on_its_rows(companies):
    for rows in companies.values():
        assert rows["weight"].sum() == pytest.approx(1)
        assert len(rows["terms"]) == len(rows["churned"]) == len(rows["weight"])


def test_a_prior_learned_from_others_tells_who_left(companies):
    prior = fit_prior({"1": companies["1"]})
    other = companies["2"]
    matrix = np.column_stack([np.ones(len(other["terms"])), (other["terms"] - prior.centre) / prior.scale])
    log_odds = regression.log_odds(matrix, prior.coef)
    left = other["churned"] == 1
    assert log_odds[left].mean() > log_odds[~left].mean() + 1


def test_the_file_holds_the_prior(companies):
    prior = fit_prior(companies, {"date": "2026-01-01"})
    again = regression.Prior.from_dict(json.loads(as_json(prior)))
    np.testing.assert_allclose(again.coef, prior.coef, atol=1e-6)
    assert again.about == {"date": "2026-01-01"}
    assert (prior.spread >= 0).all()
