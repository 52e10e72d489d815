"""Reasons: the model's own terms as codes and numbers, and in plain English."""

import json

import numpy as np
import pytest

from analytics import reasons
from analytics.inputs import account_inputs
from analytics.regression import THEMES
from analytics.rhythm import Usual
from analytics.status import ACTIVE, LOST, RARE, TOO_NEW

T0 = 20_000
USUAL = Usual(30, 100)


def told(ages, effects, state=ACTIVE, amounts=None):
    """Reasons of one account that ordered so many days ago, its themes contributing so much."""
    ages = np.asarray(ages)
    amounts = np.full(len(ages), 100.0) if amounts is None else amounts
    inputs = account_inputs(np.ones(len(ages)), T0 - ages, amounts, T0, 90)
    contributions = np.array([[effects.get(theme, 0.0) for theme in THEMES]])
    return reasons.top_reasons(inputs, USUAL, contributions, np.array([state]))[0]


OVERDUE = [74, 95, 116, 137, 182]  # usually every 21 days, once 45


def test_the_example_of_the_overdue_customer():
    (reason,) = told(OVERDUE, {"silence": 1.2})
    assert reason == {"code": "silence", "effect": 1.2, "days": 74, "usual": 21, "longest": 45}
    assert reasons.english(reason) == "no order for 74 days; usually every 21 days; longest pause so far 45"


def test_the_strongest_come_first_and_weak_ones_not_at_all():
    codes = [r["code"] for r in told(OVERDUE, {"silence": 0.5, "volume": -0.9, "rhythm": 0.1})]
    assert codes == ["volume", "silence"]


def test_there_is_always_one():
    assert [r["code"] for r in told(OVERDUE, {"silence": 0.01})] == ["silence"]


def test_at_most_three_besides_the_status():
    effects = dict.fromkeys(("silence", "volume", "rhythm"), 1.0) | {"money": 0.9}
    assert len(told([30, 60, 300], effects, LOST)) == 4


def test_what_lowers_the_risk_is_a_good_sign():
    (reason,) = told([3, 24, 45], {"silence": -1.0})
    text = reasons.english(reason)
    assert text == "last order 3 days ago; usually every 21 days; longest pause so far 21 (a good sign)"


def test_a_trend_is_told_only_in_the_direction_it_went():
    """Terms go together; one of them may pull against what its own numbers say."""
    falling = [100, 120, 140]
    assert [r["code"] for r in told(falling, {"trend_90": 0.6, "silence": 0.3})] == ["trend_90", "silence"]
    assert [r["code"] for r in told(falling, {"trend_90": -0.6, "silence": 0.3})] == ["silence"]


def test_an_account_with_one_order_has_no_rhythm_of_its_own():
    single, silence = told([40], {"single": 0.4, "silence": 0.3})
    assert reasons.english(single) == "only one order so far, 40 days ago"
    assert reasons.english(silence) == "no order for 40 days; customers here usually order every 30 days"
    assert [r["code"] for r in told(OVERDUE, {"single": 0.4, "silence": 0.3})] == ["silence"]


def test_credit_notes_are_told_when_there_are_any():
    (reason, _) = told([9, 20, 40], {"credit": 0.5, "silence": 0.2}, amounts=[-30.0, 100.0, 100.0])
    assert reasons.english(reason) == "credit notes in the last 365 days: 1, 30.00 in total"
    assert [r["code"] for r in told([9, 20], {"credit": 0.5, "silence": 0.2})] == ["silence"]


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (TOO_NEW, "too new to tell: first order 182 days ago"),
        (RARE, "can't tell yet: usually orders every 21 days, asked about 90"),
        (LOST, "lost: no order for 74 days"),
    ],
)
def test_a_status_comes_first(state, text):
    assert reasons.english(told(OVERDUE, {"silence": 0.5}, state)[0]) == text


def test_every_theme_has_numbers_and_words():
    for theme in THEMES:
        ages, amounts = ([200], [100.0]) if theme == "single" else ([200, 230, 30], [100.0, 100.0, -9.0])
        for effect in (1.0, -1.0):
            for reason in told(ages, {theme: effect}, amounts=amounts):
                assert reasons.english(json.loads(json.dumps(reason)))
