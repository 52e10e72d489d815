"""The rotation planner: who takes over which account, and when, in the rounds of the next 12 months.

A pure function of its inputs. What must hold comes in this order, and a lower rule gives way to a higher one:

    freeze and exceptions > minimum tenure > consent > caps > balance > second face

The rotation interval is below all of them: an account that cannot move as they ask stays, and the plan says why.

How it stays steady: an account prefers its rounds by its own due date and its successors by facts and by a hash of
its own and the successor's id, never by what others got. Lines of the ``previous`` plan that still hold are kept, and
only what breaks a cap or the balance is placed anew. So a change of one account moves that account and those needed
to restore a cap, not the plan.
"""

from __future__ import annotations

import calendar
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

PRECEDENCE = ("freeze", "exception", "tenure", "consent", "cap", "balance", "face")
# Experience counts in steps of doubling: 1, 2–3, 4 and more accounts of that industry or country.
EXPERIENCE_STEPS = 3
INDUSTRY_WEIGHT, COUNTRY_WEIGHT, SALES_TEAM_WEIGHT = 2, 1, 2


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
    lines: tuple = ()
    held: tuple = ()
    over: tuple = field(default=())  # reps whom the lines that are fixed already bring out of balance


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


def draw(*ids):
    """A number that ids decide alone: equal candidates are told apart by it, whoever else is there."""
    return zlib.crc32(":".join(map(str, ids)).encode())


def plan(accounts, reps, rules, rounds, fixed=(), previous=()):
    """Propose the rounds.

    :param accounts: all accounts of the schedule, of whatever state
    :param reps: owners and possible successors
    :param rounds: days of the rounds, those of the next 12 months
    :param fixed: lines that are decided: confirmed ones and those a manager placed; they count, and never change
    :param previous: lines of the plan before; those that still hold are kept
    :return: a :class:`Plan`, in the order of days and accounts
    """
    return _Planner(accounts, reps, rules, rounds, fixed).run(previous)


def changed(before, after):
    """Ids of the accounts whose line is not the same in both plans."""
    places = [{(line.account, line.kind): line.place for line in one.lines} for one in (before, after)]
    return {key[0] for key in places[0].keys() | places[1].keys() if places[0].get(key) != places[1].get(key)}


