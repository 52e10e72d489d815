"""What the rotation planner reads and returns, and the days it reckons with."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

PRECEDENCE = ("freeze", "exception", "tenure", "consent", "cap", "balance", "face")


@dataclass(frozen=True)
class Account:
    """An account as the planner sees it.

    :param since: the day its owner took over
    :param known: ids of further people the customer knows: account team, former owners who still work here
    :param stays_until: last day of a freeze or an exception; ``date.max`` when its end is not known
    :param stays_why: "freeze" or "exception"
    :param quiet: pairs of days, both included, in which it is not moved
    :param tenure: months of minimum tenure when longer than the rules', for a customer who needs steadiness
    """

    id: int
    owner: int
    since: date
    revenue: float = 0.0
    key: bool = False
    consent: bool = False
    industry: object = None
    country: object = None
    known: tuple = ()
    stays_until: date | None = None
    stays_why: str = "freeze"
    quiet: tuple = ()
    tenure: int = 0


@dataclass(frozen=True)
class Rep:
    """Somebody who owns or may take accounts.

    :param takes: False: gives only (about to leave, at capacity)
    :param room: how many more accounts than now the rep can carry; None: not known
    """

    id: int
    sales_team: object = None
    takes: bool = True
    room: int | None = None


@dataclass(frozen=True)
class Rules:
    """What a schedule asks for; months, accounts per round, and the share of balance.

    :param cap_rep: accounts that one rep may give, may take, and may join in one round
    :param cap_company: accounts that may change hands in one round
    :param balance: nobody receives more than given by more than this share of own accounts and own revenue (of the
        average rep's where own ones are fewer)
    :param same_team: successors come from the owner's sales team only
    """

    interval: int = 24
    tenure: int = 12
    cap_rep: int = 5
    cap_company: int = 50
    balance: float = 0.10
    consent: bool = True
    same_team: bool = False
    second_face: bool = True


@dataclass(frozen=True)
class Line:
    """A proposal: ``kind`` "move" gives the account to another owner, "join" adds a second person to its team.

    :param fit: what speaks for the person: "known", "industry", "country", "sales_team"
    :param waited: rules that kept the account from an earlier round
    """

    account: int
    owner: int
    successor: int
    day: date
    kind: str = "move"
    fit: tuple = ()
    waited: tuple = ()

    @property
    def place(self):
        return self.day, self.successor


@dataclass(frozen=True)
class Held:
    """An account that is due and stays all the same: ``because`` names the rule it gave way to."""

    account: int
    because: str
    kind: str = "move"


@dataclass(frozen=True)
class Plan:
    """What the planner proposes.

    :param held: due accounts that stay
    :param over: reps whom the lines that are fixed already bring out of balance
    :param broken: a :class:`Held` for each line of the previous plan that holds no more; ``because`` is the rule it
        broke, or "gone", "owner" (another one by now), "round" (its day is over), "nobody" (the successor cannot take
        over any more), or "known" (no second person is needed any more)
    """

    lines: tuple = ()
    held: tuple = ()
    over: tuple = ()
    broken: tuple = ()


def months_after(day, months):
    """The same day so many months later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def due_day(account, rules):
    """First day on which the account is to change hands; never before its minimum tenure ends."""
    longer = max(account.tenure - rules.tenure, 0)
    return months_after(account.since, max(rules.interval, rules.tenure) + longer)


def earliest_day(account, rules):
    """First day on which the account may change hands at all."""
    return months_after(account.since, max(rules.tenure, account.tenure))


def changed(before, after):
    """Ids of the accounts whose line is not the same in both plans."""
    places = [{(line.account, line.kind): line.place for line in one.lines} for one in (before, after)]
    return {key[0] for key in places[0].keys() | places[1].keys() if places[0].get(key) != places[1].get(key)}
