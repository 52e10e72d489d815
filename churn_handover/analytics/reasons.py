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
    gap = own_gap(inputs, usual)
    strongest = np.argsort(-np.abs(contributions), axis=1, kind="stable")
    found = []
    for row in range(len(inputs)):
        reasons = _status_reason(inputs, gap, status, row)
        told = 0
        for column in strongest[row]:
            effect = float(contributions[row, column])
            if told == limit or (told and abs(effect) < LEAST_EFFECT):
                break
            numbers = _NUMBERS[THEMES[column]](inputs, gap, row)
            if numbers is None or _contradicts(numbers, effect):
                continue
            reasons.append({"code": THEMES[column], "effect": round(effect, 3), **numbers})
            told += 1
        found.append(reasons)
    return found


def english(reason):
    """A reason in plain English; what lowers the risk is marked as a good sign."""
    text = _ENGLISH[reason["code"]](reason)
    return f"{text} (a good sign)" if reason["effect"] < 0 else text


def _status_reason(inputs, gap, status, row):
    if status[row] == TOO_NEW:
        return [{"code": "too_new", "effect": 0.0, "days": int(inputs.tenure[row])}]
    if status[row] == RARE:
        usual = round(float(gap[row]))
        return [{"code": "rare", "effect": 0.0, "usual": usual, "horizon": inputs.horizon}]
    if status[row] == LOST:
        return [{"code": "lost", "effect": 0.0, "days": int(inputs.recency[row])}]
    return []


def _contradicts(numbers, effect):
    """True when now against before points the other way than the effect: correlated terms do that."""
    if "before" not in numbers:
        return False
    return (numbers["before"] - numbers["now"]) * effect <= 0


def _silence(inputs, gap, row):
    longest = inputs.gap_max[row]
    return {
        "days": int(inputs.recency[row]),
        "usual": max(round(float(gap[row])), 1),
        "longest": None if np.isnan(longest) else int(longest),
    }


def _rhythm(inputs, gap, row):
    return {"usual": max(round(float(gap[row])), 1), "horizon": inputs.horizon}


def _volume(inputs, gap, row):
    return {"orders": int(inputs.days_365[row]), "days": int(min(inputs.tenure[row], 365))}


def _trend(days):
    def numbers(inputs, gap, row):
        now, before = getattr(inputs, f"days_{days}"), getattr(inputs, f"days_{days}_before")
        return {"now": int(now[row]), "before": int(before[row]), "days": days}

    return numbers


def _money(inputs, gap, row):
    now = float(inputs.revenue_180[row])
    return {"now": round(now, 2), "before": round(float(inputs.revenue_365[row]) - now, 2), "days": 180}


def _single(inputs, gap, row):
    return {"days": int(inputs.tenure[row])} if inputs.buying_days[row] == 1 else None


def _credit(inputs, gap, row):
    count = int(inputs.credit_notes_365[row])
    return {"count": count, "amount": round(float(inputs.credit_amount_365[row]), 2)} if count else None


_NUMBERS = {
    "silence": _silence,
    "rhythm": _rhythm,
    "volume": _volume,
    "trend_90": _trend(90),
    "trend_180": _trend(180),
    "money": _money,
    "single": _single,
    "credit": _credit,
}


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
