"""How far ahead to ask: a proposal for the horizon H of P(no order in the next H days).

Asked about a time shorter than the customers' cycle, silence means nothing: on a company whose
resellers order every 91 days, all methods fail at H = 90. So H is never under twice the usual gap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .rhythm import Usual, own_gap

STEP = 30  # proposals are whole months
LONGEST = 730


@dataclass(frozen=True)
class Proposal:
    """A horizon in days, the usual gap it rests on, and for how many accounts it is too short.

    ``gap`` is None where nobody bought twice; the proposal is then half a year.
    ``rare_share`` is the part of the repeat buyers whose own gap is longer than half the horizon.
    """

    horizon: int
    gap: float | None
    repeat_buyers: int
    rare_share: float


def propose(inputs):
    """``Proposal`` for these accounts: a company's, or those of one of its segments."""
    repeat = inputs.take(inputs.buying_days > 1)
    if not len(repeat):
        return Proposal(180, None, 0, 0.0)
    gaps = own_gap(repeat, Usual.of(repeat))
    gap = float(np.median(gaps))
    horizon = int(min(max(np.ceil(2 * gap / STEP), 1) * STEP, LONGEST))
    return Proposal(horizon, gap, len(repeat), float(np.mean(2 * gaps > horizon)))
