"""The cases of falling demand in AdventureWorks on 1 June 2020, each looked at and judged.

A history is revenue per quarter, oldest first. A case is worth a talk when the account fell clearly and by an amount
that matters to whoever serves it; "gone" ones have not ordered for half a year or more, so the talk is about winning
them back. The detector is right when nothing else is found.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from analytics.trend import YEAR, falling_demand, quarters, usual_least_loss
from benchmarks.trend import adventureworks

OWNED_SINCE = "2019-05-31"  # the detector asks only who has had the account for a year

TALK = {
    "Farthermost Bike Shop": "380,000 to 116,000",
    "Golf and Cycle Store": "277,000 to 52,000: gone for three quarters",
    "Retail Sales and Service": "190,000 to 14,000, within three quarters",
    "Riders Company": "217,000 to 133,000, and still falling",
    "New and Used Bicycles": "182,000 to 117,000",
    "Bicycle Outfitters": "71,000 to 12,000: gone for three quarters",
    "Sturdy Toys": "141,000 to 86,000, and 6,000 in the last quarter",
    "Rewarding Activities Company": "162,000 to 111,000; with up and down, yet down",
    "Fashionable Bikes and Accessories": "106,000 to 61,000",
    "Solid Bike Parts": "38,000 to 6,000: gone for three quarters",
    "Consolidated Sales": "53,000 to 22,000",
    "Modern Bike Store": "26,000 to 600; once 90,000 a year",
    "Brightwork Company": "38,000 to 19,000; once 63,000 a quarter",
    "The Bike Mechanics": "20,000 to 5,000",
    "Moderately-Priced Bikes Store": "26,000 to 14,000",
    "Scratch-Resistant Finishes Company": "11,000 to nothing: gone for three quarters",
    "Wholesale Bikes": "13,000 to 4,000: small, but two thirds of it are lost",
    "Central Discount Store": "19,000 to 10,000: small, but still falling",
}
NOT_WORTH_IT = {
    "Serious Cycles": "fell two years ago, from 65,000 a quarter to almost nothing; the rest hardly matters",
}
# What the trend alone would have brought to the table, and why it is left out.
LEFT_OUT = {
    "Non-Slip Pedal Company": "2,000 to 700",
    "A Great Bicycle Company": "2,000 to 40",
    "Tire Company": "a new owner, and 500 to 300",
    "The Gear Store": "113,000 less, but its owner came last month",
    "Original Bicycle Supply Company": "buys as much as before; only the others buy more",
    "Every Bike Shop": "buys more than last year; the others still more",
    "Red Bicycle Company": "15 % less",
    "Catalog Store": "16 % less, and the last quarter was a good one",
}


@pytest.fixture(scope="module")
def company():
    data = os.environ.get("CHURN_DATA")
    above = Path(__file__).resolve().parents
    folders = [Path(data)] if data else [parent / "shared" / "data" for parent in above]
    return adventureworks(next(folder for folder in folders if folder.is_dir()) / "adventureworks")


def cases(company, found):
    rows = zip(company.names, found, company.since, strict=True)
    return {name for name, falls, since in rows if falls and since <= OWNED_SINCE}


def test_each_case_is_known_and_nearly_all_are_worth_a_talk(company):
    found = falling_demand(company.revenue, company.orders, company.segment)
    assert cases(company, found.falling) == TALK.keys() | NOT_WORTH_IT.keys()
    assert len(NOT_WORTH_IT) / len(TALK) <= 0.1


def test_what_is_left_out_is_small_growing_or_young(company):
    found = falling_demand(company.revenue, company.orders, company.segment)
    assert not cases(company, found.falling) & LEFT_OUT.keys()
    assert LEFT_OUT.keys() <= set(company.names)


def test_the_figures_said_of_the_cases(company):
    """What the judgements say is what the data say: every case lost a quarter, and a tenth of an average year."""
    found = falling_demand(company.revenue, company.orders, company.segment)
    by_quarter = quarters(company.revenue)
    last_year = by_quarter[:, -2 * YEAR : -YEAR].sum(axis=1)
    assert usual_least_loss(last_year) == pytest.approx(7010, abs=1)
    assert np.all(found.loss[found.falling] >= 7009)
    assert np.all(found.loss[found.falling] >= 0.25 * last_year[found.falling])
    lost = dict(zip(company.names, found.loss, strict=True))
    assert lost["Farthermost Bike Shop"] == pytest.approx(263_620, abs=1)
    assert lost["Non-Slip Pedal Company"] == pytest.approx(1_326, abs=1)
    assert lost["Every Bike Shop"] == 0


def test_who_names_a_larger_loss_gets_fewer_cases(company):
    few = falling_demand(company.revenue, company.orders, company.segment, least_loss=50_000)
    assert cases(company, few.falling) == {
        "Farthermost Bike Shop",
        "Golf and Cycle Store",
        "Retail Sales and Service",
        "Riders Company",
        "New and Used Bicycles",
        "Bicycle Outfitters",
        "Sturdy Toys",
        "Rewarding Activities Company",
    }
