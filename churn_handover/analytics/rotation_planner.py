"""The rotation planner: who takes over which account, and when, in the rounds of the next 12 months.

A pure function of its inputs. What must hold comes in this order, and a lower rule gives way to a higher one:

    freeze and exceptions > minimum tenure > consent > caps > balance > second face

The rotation interval is below all of them: an account that cannot move as they ask stays, and the plan says why.

How it stays steady: an account prefers its rounds by its own due date and its successors by facts and by a hash of
its own and the successor's id, never by what others got. Lines of the ``previous`` plan that still hold are kept, and
only what breaks a cap or the balance is placed anew. So a change of one account moves that account and those needed
to restore a cap, not the plan.

An account moves at most once in a plan: when it may move again depends on the day it really changed hands.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from .rotation import PRECEDENCE, Held, Line, Plan, due_day
from .rotation_fit import Ranking, draw


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


class _Planner:
    def __init__(self, accounts, reps, rules, rounds, fixed):
        self.accounts = {account.id: account for account in sorted(accounts, key=lambda account: account.id)}
        self.reps = {rep.id: rep for rep in sorted(reps, key=lambda rep: rep.id)}
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
        self.ranking = Ranking(self.accounts.values(), self.reps.values(), rules)
        self.before = {}  # {(account, kind): Line} of the previous plan
        self.broken = {}  # {(account, kind): why it holds no more}
        for line in sorted(fixed, key=lambda line: (line.day, line.account, line.kind)):
            self._count(line, 1)

    def _learn(self):
        """What each rep may gain."""
        owned, revenue = defaultdict(int), defaultdict(float)
        for account in self.accounts.values():
            owned[account.owner] += 1
            revenue[account.owner] += account.revenue
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
        return Plan(tuple(self._explained(line) for line in lines), tuple(held), tuple(over), self._broken_lines())

    def _broken_lines(self):
        """Why lines of the previous plan are not in this one as they were."""
        found = []
        for key, before in sorted(self.before.items()):
            now = self.lines.get(key)
            if not now or now.place != before.place or now.owner != before.owner:
                known = "known" if before.kind == "join" and key not in self.broken else "gone"
                found.append(Held(before.account, self.broken.get(key, known), before.kind))
        return tuple(found)

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
        moves = [line for line in previous if line.kind == "move"]
        known = self.accounts
        moves.sort(key=lambda line: (line.day, *(self._priority(known[line.account]) if line.account in known else ())))
        for line in moves:
            because = self._why_broken(line)
            if because:
                self.broken[line.account, "move"] = because
            else:
                self._put(Line(line.account, line.owner, line.successor, line.day))
        excess = {rep for rep in self.reps if self._is_over(rep)}
        while excess:
            rep = min(excess)
            got = [line for line in self.lines.values() if line.successor == rep]
            if got and self._is_over(rep):
                last = max(got, key=lambda line: (line.day, self._priority(self.accounts[line.account])))
                self._take_back(last)
                self.broken[last.account, "move"] = "balance"
                if last.owner in self.reps and self._is_over(last.owner):
                    excess.add(last.owner)
            else:
                excess.discard(rep)

    def _why_broken(self, line):
        """The rule that a line of the previous plan breaks by now, or None."""
        account = self.accounts.get(line.account)
        if not account or (account.id, line.kind) in self.fixed:
            return "gone"
        if account.owner != line.owner or account.owner not in self.reps:
            return "owner"
        if stays := self._stays(account, line.day):
            return stays
        if line.kind == "move":
            if not self._is_due(account) or line.day < due_day(account, self.rules):
                return "tenure"
            if self.rules.consent and account.key and not account.consent:
                return "consent"
        if line.day not in self.rounds:
            return "round"
        if line.successor not in self.ranking.candidates(account):
            return "nobody"
        return None if self._is_open(account, line.day, line.successor, line.kind) else "cap"

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
        candidates = [rep for rep in self.ranking.candidates(account) if not self._is_over(rep, 1, account.revenue)]
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
        if not line:
            return False
        if because := self._why_broken(line):
            self.broken[account.id, "join"] = because
            return False
        self._put(Line(account.id, account.owner, line.successor, line.day, "join"))
        return True

    def _place_face(self, account):
        for day in self.rounds:
            if self._stays(account, day):
                continue
            for rep in self.ranking.candidates(account):
                if self._is_open(account, day, rep, "join"):
                    self._put(Line(account.id, account.owner, rep, day, "join"))
                    return True
        return False

    def _why_no_face(self, account):
        stays = [self._stays(account, day) for day in self.rounds]
        if stays and all(stays):
            return stays[-1]
        return "cap" if self.ranking.candidates(account) else "nobody"

    # Why

    def _held(self, account):
        """Name the highest rule that keeps a due account where it is."""
        if self.rules.consent and account.key and not account.consent:
            stays = self._stays(account, self.rounds[-1])
            return Held(account.id, stays if stays in PRECEDENCE else "consent")
        days = self._days(account)
        if not days:
            return Held(account.id, self._stays(account, self.rounds[-1]) or "quiet")
        candidates = self.ranking.candidates(account)
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
        fit = self.ranking.facts(account, line.successor)
        return replace(line, fit=fit, waited=tuple(dict.fromkeys(waited)))
