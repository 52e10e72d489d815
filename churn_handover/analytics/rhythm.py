"""What is usual: for the company's customers, and for one account."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Usual:
    """What is usual in a company, to measure its accounts against.

    ``gap``: days between two buying days, the median over accounts of their mean gap.
    ``order``: money of a buying day, the median over accounts of their mean.
    """

    gap: float
    order: float

    @classmethod
    def of(cls, inputs):
        """The usual of these accounts; where nobody bought twice the gap is the horizon."""
        gaps = inputs.gap_mean
        gaps = gaps[np.isfinite(gaps)]
        gap = np.median(gaps) if len(gaps) else inputs.horizon
        order = np.median(inputs.revenue_total / inputs.buying_days) if len(inputs) else 1.0
        return cls(float(gap), float(order))


def shrunk_gap(inputs, usual):
    """Days between buying days per account: its mean gap, with one gap of the company added."""
    return (inputs.last_day - inputs.first_day + usual.gap) / inputs.buying_days


def shrunk_median(inputs, usual):
    """Median gap per account, drawn to the company's gap as if that had been one more gap."""
    gaps = inputs.buying_days - 1
    return (np.nan_to_num(inputs.gap_median) * gaps + usual.gap) / (gaps + 1)


def silence_to_longest(inputs, usual):
    """Recency over the longest pause so far, half a company gap added to that."""
    return inputs.recency / (np.nan_to_num(inputs.gap_max) + usual.gap / 2)


def irregularity(inputs):
    """Standard deviation of an account's gaps over their mean; NaN with fewer than two gaps."""
    gaps = np.maximum(inputs.buying_days - 1, 1)
    mean = (inputs.last_day - inputs.first_day) / gaps
    deviation = np.sqrt(np.maximum(inputs.gap_square_sum / gaps - mean**2, 0.0))
    known = inputs.buying_days > 2
    return np.where(known, deviation / np.where(known, mean, 1.0), np.nan)


def change(now, before):
    """How much a count grew, as a ratio; halves added so that nothing to nothing is 1."""
    return (now + 0.5) / (before + 0.5)


def own_gap(inputs, usual):
    """The days after which an account usually orders again, as a person would say it.

    Its median gap; with fewer than three buying days too little is known and the company's gap
    is drawn in.
    """
    return np.where(inputs.buying_days > 2, inputs.gap_median, shrunk_median(inputs, usual))


def expected_by(inputs, usual):
    """Day number by which the next order is expected: the last one plus the own gap, rounded up."""
    return inputs.last_day + np.ceil(own_gap(inputs, usual))
