"""What the order history of an account says at a cut-off day: the inputs of the churn score.

Every column can also be computed by one SQL statement; ``Inputs`` says what each one means. Rules
that hold for all of them:

* Only rows strictly before the cut-off are read. ``t0`` is a day; the question is about the days
  ``t0 … t0 + horizon - 1``.
* A row with a positive amount is an order, one with a negative amount a credit note. A zero amount
  is neither: a sample or a replacement says nothing about wanting to buy. Less than ``DUST`` is zero;
  more than ``LARGEST`` is no sum of money, and neither as well. An order is thus
  ``amount between 1e-6 and 1e15``, a credit note ``amount between -1e15 and -1e-6``.
* The orders of one account on one day are one *buying day*; its amount is their sum. Rhythm and
  counts are about buying days, so a duplicate or an order split in two changes no probability
  beyond its money.
* Days are whole days since 1970-01-01; amounts are in the company's currency.
* An account without a buying day before the cut-off has no row.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

MONTH = 30  # days in a block of ``active_months``
YEAR = 365
DUST = 1e-6  # no currency has such a coin; what is left of a rounding or a conversion
LARGEST = 1e15  # beyond, it is a slip of the keyboard, and sums lose their cents


@dataclass(frozen=True)
class Inputs:
    """One row per account at one cut-off; all arrays have the same length and order.

    The comments give each column's definition as SQL would compute it over the account's buying
    days ``d`` (amount ``a``), with ``gap`` the days between two buying days that follow each other.
    """

    t0: int  # the cut-off, day number
    horizon: int  # days asked about; only ``season_days`` depends on it
    account: np.ndarray  # caller's account number, ascending
    first_day: np.ndarray  # min(d)
    last_day: np.ndarray  # max(d)
    buying_days: np.ndarray  # count(*), at least 1
    gap_max: np.ndarray  # max(gap), NaN with one buying day
    gap_median: np.ndarray  # percentile_cont(0.5) within group (order by gap), NaN likewise
    gap_last: np.ndarray  # the newest gap, NaN likewise
    gap_square_sum: np.ndarray  # sum(gap * gap), 0 with one buying day
    days_30: np.ndarray  # count(*) filter (d >= t0 - 30)
    days_90: np.ndarray  # count(*) filter (d >= t0 - 90)
    days_180: np.ndarray  # count(*) filter (d >= t0 - 180)
    days_365: np.ndarray  # count(*) filter (d >= t0 - 365)
    days_90_before: np.ndarray  # count(*) filter (d >= t0 - 180 and d < t0 - 90)
    days_180_before: np.ndarray  # count(*) filter (d >= t0 - 360 and d < t0 - 180)
    season_days: np.ndarray  # count(*) filter (d >= t0 - 365 and d < t0 - 365 + horizon)
    active_months: np.ndarray  # count(distinct (t0 - 1 - d) / 30) filter (d >= t0 - 360)
    revenue_90: np.ndarray  # sum(a) filter (d >= t0 - 90), credit notes not subtracted
    revenue_180: np.ndarray  # sum(a) filter (d >= t0 - 180)
    revenue_365: np.ndarray  # sum(a) filter (d >= t0 - 365)
    revenue_total: np.ndarray  # sum(a)
    last_amount: np.ndarray  # a on max(d)
    credit_notes_365: np.ndarray  # credit note rows with day >= t0 - 365 and < t0
    credit_amount_365: np.ndarray  # their sum as a positive number

    def __len__(self):
        return len(self.account)

    @property
    def recency(self):
        """Days from the last buying day to the cut-off, at least 1."""
        return self.t0 - self.last_day

    @property
    def tenure(self):
        """Days from the first buying day to the cut-off, at least 1."""
        return self.t0 - self.first_day

    @property
    def gap_mean(self):
        """Mean days between buying days, NaN with one buying day."""
        gaps = self.buying_days - 1
        return np.where(gaps > 0, (self.last_day - self.first_day) / np.maximum(gaps, 1), np.nan)

    @property
    def revenue_net_365(self):
        """Revenue of the last 365 days less credit notes, never below zero."""
        return np.maximum(self.revenue_365 - self.credit_amount_365, 0.0)

    def take(self, index):
        """The rows that ``index`` (positions or a boolean mask) picks, as new ``Inputs``."""
        return Inputs(self.t0, self.horizon, **{name: getattr(self, name)[index] for name in COLUMNS})

    @classmethod
    def from_columns(cls, t0, horizon, columns):
        """Inputs from a mapping of column name to sequence, as an SQL statement returns them.

        ``None`` becomes NaN. A missing column raises ``KeyError``; further ones are ignored.
        """
        arrays = {name: np.asarray(columns[name], dtype=float) for name in COLUMNS if name != "account"}
        arrays["account"] = np.asarray(columns["account"], dtype=np.int64)
        return cls(int(t0), int(horizon), **arrays)


COLUMNS = tuple(field.name for field in fields(Inputs) if field.name not in ("t0", "horizon"))


class OrderBook:
    """The orders of many accounts, sorted once, to be looked at from any cut-off.

    ``account`` are whole numbers (any), ``day`` day numbers, ``amount`` money; three flat arrays of
    one length, in any order. Rows that are neither order nor credit note are left out.
    """

    def __init__(self, account, day, amount):
        account = np.asarray(account, dtype=np.int64)
        day = np.asarray(day, dtype=np.int64)
        amount = np.asarray(amount, dtype=float)
        if not len(account) == len(day) == len(amount):
            raise ValueError("account, day and amount must have the same length")
        order = (amount >= DUST) & (amount <= LARGEST)
        credit = (amount <= -DUST) & (amount >= -LARGEST)
        self.account, self.day, self.amount = _buying_days(account[order], day[order], amount[order])
        self.credit_account = account[credit]
        self.credit_day = day[credit]
        self.credit_amount = -amount[credit]

    def start_before(self, t0):
        """The first buying day of all before ``t0``; ``t0`` itself without any."""
        return int(min(self.day.min(initial=t0), t0))

    def snapshot(self, t0, horizon):
        """The ``Inputs`` at day ``t0``; rows on or after it are not read."""
        t0, horizon = int(t0), int(horizon)
        seen = self.day < t0
        account, day, amount = self.account[seen], self.day[seen], self.amount[seen]
        start = _run_starts(account)
        group = np.repeat(np.arange(len(start)), np.diff(np.append(start, len(account))))
        end = np.append(start, len(account))[1:] - 1
        columns = {
            "account": account[start],
            "first_day": day[start],
            "last_day": day[end],
            "buying_days": end - start + 1,
            "last_amount": amount[end],
        }
        columns.update(_gap_columns(group, day, len(start)))
        columns.update(_window_columns(group, day, amount, len(start), t0, horizon))
        columns.update(self._credit_columns(columns["account"], t0))
        return Inputs.from_columns(t0, horizon, columns)

    def ordered(self, accounts, t0, horizon):
        """True for each of ``accounts`` (ascending) that has an order in ``t0 … t0 + horizon - 1``."""
        inside = (self.day >= t0) & (self.day < t0 + horizon)
        return np.isin(accounts, self.account[inside])

    def _credit_columns(self, accounts, t0):
        seen = (self.credit_day < t0) & (self.credit_day >= t0 - YEAR)
        at = np.searchsorted(accounts, self.credit_account[seen])
        at = np.minimum(at, max(len(accounts) - 1, 0))
        known = accounts[at] == self.credit_account[seen] if len(accounts) else np.zeros(len(at), bool)
        n = len(accounts)
        return {
            "credit_notes_365": np.bincount(at[known], minlength=n),
            "credit_amount_365": np.bincount(at[known], self.credit_amount[seen][known], n),
        }


def account_inputs(account, day, amount, t0, horizon):
    """The ``Inputs`` at day ``t0`` of flat order arrays, in any order (see ``OrderBook``)."""
    return OrderBook(account, day, amount).snapshot(t0, horizon)


def _run_starts(values):
    """Positions at which a run of equal values starts, in a sorted array."""
    if not len(values):
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.append(True, values[1:] != values[:-1]))


def _buying_days(account, day, amount):
    """Rows sorted by account and day, those of one account and day added up."""
    order = np.lexsort((amount, day, account))
    account, day, amount = account[order], day[order], amount[order]
    if not len(account):
        return account, day, amount
    start = np.flatnonzero(np.append(True, (account[1:] != account[:-1]) | (day[1:] != day[:-1])))
    return account[start], day[start], np.add.reduceat(amount, start)


def _gap_columns(group, day, n):
    same = group[1:] == group[:-1]
    owner, gap = group[1:][same], np.diff(day)[same].astype(float)
    count = np.bincount(owner, minlength=n)
    has = count > 0
    end = np.cumsum(count)
    gap_last = np.full(n, np.nan)
    gap_last[has] = gap[end[has] - 1]
    gap = gap[np.lexsort((gap, owner))]
    begin = end - count
    middle = np.full((2, n), np.nan)
    middle[:, has] = gap[np.stack([begin + (count - 1) // 2, begin + count // 2])[:, has]]
    gap_max = np.full(n, np.nan)
    gap_max[has] = gap[end[has] - 1]
    return {
        "gap_max": gap_max,
        "gap_median": middle.mean(axis=0),
        "gap_last": gap_last,
        "gap_square_sum": np.bincount(owner, gap * gap, n),
    }


def _window_columns(group, day, amount, n, t0, horizon):
    age = t0 - day  # 1 is yesterday
    columns = {}
    windows = {
        "days_30": age <= 30,
        "days_90": age <= 90,
        "days_180": age <= 180,
        "days_365": age <= YEAR,
        "days_90_before": (age <= 180) & (age > 90),
        "days_180_before": (age <= 360) & (age > 180),
        "season_days": (age <= YEAR) & (age > YEAR - horizon),
    }
    for name, inside in windows.items():
        columns[name] = np.bincount(group[inside], minlength=n)
    for span in (90, 180, YEAR):
        inside = age <= span
        columns[f"revenue_{span}"] = np.bincount(group[inside], amount[inside], n)
    columns["revenue_total"] = np.bincount(group, amount, n)
    month = (age - 1) // MONTH
    new_month = np.append(True, (group[1:] != group[:-1]) | (month[1:] != month[:-1]))[: len(group)]
    inside = new_month & (month < 12)
    columns["active_months"] = np.bincount(group[inside], minlength=n)
    return columns
