"""How good a probability was, once the window it spoke about is over.

``churned`` is 1 for no order in the window. All figures are exact: customers with equal scores
share the places they tie for.
"""

from __future__ import annotations

import numpy as np


def auc(churned, score):
    """P(a customer who left had the higher score than one who stayed), ties half; None if undefined."""
    churned = np.asarray(churned, dtype=bool)
    left, stayed = churned.sum(), (~churned).sum()
    if not left or not stayed:
        return None
    _, tie, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[tie]
    return float((rank[churned].sum() - left * (left + 1) / 2) / (left * stayed))


def brier(churned, probability):
    """Mean squared distance of the probability from what happened."""
    return float(np.mean((np.asarray(probability) - np.asarray(churned, dtype=float)) ** 2))


def calibration(churned, probability, bins=10):
    """Equal-count bins by probability: a list of dicts with count, mean probability and churn rate."""
    churned, probability = np.asarray(churned, dtype=float), np.asarray(probability)
    order = np.argsort(probability, kind="stable")
    return [
        {
            "count": len(part),
            "probability": float(probability[part].mean()),
            "rate": float(churned[part].mean()),
        }
        for part in np.array_split(order, bins)
        if len(part)
    ]


def calibration_error(churned, probability, bins=10):
    """Expected calibration error: mean distance between probability and rate over the bins."""
    parts = calibration(churned, probability, bins)
    total = sum(part["count"] for part in parts)
    return sum(part["count"] * abs(part["probability"] - part["rate"]) for part in parts) / total


def captured(score, weight, share=0.1):
    """Part of the total ``weight`` held by the ``share`` of customers with the highest score."""
    score, weight = np.asarray(score, dtype=float), np.asarray(weight, dtype=float)
    total = weight.sum()
    if not total > 0:
        return None
    _, tie = np.unique(-score, return_inverse=True)
    count = np.bincount(tie)
    mean = np.bincount(tie, weight) / count
    ahead = np.cumsum(count) - count
    inside = np.clip(share * len(score) - ahead, 0, count)
    return float(inside @ mean / total)


def lift(churned, score, share=0.1):
    """How many times more leavers the top ``share`` holds than the same number drawn by lot."""
    part = captured(score, np.asarray(churned, dtype=float), share)
    return None if part is None else part / share


def money_lift(churned, probability, revenue, share=0.1):
    """The same for the revenue of those who left, the list ranked by probability × revenue."""
    lost = np.asarray(churned, dtype=float) * revenue
    part = captured(np.asarray(probability) * revenue, lost, share)
    return None if part is None else part / share


def report(churned, probability, revenue):
    """All figures of one window and one probability as a JSON-able mapping."""
    return {
        "auc": auc(churned, probability),
        "brier": brier(churned, probability),
        "ece": calibration_error(churned, probability),
        "lift": lift(churned, probability),
        "money_lift": money_lift(churned, probability, revenue),
        "bins": calibration(churned, probability),
    }


def brier_difference(churned, new, old):
    """Brier of ``new`` minus Brier of ``old`` on the same customers, and its standard error."""
    churned = np.asarray(churned, dtype=float)
    loss = (np.asarray(new) - churned) ** 2 - (np.asarray(old) - churned) ** 2
    error = loss.std(ddof=1) / np.sqrt(len(loss)) if len(loss) > 1 else np.inf
    return float(loss.mean()), float(error)
