"""Did an action work? The draw of the holdout, and the difference it shows with a 95 % interval.

Everybody counts in the group they were drawn into, whether they were reached or not (intention to treat): who can
be reached is not drawn at random. There is one look, after the last day of the window (a fixed horizon): before it
:func:`proportion_effect` and :func:`mean_effect` return the counts but no difference, no interval and no verdict,
so looking every day until chance shows an effect is impossible.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, t

HOLDOUT_SHARE = 0.20
# Below these numbers per group no interval is worth its name.
LEAST_IN_GROUP = 30
# A stratum with fewer in one of the groups is judged together with the other small ones.
LEAST_IN_CELL = 5
# The smallest differences worth knowing: of the share kept, and of revenue as a share of the holdout's.
RELEVANT_SHARE = 0.05
RELEVANT_REVENUE = 0.10
CONFIDENCE = 0.95
# One account can't have a residual more than ten times what it looks.
MOST_LEVERAGE = 0.9

RUNNING, TOO_FEW, MORE, LESS, NO_DIFFERENCE = "running", "too_few", "more", "less", "no_difference"


@dataclass(frozen=True)
class Effect:
    """What the treated had more than the holdout.

    ``treated`` and ``control`` are numbers of accounts; the values are means (a share kept, or money per account).
    ``difference``, ``low`` and ``high`` are per account, adjusted for strata (and the revenue before), and None
    before the end of the window or in too small groups. ``verdict``: "running"; "too_few" (the interval holds zero
    and differences that matter); "more"; "less"; "no_difference" (no difference that would matter).
    """

    treated: int
    control: int
    treated_value: float
    control_value: float
    difference: float | None
    low: float | None
    high: float | None
    verdict: str


# Draw


def draw(ids, strata, share=HOLDOUT_SHARE, seed=0, drawn=None):
    """Who is held out: a boolean per id. The same arguments give the same answer on every machine.

    Everyone is held out with probability ``share``, so groups of all draws may be put together.

    :param ids: whole numbers, each once
    :param strata: a label per id (its value tier)
    :param seed: a whole number or a text; another seed is an independent draw
    :param drawn: ``{id: held out}`` of earlier draws, empty for the first. An id in it keeps its group; of the
        others in each stratum ``share`` is held out exactly, the fraction of an account by lot. None: no memory
        is needed, each id's own hash decides, so it keeps its group whoever joins or leaves and whatever its
        stratum; the share of a stratum of n then varies by about ``sqrt(n × share × (1 - share))`` accounts.
    """
    ids = np.asarray(ids, dtype=np.int64)
    lot = _lots(ids, seed)
    if drawn is None:
        return lot < share
    earlier = [drawn.get(number) for number in ids.tolist()] if drawn else [None] * len(ids)
    flags = np.array([bool(flag) for flag in earlier], dtype=bool)
    fresh = np.flatnonzero([flag is None for flag in earlier])
    labels = _labels(strata)[fresh]
    for label in np.unique(labels):
        members = fresh[labels == label]
        order = members[np.lexsort((ids[members], lot[members]))]
        # the lot that decides on the fraction depends on who is drawn, so that strata do not round alike
        fraction = _unit(f"{seed}/{label}/{len(members)}/{ids[members].sum()}")
        flags[order[: int(share * len(members) + fraction)]] = True
    return flags


def _labels(strata):
    """Strata as an array that can be sorted, whatever they are: tiers may be missing."""
    labels = np.asarray(strata)
    return labels.astype(str) if labels.dtype == object else labels


def _lots(ids, seed):
    """A number in [0, 1) per id that looks random: the finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    start = np.frombuffer(hashlib.blake2b(str(seed).encode(), digest_size=8).digest(), dtype="<u8")[0]
    with np.errstate(over="ignore"):  # arithmetic modulo 2^64 is meant
        z = (ids.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) + start
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            z = (z ^ (z >> np.uint64(shift))) * np.uint64(factor)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(float) / 2.0**53


