"""Whether an account's probability may be taken at its word.

* ``too_new``: fewer than three buying days, the first one more recent than the company's usual gap.
* ``rare`` ("can't tell yet"): it usually orders less often than once per horizon and is not overdue.
* ``lost``: silent for two horizons and for three times its longest pause, and the probability says
  so too. The score is to be frozen until a new order.
* ``active``: anything else.
"""

from __future__ import annotations

import numpy as np

from .rhythm import own_gap

STATUSES = ("active", "too_new", "rare", "lost")
ACTIVE, TOO_NEW, RARE, LOST = range(len(STATUSES))

NEW_DAYS = 30  # the least age at which an account with one or two buying days is no longer new
OVERDUE = 1.5  # own gaps of silence from which a rare buyer is overdue
LOST_HORIZONS = 2
LOST_PAUSES = 3
LOST_PROBABILITY = 0.9


def statuses(inputs, usual, probability):
    """Position in ``STATUSES`` per account, as an array of small integers."""
    gap = own_gap(inputs, usual)
    longest = np.where(np.isnan(inputs.gap_max), usual.gap, inputs.gap_max)
    status = np.full(len(inputs), ACTIVE, dtype=np.int8)
    status[(gap > inputs.horizon) & (inputs.recency < OVERDUE * gap)] = RARE
    young = inputs.tenure < max(NEW_DAYS, usual.gap)
    status[young & (inputs.buying_days < 3)] = TOO_NEW
    silent = np.maximum(LOST_HORIZONS * inputs.horizon, LOST_PAUSES * longest)
    status[(inputs.recency >= silent) & (probability >= LOST_PROBABILITY)] = LOST
    return status
