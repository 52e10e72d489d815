"""Why a probability is what it is, from the regression's own terms.

A reason is a mapping with a ``code``, its ``effect`` in log-odds against the company's average
account (positive raises the risk) and the numbers a sentence needs. The words are the caller's:
``english`` is what the command line says.
"""

from __future__ import annotations

import numpy as np

from .regression import THEMES
from .rhythm import own_gap
from .status import LOST, RARE, TOO_NEW

LEAST_EFFECT = 0.15  # log-odds; less moves a probability by under four points


def top_reasons(inputs, usual, contributions, status, limit=3):
    """The ``limit`` strongest reasons of each account: a list of lists, strongest first.

    ``contributions`` is what ``regression.contributions`` gives, ``status`` what ``statuses`` gives.
    The strongest is told even if it is weak. A status other than active comes first, with effect 0,
    and does not count for the limit.
    """
    numbers = _numbers(inputs, usual)
    strongest = np.argsort(-np.abs(contributions), axis=1, kind="stable").tolist()
    effects = np.round(contributions, 3).tolist()
    states = [_STATUS_CODES.get(state) for state in np.asarray(status).tolist()]
    found = []
    for row, (order, effect, state) in enumerate(zip(strongest, effects, states, strict=True)):
        reasons = [_reason(numbers, state, 0.0, row)] if state else []
        most = limit + len(reasons)
        for column in order:
            if len(reasons) == most or (len(reasons) > most - limit and abs(effect[column]) < LEAST_EFFECT):
                break
            reason = _reason(numbers, THEMES[column], effect[column], row)
            if _worth_telling(reason):
                reasons.append(reason)
        found.append(reasons)
    return found


def english(reason):
    """A reason in plain English; what lowers the risk is marked as a good sign."""
    text = _ENGLISH[reason["code"]](reason)
    return f"{text} (a good sign)" if reason["effect"] < 0 else text


def _reason(numbers, code, effect, row):
    values = {name: column[row] for name, column in numbers[code].items()}
    return {"code": code, "effect": effect, **values}


def _worth_telling(reason):
    """False without anything of the kind, and when now against before points the other way.

    Terms go together, so one of them may pull against what its own numbers say.
    """
    if reason["code"] in _NEEDS:
        return reason[_NEEDS[reason["code"]]] > 0
    return "before" not in reason or (reason["before"] - reason["now"]) * reason["effect"] > 0


def _numbers(inputs, usual):
    """Per code the numbers of its sentence: a list over the accounts for each name."""
    count = len(inputs)
    days = {name: getattr(inputs, name).astype(int).tolist() for name in ("recency", "tenure", "days_365")}
    gap = np.maximum(np.round(own_gap(inputs, usual)), 1).astype(int).tolist()
    horizon = [inputs.horizon] * count
    longest = [None if np.isnan(pause) else int(pause) for pause in inputs.gap_max.tolist()]
    earlier = np.round(inputs.revenue_365 - inputs.revenue_180, 2).tolist()
    return {
        "too_new": {"days": days["tenure"]},
        "rare": {"usual": gap, "horizon": horizon},
        "lost": {"days": days["recency"]},
        "silence": {"days": days["recency"], "usual": gap, "longest": longest},
        "rhythm": {"usual": gap, "horizon": horizon},
        "volume": {"orders": days["days_365"], "days": np.minimum(inputs.tenure, 365).astype(int).tolist()},
        "trend_90": _trend(inputs.days_90, inputs.days_90_before, 90),
        "trend_180": _trend(inputs.days_180, inputs.days_180_before, 180),
        "money": {"now": np.round(inputs.revenue_180, 2).tolist(), "before": earlier, "days": [180] * count},
        "single": {"days": np.where(inputs.buying_days == 1, inputs.tenure, 0).astype(int).tolist()},
        "credit": {
            "count": inputs.credit_notes_365.astype(int).tolist(),
            "amount": np.round(inputs.credit_amount_365, 2).tolist(),
        },
    }


def _trend(now, before, days):
    return {
        "now": now.astype(int).tolist(),
        "before": before.astype(int).tolist(),
        "days": [days] * len(now),
    }


_STATUS_CODES = {TOO_NEW: "too_new", RARE: "rare", LOST: "lost"}
_NEEDS = {"single": "days", "credit": "count"}  # zero where there is nothing of the kind to tell


def _days(count):
    return f"{count} day" if count == 1 else f"{count} days"


def _orders(count):
    return {0: "no order", 1: "one order"}.get(count, f"{count} orders")


def _say_silence(reason):
    lately = f"last order {_days(reason['days'])} ago"
    text = lately if reason["effect"] < 0 else f"no order for {_days(reason['days'])}"
    if reason["longest"] is None:  # bought once: there is no own rhythm yet
        return f"{text}; customers here usually order every {_days(reason['usual'])}"
    return f"{text}; usually every {_days(reason['usual'])}; longest pause so far {reason['longest']}"


def _say_rhythm(reason):
    return f"usually orders every {_days(reason['usual'])}, asked about {_days(reason['horizon'])}"


def _say_trend(reason):
    now, before = _orders(reason["now"]), _orders(reason["before"])
    return f"{now} in the last {_days(reason['days'])}, {before} in the {reason['days']} before"


_ENGLISH = {
    "too_new": "too new to tell: first order {days} days ago".format_map,
    "rare": "can't tell yet: usually orders every {usual} days, asked about {horizon}".format_map,
    "lost": "lost: no order for {days} days".format_map,
    "silence": _say_silence,
    "rhythm": _say_rhythm,
    "volume": lambda reason: f"{_orders(reason['orders'])} in the last {_days(reason['days'])}",
    "trend_90": _say_trend,
    "trend_180": _say_trend,
    "money": "revenue of the last {days} days {now:.2f}, {before:.2f} in the time before".format_map,
    "single": lambda reason: f"only one order so far, {_days(reason['days'])} ago",
    "credit": "credit notes in the last 365 days: {count}, {amount:.2f} in total".format_map,
}