def _unit(text):
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") / 2.0**64


# Effect


def proportion_effect(kept, holdout, strata=None, ended=True, relevant=RELEVANT_SHARE):
    """The :class:`Effect` on a share, such as customers kept.

    Strata are weighted by their number of accounts. Interval: Wilson's limits of each stratum and group, put
    together by MOVER (Zou, Donner, Statistics in Medicine 2008); with one stratum that is Newcombe's hybrid score
    interval (Statistics in Medicine 1998, method 10), which keeps its coverage in small groups and near 0 and 1.

    :param kept: 0 or 1 per account
    :param holdout: true for the accounts held out
    :param ended: whether the window is over; before, there is no verdict
    :param relevant: the smallest difference worth knowing
    """
    kept, holdout = np.asarray(kept, dtype=float), np.asarray(holdout, dtype=bool)
    early = _too_early(kept, holdout, ended)
    if early:
        return early
    cells = _Cells(holdout, strata)
    share = cells.means(kept)
    z = norm.ppf((1 + CONFIDENCE) / 2)
    middle = (share + z**2 / (2 * cells.counts)) / (1 + z**2 / cells.counts)
    reach = np.sqrt(share * (1 - share) / cells.counts + (z / (2 * cells.counts)) ** 2)
    reach *= z / (1 + z**2 / cells.counts)
    below, above = (share - middle + reach) ** 2, (middle + reach - share) ** 2
    difference = float(cells.weights @ (share[0] - share[1]))
    low = difference - float(np.sqrt(cells.weights**2 @ (below[0] + above[1])))
    high = difference + float(np.sqrt(cells.weights**2 @ (above[0] + below[1])))
    return _effect(kept, holdout, difference, max(low, -1.0), min(high, 1.0), relevant)


def mean_effect(amount, holdout, strata=None, before=None, ended=True, relevant=None):
    """The :class:`Effect` on money per account.

    Strata are weighted by their number of accounts; what the revenue before explains is taken out first, which
    narrows the interval without moving the truth (Deng et al., WSDM 2013; Lin, Annals of Applied Statistics 2013).
    Interval: Welch's, with residuals scaled by leverage (HC3: MacKinnon, White, Journal of Econometrics 1985) and
    the correction for skewness of Hall (Journal of the Royal Statistical Society B 1992) for two samples (Zhou,
    Dinh, Biostatistics 2005): a few large customers make revenue skewed. The skewness is that of both groups
    together, since the few large customers of the smaller group say too little about it.

    :param amount: revenue per account in the window
    :param before: revenue per account in a period before the start
    :param relevant: the smallest difference worth knowing, in money; default a share of the holdout's mean
    """
    amount, holdout = np.asarray(amount, dtype=float), np.asarray(holdout, dtype=bool)
    early = _too_early(amount, holdout, ended)
    if early:
        return early
    cells = _Cells(holdout, strata)
    adjusted, scale, used = amount, 1.0, 0
    if before is not None:
        adjusted, scale, used = _without(amount, np.asarray(before, dtype=float), cells)
    mean = cells.means(adjusted)
    error = (adjusted - cells.spread(mean)) * scale
    difference = float(cells.weights @ (mean[0] - mean[1]))
    squares, free = cells.sums(error**2), cells.counts - 1.0
    parts = cells.weights**2 * squares / free / cells.counts
    spread = float(np.sqrt(parts.sum()))
    low = high = difference
    if spread > 0:
        freedom = max(parts.sum() ** 2 / (parts**2 / free).sum() - used, 1.0)
        quantile = float(t.ppf((1 + CONFIDENCE) / 2, freedom))
        slant = cells.slant(squares, cells.sums(error**3))
        low = difference - spread * _unskewed(quantile, slant)
        high = difference - spread * _unskewed(-quantile, slant)
    if relevant is None:
        relevant = RELEVANT_REVENUE * abs(float(amount[holdout].mean()))
    return _effect(amount, holdout, difference, low, high, relevant)


