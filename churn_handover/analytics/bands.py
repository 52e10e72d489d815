"""Risk bands: one word for a probability and the money behind it.

========================  =================  ====================  ====================
probability               expected loss      from ``money_high``   from
                          below                                    ``money_critical``
                          ``money_high``
========================  =================  ====================  ====================
below ``watch``           low                low                   watch
``watch`` to ``high``     watch              watch                 high
``high`` and above        watch              high                  critical
========================  =================  ====================  ====================

Who is too new or buys too rarely to tell is never above "watch".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .status import RARE, TOO_NEW

BANDS = ("low", "watch", "high", "critical")
LOW, WATCH, HIGH, CRITICAL = range(len(BANDS))

WATCH_PROBABILITY = 0.3
HIGH_PROBABILITY = 0.5
CRITICAL_SHARE = 0.02  # of the accounts, when thresholds are proposed …
CRITICAL_LEAST, CRITICAL_MOST = 5, 50  # … but a list that people can work through
HIGH_PER_CRITICAL = 4


@dataclass(frozen=True)
class Thresholds:
    """Fixed meanings of the bands; money in the company's currency.

    Raises ``ValueError`` unless 0 < watch <= high < 1 and 0 <= money_high <= money_critical.
    """

    money_high: float
    money_critical: float
    watch: float = WATCH_PROBABILITY
    high: float = HIGH_PROBABILITY

    def __post_init__(self):
        if not 0 < self.watch <= self.high < 1:
            raise ValueError("the probabilities need 0 < watch <= high < 1")
        if not 0 <= self.money_high <= self.money_critical:
            raise ValueError("the amounts need 0 <= money_high <= money_critical")


def bands(probability, expected_loss, status, thresholds):
    """Position in ``BANDS`` per account, as an array of small integers."""
    probability, loss = np.asarray(probability), np.asarray(expected_loss)
    likelihood = (probability >= thresholds.watch).astype(int) + (probability >= thresholds.high)
    # an account without expected loss is not "from 0 on": nothing is at stake
    size = ((loss >= thresholds.money_high) & (loss > 0)).astype(int)
    size += (loss >= thresholds.money_critical) & (loss > 0)
    table = np.array([[LOW, LOW, WATCH], [WATCH, WATCH, HIGH], [WATCH, HIGH, CRITICAL]], dtype=np.int8)
    band = table[likelihood, size]
    cannot_tell = (status == TOO_NEW) | (status == RARE)
    return np.where(cannot_tell, np.minimum(band, WATCH), band).astype(np.int8)


def propose(probability, expected_loss, revenue, status, watch=WATCH_PROBABILITY, high=HIGH_PROBABILITY):
    """``Thresholds`` whose lists can be worked through today; to be kept until a manager changes them.

    "Critical" starts where at most 2 % of the accounts (5 to 50) are left, but not below the money
    of a usual account's year; "high" where four times as many are, not below a quarter of that.
    """
    probability, loss, revenue = (np.asarray(v, dtype=float) for v in (probability, expected_loss, revenue))
    counts = (probability >= high) & (status != TOO_NEW) & (status != RARE)
    ranked = np.sort(loss[counts & (loss > 0)])[::-1]
    year = float(np.median(revenue[revenue > 0])) if (revenue > 0).any() else 0.0
    most = int(np.clip(round(CRITICAL_SHARE * len(loss)), CRITICAL_LEAST, CRITICAL_MOST))
    critical = max(_nth(ranked, most), year)
    return Thresholds(
        money_high=_round_up(min(max(_nth(ranked, most * HIGH_PER_CRITICAL), year / 4), critical)),
        money_critical=_round_up(critical),
        watch=watch,
        high=high,
    )


def _nth(ranked, n):
    """The amount from which at most ``n`` of the ``ranked`` (descending) ones are left."""
    return float(ranked[n - 1]) if len(ranked) >= n else 0.0


def _round_up(amount):
    """The next amount with two leading digits, as a person would set it."""
    if amount <= 0:
        return 0.0
    unit = 10.0 ** (np.floor(np.log10(amount)) - 1)
    return float(np.ceil(round(amount / unit, 6)) * unit)
