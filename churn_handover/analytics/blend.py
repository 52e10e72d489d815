"""Which models speak, and how their answers become one probability.

Layers, each for more history than the one before:

* C, cold: MBG/NBD fitted on the own orders, and the regression with shipped coefficients.
* B: the regression's coefficients updated on own past windows.
* D: gradient boosting joins.

The answer is the mean of the members' log-odds with equal weights. Weights learned from past
windows would follow the season of those windows.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

LAYERS = ("C", "B", "D")
CLEAR = 2.0  # standard errors from which a difference is taken as shown
FLOOR = 1e-6  # no history makes anybody more certain than this


def to_log_odds(probability):
    """Log-odds of probabilities, kept off 0 and 1 by ``FLOOR``."""
    return logit(np.clip(probability, FLOOR, 1 - FLOOR))


def to_probability(log_odds):
    """Probabilities of log-odds, kept off 0 and 1 by ``FLOOR``."""
    return np.clip(expit(log_odds), FLOOR, 1 - FLOOR)


def mean_log_odds(members):
    """Mean of the members' log-odds, arrays of one length, each kept within ``FLOOR``."""
    bound = logit(1 - FLOOR)
    return np.mean([np.clip(member, -bound, bound) for member in members], axis=0)


def matching_shift(log_odds, target):
    """What to add to ``log_odds`` so that the mean probability becomes ``target``.

    Shipped coefficients order the accounts of a strange company well but don't know its level;
    MBG/NBD, fitted on its orders, does, and needs no outcome for it.
    """
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        if expit(log_odds + middle).mean() < target:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def climb(accounts, needed, differences, barred=None):
    """The layer to use and why, step by step.

    ``accounts``: how many have a complete past window. ``needed``: the least number per layer.
    ``differences``: per layer judged on the last complete window, and per layer before it, the
    Brier score it adds and the standard error of that. A layer is worse when it adds more than
    ``CLEAR`` standard errors. Less can't be told from chance on one window; over 117 windows of five
    companies, stepping back for less made the next window's Brier score worse. ``barred``: layers that
    can't be used whatever the figures say, with the word for why (``unreadable``, ``one_outcome``).

    Returns the layer and a list of steps ``{"layer", "used", "why", …numbers}``; ``why`` is one of
    ``base``, ``few_accounts``, ``not_judged``, ``worse``, ``not_worse``, or the word from ``barred``.
    """
    layer, steps = LAYERS[0], [{"layer": LAYERS[0], "used": True, "why": "base"}]
    for candidate in LAYERS[1:]:
        step = {"layer": candidate, "used": False}
        if accounts < needed[candidate]:
            step.update(why="few_accounts", accounts=accounts, needed=needed[candidate])
        elif candidate in (barred or {}):
            step["why"] = barred[candidate]
        elif candidate not in differences:
            step["why"] = "not_judged"
        else:
            difference, error = differences[candidate][layer]
            step.update(against=layer, difference=difference, error=error)
            step["used"] = difference <= CLEAR * error
            step["why"] = "not_worse" if step["used"] else "worse"
            layer = candidate if step["used"] else layer
        steps.append(step)
    return layer, steps