def _too_early(values, holdout, ended):
    """The :class:`Effect` without a verdict when there is none to give yet, else None."""
    control = int(holdout.sum())
    treated = len(holdout) - control
    if ended and min(treated, control) >= LEAST_IN_GROUP:
        return None
    shown = [float(values[mine].mean()) if ended and mine.any() else 0.0 for mine in (~holdout, holdout)]
    return Effect(treated, control, *shown, None, None, None, TOO_FEW if ended else RUNNING)


def _effect(values, holdout, difference, low, high, relevant):
    if low > 0:
        verdict = MORE
    elif high < 0:
        verdict = LESS
    else:
        verdict = NO_DIFFERENCE if max(-low, high) <= relevant else TOO_FEW
    control = int(holdout.sum())
    means = float(values[~holdout].mean()), float(values[holdout].mean())
    return Effect(len(holdout) - control, control, *means, difference, float(low), float(high), verdict)


def _unskewed(quantile, slant):
    """Hall's inverse cubic transformation of a quantile, for a statistic of skewness ``slant``."""
    if abs(slant) < 1e-9:
        return quantile
    return 3 / slant * (np.cbrt(1 + slant * (quantile - slant / 6)) - 1)


def _without(amount, before, cells):
    """The amounts less what the revenue before explains, the factor of each residual, and the parameters it took.

    An account with a large revenue before pulls the slope towards itself: its residual looks smaller than it is.
    """
    inside = before - cells.spread(cells.means(before))
    power = inside @ inside
    if power <= 0:
        return amount, 1.0, 0
    slope = inside @ (amount - cells.spread(cells.means(amount))) / power
    stratum_mean = np.bincount(cells.stratum, before) / np.bincount(cells.stratum)
    scale = 1 / (1 - np.minimum(inside**2 / power, MOST_LEVERAGE))
    return amount - slope * (before - stratum_mean[cells.stratum]), scale, 1


class _Cells:
    """The strata of the treated (row 0) and of the holdout (row 1); small strata are put together."""

    def __init__(self, holdout, strata):
        size = len(holdout)
        labels = np.zeros(size, dtype=int)
        if strata is not None:
            labels = np.unique(_labels(strata), return_inverse=True)[1]
        labels = self._merged(labels, holdout)
        self.stratum = labels
        self.number = int(labels.max()) + 1
        self.cell = labels + self.number * holdout
        self.counts = np.bincount(self.cell, minlength=2 * self.number).reshape(2, -1)
        self.weights = self.counts.sum(axis=0) / size

    @staticmethod
    def _merged(labels, holdout):
        counts = np.array([np.bincount(labels[mine], minlength=labels.max() + 1) for mine in (~holdout, holdout)])
        small = counts.min(axis=0) < LEAST_IN_CELL
        if small.any() and counts[:, small].sum(axis=1).min() < LEAST_IN_CELL and not small.all():
            small[np.argmin(np.where(small, counts.sum() + 1, counts.sum(axis=0)))] = True
        joined = np.where(small, small.argmax(), np.arange(len(small)))
        return np.unique(joined[labels], return_inverse=True)[1]

    def sums(self, values):
        return np.bincount(self.cell, values, minlength=2 * self.number).reshape(2, -1)

    def means(self, values):
        return self.sums(values) / self.counts

    def spread(self, table):
        """The value of its cell for each account."""
        return table.reshape(-1)[self.cell]

    def slant(self, squares, cubes):
        """Skewness of the difference of means, from the shape of both groups together in each stratum."""
        variance = squares.sum(axis=0) / (self.counts - 1).sum(axis=0)
        third = cubes.sum(axis=0) / (self.counts.sum(axis=0) - 2)
        of_difference = self.weights**3 * third * (self.counts[0] ** -2.0 - self.counts[1] ** -2.0)
        return float(of_difference.sum() / (self.weights**2 * variance / self.counts).sum() ** 1.5)
