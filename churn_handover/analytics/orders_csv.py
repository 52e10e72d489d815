"""Orders from a csv file: customer_id,date,amount[,order_id], further columns ignored.

A row that can't be read is left out and reported with its line number; the others count.
"""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from .inputs import LARGEST, OrderBook

_EPOCH = date(1970, 1, 1).toordinal()
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ].*)?")
NEEDED = ("customer_id", "date", "amount")


class UnusableFileError(ValueError):
    """The file has no header with the needed columns, or no usable row."""


@dataclass(frozen=True)
class BadRow:
    """A line of the file that was left out, and why."""

    line: int
    why: str


@dataclass
class Orders:
    """The usable rows of a file. ``account`` counts through ``customers``, which are sorted."""

    customers: list
    account: np.ndarray
    day: np.ndarray
    amount: np.ndarray
    bad: list = field(default_factory=list)

    def book(self):
        """The orders as an ``OrderBook``."""
        return OrderBook(self.account, self.day, self.amount)


def day_number(text):
    """Days from 1970-01-01 to a date written YYYY-MM-DD, a time after it ignored.

    Raises ``ValueError`` for anything else, and for days before 1970.
    """
    match = _DATE.fullmatch(text.strip())
    if not match:
        raise ValueError(f"date {text!r} is not YYYY-MM-DD")
    try:
        day = date.fromisoformat(match[1]).toordinal() - _EPOCH
    except ValueError:
        raise ValueError(f"there is no day {match[1]}") from None
    if day < 0:
        raise ValueError(f"date {match[1]} is before 1970")
    return day


def day_text(day):
    """The date of a day number, YYYY-MM-DD."""
    return date.fromordinal(int(day) + _EPOCH).isoformat()


def read_orders(path, before=None):
    """The ``Orders`` of a file; rows dated on or after day ``before`` might as well not be in it.

    Rows with the same customer and order_id are lines of one order: their amounts are added up and
    the earliest date counts. An exact copy of such a row is reported as a duplicate. Without
    order_id, equal rows are orders of their own.

    Raises ``UnusableFileError`` as said there, ``OSError`` if the file can't be opened.
    """
    with open(path, newline="", encoding="utf-8-sig", errors="replace") as stream:
        reader, columns = _header(stream)
        rows, bad = _rows(reader, columns, before)
    if not rows:
        raise UnusableFileError("the file has no usable row" + ("" if before is None else " before the date"))
    customers = sorted({row[0] for row in rows})
    number = {customer: position for position, customer in enumerate(customers)}
    return Orders(
        customers,
        np.array([number[row[0]] for row in rows], dtype=np.int64),
        np.array([row[1] for row in rows], dtype=np.int64),
        np.array([row[2] for row in rows], dtype=float),
        bad,
    )


def _header(stream):
    """A reader past the header, and the positions of the columns."""
    first = stream.readline()
    delimiter = max(",;\t", key=first.count)
    names = [name.strip().lower() for name in next(csv.reader([first], delimiter=delimiter), [])]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise UnusableFileError(f"the header has no column {', '.join(missing)}")
    wanted = [*NEEDED, "order_id"] if "order_id" in names else NEEDED
    return csv.reader(stream, delimiter=delimiter), [names.index(name) for name in wanted]


def _rows(reader, columns, before):
    """Usable rows as ``[customer, day, amount]`` and the ``BadRow``s."""
    rows, bad, orders, seen, days = [], [], {}, set(), {}
    while True:
        line = reader.line_num + 2  # the header was read apart
        try:
            cells = next(reader)
        except StopIteration:
            return rows, bad
        except csv.Error as error:
            bad.append(BadRow(line, str(error)))
            continue
        if not cells:
            continue
        try:
            row = _row(cells, columns, days, before)
        except ValueError as error:
            bad.append(BadRow(line, str(error)))
            continue
        if row is None:
            continue
        customer, day, amount, order = row
        if order:
            if row in seen:
                bad.append(BadRow(line, f"duplicate of an earlier row of order {order}"))
                continue
            seen.add(row)
            known = orders.get((customer, order))
            if known:
                known[1] = min(known[1], day)
                known[2] += amount
                continue
        entry = [customer, day, amount]
        if order:
            orders[customer, order] = entry
        rows.append(entry)


def _row(cells, columns, days, before):
    """``(customer, day, amount, order)`` of one line, None if it is too late; ValueError tells why not."""
    if len(cells) <= max(columns):
        raise ValueError("columns are missing")
    customer, date_text, amount_text, *order = (cells[column] for column in columns)
    day = days.get(date_text)
    if day is None:
        day = days[date_text] = day_number(date_text)
    if before is not None and day >= before:
        return None
    customer = customer.strip()
    if not customer:
        raise ValueError("the customer is missing")
    try:
        amount = float(amount_text)
    except ValueError:
        raise ValueError(f"amount {amount_text!r} is not a number") from None
    if not math.isfinite(amount) or abs(amount) > LARGEST:
        raise ValueError(f"amount {amount_text!r} can't be a sum of money")
    return customer, day, amount, order[0].strip() if order else ""
