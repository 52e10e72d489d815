"""When people are free together: intervals in, meeting slots out. Times are aware datetimes; no ORM, no database."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

Interval = tuple[datetime, datetime]


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the union of intervals, in order, without touching or overlapping ones; empty intervals are dropped."""
    result: list[Interval] = []
    for start, stop in sorted(one for one in intervals if one[0] < one[1]):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], stop))
        else:
            result.append((start, stop))
    return result


def intersection(left: Iterable[Interval], right: Iterable[Interval]) -> list[Interval]:
    """Return when both hold; both sides are merged first."""
    left, right = merged(left), merged(right)
    result, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        start, stop = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < stop:
            result.append((start, stop))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return result


def difference(left: Iterable[Interval], right: Iterable[Interval]) -> list[Interval]:
    """Return what is left of the first when the second is taken away."""
    result, taken = [], merged(right)
    for first, stop in merged(left):
        start = first
        for busy_start, busy_stop in taken:
            if busy_stop <= start or busy_start >= stop:
                continue
            if busy_start > start:
                result.append((start, busy_start))
            start = max(start, busy_stop)
        if start < stop:
            result.append((start, stop))
    return result


def common_free(working: Sequence[Iterable[Interval]], busy: Sequence[Iterable[Interval]]) -> list[Interval]:
    """Return when everybody works and nobody is busy.

    :param working: per person, when they work; a person without any is never free
    :param busy: per person, in the same order, when they cannot be met
    """
    free = None
    for hours, taken in zip(working, busy, strict=True):
        own = difference(hours, taken)
        free = own if free is None else intersection(free, own)
    return free or []


def slots(
    free: Iterable[Interval],
    length: timedelta,
    step: timedelta = timedelta(minutes=30),
    per_day: int = 2,
    limit: int = 6,
) -> list[datetime]:
    """Return starts of meetings that fit into free time, a few on each day, earliest first.

    Starts lie on the step's grid from the hour (9:00, 9:30 …), and slots of one day do not overlap: whoever chooses
    wants different times, not the same hour shifted. Days are those of the intervals' own time zone.

    :param length: how long the meeting takes
    :param per_day: at most so many on a day: the first ones, then the last of the day when there is room
    :param limit: at most so many in all
    """
    by_day: dict = {}
    for start, stop in merged(free):
        begin = _on_grid(start, step)
        while begin + length <= stop:
            by_day.setdefault(begin.date(), []).append(begin)
            begin += length
    found = []
    for day in sorted(by_day):
        found += _spread(by_day[day], per_day)
        if len(found) >= limit:
            break
    return found[:limit]


def _on_grid(start: datetime, step: timedelta) -> datetime:
    """Return the first time from start on that is a whole number of steps after the hour."""
    hour = start.replace(minute=0, second=0, microsecond=0)
    steps = -((hour - start) // step)
    return hour + steps * step


def _spread(starts: list[datetime], count: int) -> list[datetime]:
    """Return so many of the starts, the first and the last among them: mornings and afternoons."""
    if len(starts) <= count:
        return starts
    if count == 1:
        return starts[:1]
    return [starts[round(i * (len(starts) - 1) / (count - 1))] for i in range(count)]
