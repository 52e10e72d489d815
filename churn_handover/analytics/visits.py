"""When a leader's next visit is due: irregular, never later than the interval, and the same every time it is asked.

A date that can be foreseen is prepared for; a visit that comes at some time within the interval sees the everyday. The
lot hangs on a seed, the account and its last visit alone.
"""

import calendar
import hashlib
from datetime import date, timedelta

EARLIEST = 0.6  # share of the interval before which no visit is due; judgement
EARLIEST_FIRST = 0.1  # who has never been visited: spread over the interval, so that they do not all come at once


def due(seed, account_id, months, last, first_seen):
    """The day by which the account is to be visited; on a weekday.

    :param months: a visit at least every so many months
    :param last: day of the last visit, or None
    :param first_seen: from when on a never visited account is to be visited
    """
    start = last or first_seen
    earliest = EARLIEST if last else EARLIEST_FIRST
    latest = _add_months(start, months)
    share = earliest + (1 - earliest) * _lot(f"{seed}/{account_id}/{start.isoformat()}")
    day = start + timedelta(days=int((latest - start).days * share))
    return day - timedelta(days=max(day.weekday() - 4, 0))


def _add_months(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _lot(text):
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") / 2.0**64
