"""Who is there for a customer on a day when people are away and cover for each other. Plain Python on ids and dates."""

from datetime import date, timedelta
from typing import NamedTuple

DAY = timedelta(days=1)


class Turn(NamedTuple):
    """One person covers one account from the first to the last day."""

    first: date
    last: date
    cover: int | None


class Away(NamedTuple):
    """An absence.

    :param turns: ``{account id: turns}``, those of an account do not overlap
    :param rest: who covers everything else, or None
    """

    key: int
    user: int
    first: date
    last: date
    turns: dict
    rest: int | None = None

    def cover(self, account, day):
        """Return who covers the account on that day; what no turn names falls to ``rest``."""
        for turn in self.turns.get(account, ()):
            if turn.first <= day <= turn.last:
                return turn.cover or self.rest
        return self.rest


class CircleError(Exception):
    """People who cover for each other on the same day: nobody is there."""

    def __init__(self, users, day):
        super().__init__(users, day)
        self.users = users
        self.day = day


def by_user(absences):
    """Return ``{user: absences}``."""
    found = {}
    for away in absences:
        found.setdefault(away.user, []).append(away)
    return found


def stand_in(user, account, day, absences):
    """Return who is there for the account instead of the user: the cover, the cover's cover, …

    :param absences: as from :func:`by_user`
    :return: the user, when that one is not away; None when nobody is there
    :raise CircleError: when the covers lead back to somebody who is away
    """
    passed = [user]
    while True:
        away = next((one for one in absences.get(user, ()) if one.first <= day <= one.last), None)
        if away is None:
            return user
        user = away.cover(account, day)
        if user is None:
            return None
        if user in passed:
            raise CircleError([*passed[passed.index(user) :], user], day)
        passed.append(user)


def breaks(first, last, absences):
    """Return the days from first to last on which somebody else may be there than the day before."""
    days = {first}
    for own in absences.values():
        for away in own:
            turns = [turn for several in away.turns.values() for turn in several]
            for one in (away, *turns):
                days |= {one.first, one.last + DAY}
    return sorted(day for day in days if first <= day <= last)


def segments(user, account, first, last, absences, days=None):
    """Return [(first day, last day, who is there)] for the days on which the user is away, without the gaps.

    :param days: the breaks, when the caller asks for many accounts
    """
    days = breaks(first, last, absences) if days is None else [day for day in days if first <= day <= last]
    if first not in days:
        days = [first, *days]
    found = []
    for day, after in zip(days, [*days[1:], last + DAY], strict=True):
        there = stand_in(user, account, day, absences)
        if there is None or there == user:
            continue
        if found and found[-1][1] + DAY == day and found[-1][2] == there:
            found[-1] = (found[-1][0], after - DAY, there)
        else:
            found.append((day, after - DAY, there))
    return found