class _Planner:
    def __init__(self, accounts, reps, rules, rounds, fixed):
        self.accounts = {account.id: account for account in sorted(accounts, key=lambda account: account.id)}
        self.reps = {rep.id: rep for rep in sorted(reps, key=lambda rep: rep.id)}
        self.takers = [rep for rep in self.reps.values() if rep.takes]
        self.rules = rules
        self.rounds = sorted(set(rounds))
        self.lines = {}  # {(account, kind): Line} proposed here
        self.given = defaultdict(int)  # {(rep, day)}
        self.received = defaultdict(int)  # {(rep, day)}
        self.joined = defaultdict(int)  # {(rep, day)}
        self.moving = defaultdict(int)  # {day}
        self.net = defaultdict(int)  # {rep: accounts received less given}
        self.net_revenue = defaultdict(float)
        self.fixed = {(line.account, line.kind) for line in fixed}
        self._learn()
        self.ranked = {}  # {account: [rep, …]}
        self.before = {}  # {(account, kind): Line} of the previous plan
        for line in sorted(fixed, key=lambda line: (line.day, line.account, line.kind)):
            self._count(line, 1)

    def _learn(self):
        """How much each rep has of each industry and country, and what share of that may be gained."""
        self.industry, self.country = defaultdict(int), defaultdict(int)
        owned, revenue = defaultdict(int), defaultdict(float)
        for account in self.accounts.values():
            owned[account.owner] += 1
            revenue[account.owner] += account.revenue
            self.industry[account.owner, account.industry] += 1
            self.country[account.owner, account.country] += 1
        people = len(self.reps) or 1
        average, average_revenue = len(self.accounts) / people, sum(revenue.values()) / people
        share = self.rules.balance
        self.may_gain = {rep: max(1, int(share * max(owned[rep], average))) for rep in self.reps}
        self.may_gain_revenue = {rep: share * max(revenue[rep], average_revenue) for rep in self.reps}

    # The order of things

    def run(self, previous):
        wanted = [account for account in self.accounts.values() if self._is_due(account)]
        wanted.sort(key=self._priority)
        self._keep(previous)
        self._place_all(wanted)
        held = [self._held(account) for account in wanted if (account.id, "move") not in self.lines]
        if self.rules.second_face:
            held += self._second_faces()
        lines = sorted(self.lines.values(), key=lambda line: (line.day, line.account, line.kind))
        over = sorted(rep for rep in self.net if rep in self.reps and self._is_over(rep))
        return Plan(tuple(self._explained(line) for line in lines), tuple(held), tuple(over))

    def _is_due(self, account):
        if (account.id, "move") in self.fixed or account.owner not in self.reps or not self.rounds:
            return False
        return due_day(account, self.rules) <= self.rounds[-1]

    def _priority(self, account):
        return due_day(account, self.rules), draw(account.id), account.id

    # Counting

    def _count(self, line, sign):
        if line.kind == "join":
            self.joined[line.successor, line.day] += sign
        else:
            self.received[line.successor, line.day] += sign
            self.moving[line.day] += sign
            account = self.accounts.get(line.account)
            revenue = account.revenue if account else 0.0
            self.given[line.owner, line.day] += sign
            self.net[line.owner] -= sign
            self.net[line.successor] += sign
            self.net_revenue[line.owner] -= sign * revenue
            self.net_revenue[line.successor] += sign * revenue

    def _put(self, line):
        self.lines[line.account, line.kind] = line
        self._count(line, 1)

    def _take_back(self, line):
        del self.lines[line.account, line.kind]
        self._count(line, -1)

    def _is_over(self, rep, gain=0, revenue=0.0):
        """Whether the rep received too much more than given, or would with a further account."""
        room = self.reps[rep].room
        too_many = self.net[rep] + gain > self.may_gain[rep]
        too_much = self.net_revenue[rep] + revenue > self.may_gain_revenue[rep] + 1e-6
        return too_many or too_much or (room is not None and self.net[rep] + gain > max(room, 0))

    # What the previous plan said

    def _keep(self, previous):
        """Put the lines that still hold; take back the last ones of whoever they bring out of balance."""
        self.before = {(line.account, line.kind): line for line in previous}
        moves = [line for line in previous if line.kind == "move" and line.account in self.accounts]
        moves.sort(key=lambda line: (line.day, self._priority(self.accounts[line.account])))
        for line in moves:
            account = self.accounts[line.account]
            if not self._is_due(account) or line.day not in self._days(account) or account.owner != line.owner:
                continue
            if line.successor in self._candidates(account) and self._is_open(account, line.day, line.successor):
                self._put(Line(account.id, account.owner, line.successor, line.day))
        excess = {rep for rep in self.reps if self._is_over(rep)}
        while excess:
            rep = min(excess)
            got = [line for line in self.lines.values() if line.successor == rep]
            if got and self._is_over(rep):
                last = max(got, key=lambda line: (line.day, self._priority(self.accounts[line.account])))
                self._take_back(last)
                if last.owner in self.reps and self._is_over(last.owner):
                    excess.add(last.owner)
            else:
                excess.discard(rep)

    # Placing

    def _place_all(self, wanted):
        """Place what is not placed; again while somebody gave an account and so may take one now."""
        waiting = [account for account in wanted if (account.id, "move") not in self.lines]
        while waiting:
            left = [account for account in waiting if not self._place(account)]
            if len(left) == len(waiting):
                return
            waiting = left

    def _place(self, account):
        candidates = [rep for rep in self._candidates(account) if not self._is_over(rep, 1, account.revenue)]
        if not candidates:
            return False
        before = self.before.get((account.id, "move"))
        if before and before.successor in candidates:
            candidates = [before.successor, *candidates]
        for day in self._days(account):
            if self.moving[day] >= self.rules.cap_company or self.given[account.owner, day] >= self.rules.cap_rep:
                continue
            for rep in candidates:
                if self._is_open(account, day, rep):
                    self._put(Line(account.id, account.owner, rep, day))
                    return True
        return False

    def _days(self, account):
        """The rounds in which the account may move as far as it is concerned."""
        if self.rules.consent and account.key and not account.consent:
            return []
        due = due_day(account, self.rules)
        return [day for day in self.rounds if day >= due and not self._stays(account, day)]

    @staticmethod
    def _stays(account, day):
        """The rule that keeps the account as it is on that day, or None."""
        if account.stays_until and day <= account.stays_until:
            return account.stays_why
        return "quiet" if any(first <= day <= last for first, last in account.quiet) else None

    def _is_open(self, account, day, rep, kind="move"):
        """Whether the caps of that round leave room; who only joins a team is counted apart from who takes over."""
        rules = self.rules
        if kind == "join":
            return self.joined[rep, day] < rules.cap_rep
        return (
            self.moving[day] < rules.cap_company
            and self.received[rep, day] < rules.cap_rep
            and self.given[account.owner, day] < rules.cap_rep
        )

    def _candidates(self, account):
        """Ids of who may follow the owner, best first: whom the customer knows, then by fit, then by draw."""
        if account.id not in self.ranked:
            team = self.reps[account.owner].sales_team
            able = [
                rep
                for rep in self.takers
                if rep.id != account.owner and (not self.rules.same_team or rep.sales_team == team)
            ]
            able.sort(key=lambda rep: (*self._merit(account, rep), draw(account.id, rep.id), rep.id))
            self.ranked[account.id] = [rep.id for rep in able]
        return self.ranked[account.id]

    def _merit(self, account, rep):
        """Smaller is better: known to the customer first, then experience with such customers."""
        team = self.reps[account.owner].sales_team
        score = SALES_TEAM_WEIGHT * (team is not None and rep.sales_team == team)
        if account.industry is not None:
            score += INDUSTRY_WEIGHT * min(self.industry[rep.id, account.industry].bit_length(), EXPERIENCE_STEPS)
        if account.country is not None:
            score += COUNTRY_WEIGHT * min(self.country[rep.id, account.country].bit_length(), EXPERIENCE_STEPS)
        return rep.id not in account.known, -score

    # Second faces

    def _second_faces(self):
        """Propose a second person for key accounts that know one only and do not move; return the held ones."""
        held = []
        lonely = [account for account in self.accounts.values() if self._is_lonely(account)]
        kept = [account for account in lonely if self._keep_face(account)]
        for account in sorted(lonely, key=lambda account: (draw(account.id), account.id)):
            if account not in kept and not self._place_face(account):
                held.append(Held(account.id, self._why_no_face(account), "face"))
        return held

    def _is_lonely(self, account):
        planned = {(account.id, kind) for kind in ("move", "join")}
        known = set(account.known) - {account.owner}
        decided = planned & (self.fixed | self.lines.keys())
        return account.key and not known and not decided and account.owner in self.reps

    def _keep_face(self, account):
        line = self.before.get((account.id, "join"))
        days = [day for day in self.rounds if not self._stays(account, day)]
        if not line or line.day not in days or line.successor not in self._candidates(account):
            return False
        if not self._is_open(account, line.day, line.successor, "join"):
            return False
        self._put(Line(account.id, account.owner, line.successor, line.day, "join"))
        return True

    def _place_face(self, account):
        for day in self.rounds:
            if self._stays(account, day):
                continue
            for rep in self._candidates(account):
                if self._is_open(account, day, rep, "join"):
                    self._put(Line(account.id, account.owner, rep, day, "join"))
                    return True
        return False

    def _why_no_face(self, account):
        stays = [self._stays(account, day) for day in self.rounds]
        if stays and all(stays):
            return stays[-1]
        return "cap" if self._candidates(account) else "nobody"

    # Why

    def _held(self, account):
        """Name the highest rule that keeps a due account where it is."""
        if self.rules.consent and account.key and not account.consent:
            stays = self._stays(account, self.rounds[-1])
            return Held(account.id, stays if stays in PRECEDENCE else "consent")
        days = self._days(account)
        if not days:
            return Held(account.id, self._stays(account, self.rounds[-1]) or "quiet")
        candidates = self._candidates(account)
        if not candidates:
            return Held(account.id, "nobody")
        full = not any(self._is_open(account, day, rep) for day in days for rep in candidates)
        return Held(account.id, "cap" if full else "balance")

    def _explained(self, line):
        account = self.accounts[line.account]
        first = due_day(account, self.rules) if line.kind == "move" else self.rounds[0]
        waited = []
        for day in self.rounds:
            if first <= day < line.day:
                stays = self._stays(account, day)
                full = not self._is_open(account, day, line.successor, line.kind)
                waited.append(stays or ("cap" if full else "kept"))
        return Line(
            line.account,
            line.owner,
            line.successor,
            line.day,
            line.kind,
            self._fit(account, self.reps[line.successor]),
            tuple(dict.fromkeys(waited)),
        )

    def _fit(self, account, rep):
        team = self.reps[account.owner].sales_team
        facts = {
            "known": rep.id in account.known,
            "industry": account.industry is not None and self.industry[rep.id, account.industry] > 0,
            "country": account.country is not None and self.country[rep.id, account.country] > 0,
            "sales_team": team is not None and rep.sales_team == team,
        }
        return tuple(name for name, holds in facts.items() if holds)
