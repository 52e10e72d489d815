"""Who should take over which account: the plan as a whole with the most expected kept revenue.

A transportation problem: every account goes to one candidate, nobody gets more than fits. With a limit on the number of
accounts alone its linear programme has whole-number corners, so what HiGHS finds is exact. With limits on revenue or
open deals too, the few accounts that the linear programme splits are placed by a small integer programme, and
``Plan.gap`` is proven by the programme's bound.

A large programme starts with few candidates per account, the best ones at the prices that a sample of the accounts
puts on the candidates' room, and adds whoever its own prices show to be better, until nobody is. So the short list
costs no value: with a limit on accounts the result is the best of all plans over all candidates.

HiGHS is used as interior point with crossover: 20 times as fast here as its dual simplex, and a corner all the same.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array, vstack

LIMITS = ("accounts", "revenue", "deals")
SMALL = 20000  # account-candidate pairs that are simply solved as they are
SAMPLE = 1000
SHORTLIST = 6
ADDED_PER_ROUND = 5
ROUNDS = 30
TOLERANCE = 1e-7
GOOD_ENOUGH = 1e-5
ROUNDING_GAP = 1e-3  # of the accounts placed anew, a few per cent of all; Plan.gap says what it means for the whole
NODES = 500  # a limit in nodes, not in seconds: the same input gives the same plan on any machine
FREED = 400  # accounts that the integer programme may move besides those that were split


@dataclass(frozen=True)
class Shortage:
    """A limit that no plan can keep.

    :param limit: one of ``LIMITS``, or "nobody" when no candidate may take the account
    :param candidate: id whose limit the fixed choices break; None when all candidates together have too little room
    :param amount: by how much; of "nobody" and in the end of all limits the least that must be added
    """

    limit: str
    amount: float
    candidate: int | None = None


@dataclass
class Plan:
    """:param successors: {account id: candidate id}; accounts that cannot be placed are missing
    :param value: expected kept revenue of the plan; ``bound``: what no plan can exceed; ``greedy``: what one gets by
        giving the largest account its best candidate with room, then the next
    """

    successors: dict
    value: float
    bound: float
    greedy: float
    shortages: list = field(default_factory=list)

    @property
    def gap(self):
        """Proven distance to the best possible plan, as a share of it."""
        return max(0.0, (self.bound - self.value) / self.bound) if self.bound > 0 else 0.0

    @property
    def better_than_greedy(self):
        return (self.value - self.greedy) / self.greedy if self.greedy > 0 else 0.0


def match(accounts, candidates, gain, room, need=None, locked=None):
    """Give every account a successor.

    :param accounts: ids; candidates: ids; both in any order, which does not matter
    :param gain: array (accounts × candidates): expected kept revenue; NaN where the candidate may not take the account
    :param room: array (candidates × limits) in the order of ``LIMITS``: what still fits; inf without limit
    :param need: array (accounts × limits): what each account takes of it; default one account each and nothing else
    :param locked: {account id: candidate id} that the manager fixed; they count first and are never moved
    :rtype: Plan
    """
    problem = _Problem.ordered(accounts, candidates, gain, room, need, locked or {})
    greedy = problem.greedy()
    if problem.free.size:
        chosen, bound = problem.solve()
        if problem.worth(greedy) > problem.worth(chosen):
            chosen = greedy
    else:
        chosen, bound = problem.fixed.copy(), problem.value(problem.fixed)
    placed = chosen >= 0
    successors = {
        int(account): int(problem.candidates[position])
        for account, position in zip(problem.accounts[placed], chosen[placed], strict=True)
    }
    value = problem.value(chosen)
    return Plan(successors, value, max(bound, value), problem.value(greedy), problem.shortages(chosen))


@dataclass
class _Problem:
    """The arrays in the order of ids; ``fixed``: position of the fixed candidate or -1."""

    accounts: np.ndarray
    candidates: np.ndarray
    gain: np.ndarray
    room: np.ndarray
    need: np.ndarray
    fixed: np.ndarray
    scale: float = 1.0

    @classmethod
    def ordered(cls, accounts, candidates, gain, room, need, locked):
        accounts, candidates = np.asarray(accounts, dtype=np.int64), np.asarray(candidates, dtype=np.int64)
        rows, columns = np.argsort(accounts), np.argsort(candidates)
        gain = np.asarray(gain, dtype=float).reshape(len(accounts), len(candidates))[rows][:, columns]
        room = np.asarray(room, dtype=float)[columns]
        if need is None:
            need = np.zeros((len(accounts), room.shape[1]))
            need[:, 0] = 1
        need = np.asarray(need, dtype=float)[rows]
        position = {int(candidate): index for index, candidate in enumerate(candidates[columns])}
        fixed = np.array(
            [position[locked[account]] if account in locked else -1 for account in accounts[rows].tolist()]
        )
        scale = np.nanmax(np.abs(gain), initial=0.0, where=~np.isnan(gain)) or 1.0
        return cls(accounts[rows], candidates[columns], gain, room, need, fixed.astype(int), float(scale))

    @property
    def free(self):
        """Positions of the accounts that the programme may place."""
        return np.flatnonzero((self.fixed < 0) & ~np.isnan(self.gain).all(axis=1))

    def used(self, chosen):
        """What the choices take of every candidate's room."""
        used = np.zeros_like(self.room)
        placed = chosen >= 0
        np.add.at(used, chosen[placed], self.need[placed])
        return used

    def value(self, chosen):
        rows = np.flatnonzero(chosen >= 0)
        return float(np.nansum(self.gain[rows, chosen[rows]]))

    def worth(self, chosen):
        """What plans are compared by: first how many accounts have a successor, then the kept revenue."""
        return int((chosen >= 0).sum()), self.value(chosen)

    def left(self, chosen):
        """Room that the choices leave, never below zero: fixed choices may exceed it."""
        return np.maximum(self.room - self.used(chosen), 0.0)

    def greedy(self):
        chosen = self.fixed.copy()
        left = self.left(chosen)
        gain = np.where(np.isnan(self.gain), -np.inf, self.gain)
        best = gain.max(axis=1, initial=-np.inf)
        free = self.free
        for row in free[np.argsort(-best[free], kind="stable")]:
            fits = (self.need[row] <= left + TOLERANCE).all(axis=1) & np.isfinite(gain[row])
            if fits.any():
                column = int(np.argmax(np.where(fits, gain[row], -np.inf)))
                chosen[row] = column
                left[column] -= self.need[row]
        return chosen

    # The linear programme

    def solve(self):
        """Return (chosen, bound of the value)."""
        rows = self.free
        gain = self.gain[rows] / self.scale
        left = self.left(self.fixed)
        limits = _limits(left)
        arcs = self._start(rows, gain, left)
        # Leaving an account to nobody costs more than any chain of exchanges through all candidates can gain.
        penalty = self._penalty
        several = any(limit for limit, _column in limits)
        for _round in range(ROUNDS):
            result = self._linear(rows, gain, arcs, left, limits, penalty)
            missing, slack = self._better(rows, gain, arcs, limits, result)
            # Several limits make no corner whole anyway: there the last thousandth of a per cent is not worth a round.
            if not missing.any() or (several and slack <= GOOD_ENOUGH * abs(result.fun)):
                break
            arcs |= missing
        chosen = self._rounded(rows, gain, arcs, left, result)
        unplaced = float(result.x[: len(rows)].sum())
        bound = (-result.fun + penalty * unplaced + slack) * self.scale + self.value(self.fixed)
        return chosen, bound

    @property
    def _penalty(self):
        return 2.0 * len(self.candidates) + 2.0

    def _start(self, rows, gain, left):
        """Return the pairs to begin with: all of a small problem, else the best at the prices of a sample."""
        if gain.size <= SMALL:
            return ~np.isnan(gain)
        step = max(1, len(rows) // SAMPLE)
        some = np.arange(0, len(rows), step)
        part = self.need[rows[some]].sum(axis=0) / np.maximum(self.need[rows].sum(axis=0), 1e-9)
        limits = _limits(left)
        sampled = np.where(np.isfinite(left), np.nan_to_num(left) * part, np.inf)
        result = self._linear(rows[some], gain[some], ~np.isnan(gain[some]), sampled, limits, self._penalty)
        return _shortlist(gain - self.need[rows] @ self._prices(limits, result).T)

    def _prices(self, limits, result):
        """What one more unit of room is worth: array (candidates × limits)."""
        price = np.zeros_like(self.room)
        if limits:
            for (limit, column), marginal in zip(limits, result.ineqlin.marginals, strict=True):
                price[column, limit] = -marginal
        return price

    def _linear(self, rows, gain, arcs, left, limits, penalty):
        """Solve over the arcs; the first variables say which share of each account nobody gets."""
        of, to = np.nonzero(arcs)
        count = len(rows)
        columns = np.arange(len(of)) + count
        cost = np.concatenate([np.full(count, penalty), -gain[of, to]])
        every = coo_array(
            (np.ones(count + len(of)), (np.concatenate([np.arange(count), of]), np.arange(count + len(of))))
        ).tocsr()
        upper, bounds = _limit_rows(self.need[rows], of, to, columns, left, limits, count + len(of))
        result = linprog(
            cost, A_ub=upper, b_ub=bounds, A_eq=every, b_eq=np.ones(count), bounds=(0, None), method="highs-ipm"
        )
        if result.status != 0:
            raise ArithmeticError(f"the solver gave up: {result.message}")
        result.arcs = (of, to)
        return result

    def _better(self, rows, gain, arcs, limits, result):
        """Return the arcs that the prices show to be better than what is used, and what they could add at most."""
        reduced = gain + result.eqlin.marginals[:, None] - self.need[rows] @ self._prices(limits, result).T
        reduced = np.where(np.isnan(reduced) | arcs, -np.inf, reduced)
        best = reduced.max(axis=1, initial=0.0)
        promising = reduced > TOLERANCE
        if reduced.shape[1] > ADDED_PER_ROUND:
            floor = np.partition(reduced, -ADDED_PER_ROUND, axis=1)[:, -ADDED_PER_ROUND]
            promising &= reduced >= floor[:, None]
        return promising, float(best[best > TOLERANCE].sum())

    # Whole accounts

    def _rounded(self, rows, gain, arcs, left, result):
        """Return whole choices; split accounts are placed anew together with the accounts easiest to move."""
        of, to = result.arcs
        share = result.x[len(rows) :]
        chosen = self.fixed.copy()
        whole = share > 1 - 1e-6
        chosen[rows[of[whole]]] = to[whole]
        split = np.setdiff1d(of[(share > 1e-6) & ~whole], of[whole])
        if not split.size:
            return chosen
        freed = self._freed(rows, gain, chosen, split)
        chosen[rows[freed]] = -1
        return self._integer(rows, gain, arcs, chosen, freed)

    def _freed(self, rows, gain, chosen, split):
        """The split accounts, and those whose second choice is nearly as good as what they got."""
        ranked = np.where(np.isnan(gain), -np.inf, gain)
        placed = np.flatnonzero(chosen[rows] >= 0)
        own = ranked[placed, chosen[rows[placed]]]
        others = ranked[placed].copy()
        others[np.arange(len(placed)), chosen[rows[placed]]] = -np.inf
        regret = own - others.max(axis=1, initial=-np.inf)
        return np.union1d(split, placed[np.argsort(regret, kind="stable")[:FREED]])

    def _integer(self, rows, gain, arcs, chosen, freed):
        """Place the freed accounts exactly in the room that the others leave."""
        left = self.left(chosen)
        allowed = arcs[freed] if len(freed) * gain.shape[1] > SMALL else ~np.isnan(gain[freed])
        of, to = np.nonzero(allowed)
        count = len(freed)
        total = count + len(of)
        limits = _limits(left)
        every = coo_array((np.ones(total), (np.concatenate([np.arange(count), of]), np.arange(total)))).tocsr()
        upper, bounds = _limit_rows(self.need[rows[freed]], of, to, np.arange(len(of)) + count, left, limits, total)
        result = milp(
            np.concatenate([np.full(count, self._penalty), -gain[freed[of], to]]),
            integrality=np.ones(total),
            bounds=Bounds(0, 1),
            constraints=[LinearConstraint(every, 1, 1), LinearConstraint(upper, -np.inf, bounds)],
            options={"node_limit": NODES, "mip_rel_gap": 1e-6 if gain.size <= SMALL else ROUNDING_GAP},
        )
        if result.x is None:
            return chosen
        taken = result.x[count:] > 0.5
        chosen = chosen.copy()
        chosen[rows[freed[of[taken]]]] = to[taken]
        return chosen

    # What does not fit

    def shortages(self, chosen):
        """Which limits keep the plan from being complete, and by how much at least."""
        found = []
        over = self.used(self.fixed) - self.room
        for column, limit in zip(*np.nonzero(over > TOLERANCE), strict=True):
            amount = float(over[column, limit])
            found.append(Shortage(LIMITS[limit], amount, int(self.candidates[column])))
        nobody = int(((self.fixed < 0) & np.isnan(self.gain).all(axis=1)).sum())
        if nobody:
            found.append(Shortage("nobody", nobody))
        if (chosen[self.free] < 0).any():
            found += [Shortage(LIMITS[limit], amount) for limit, amount in self._excess().items()]
        return found

    def _excess(self):
        """Place everybody and exceed the limits as little as possible: {limit: by how much}."""
        rows = self.free
        left = self.left(self.fixed)
        limits = _limits(left)
        of, to = np.nonzero(~np.isnan(self.gain[rows]))
        over = len(limits)
        columns = np.arange(len(of)) + over
        total = over + len(of)
        # One account too many weighs as much as the average account's revenue or deals too many.
        average = np.maximum(self.need[rows].mean(axis=0), 1e-9)
        cost = np.concatenate([[1 / average[limit] for limit, _column in limits], np.zeros(len(of))])
        every = coo_array((np.ones(len(of)), (of, columns)), shape=(len(rows), total)).tocsr()
        upper, bounds = _limit_rows(self.need[rows], of, to, columns, left, limits, total)
        relax = coo_array((-np.ones(over), (np.arange(over), np.arange(over))), shape=(over, total))
        result = linprog(
            cost, A_ub=upper + relax.tocsr(), b_ub=bounds, A_eq=every, b_eq=np.ones(len(rows)), method="highs-ipm"
        )
        excess = {}
        for (limit, _column), amount in zip(limits, result.x[:over], strict=True):
            if amount > TOLERANCE:
                excess[limit] = excess.get(limit, 0.0) + float(amount)
        return excess


def _limits(left):
    """The (limit, candidate) pairs that are limited at all."""
    return [(limit, column) for limit, column in zip(*np.nonzero(np.isfinite(left.T)), strict=True)]


def _shortlist(gain):
    """The best candidates of each account: a boolean array."""
    if gain.shape[1] <= SHORTLIST:
        return ~np.isnan(gain)
    ranked = np.argsort(np.where(np.isnan(gain), np.inf, -gain), axis=1, kind="stable")[:, :SHORTLIST]
    arcs = np.zeros(gain.shape, dtype=bool)
    np.put_along_axis(arcs, ranked, True, axis=1)
    return arcs & ~np.isnan(gain)


def _limit_rows(need, of, to, columns, left, limits, total):
    """The limits as a matrix: one row per (limit, candidate) that has one."""
    blocks, bounds = [], []
    for limit in dict.fromkeys(limit for limit, _column in limits):
        limited = [column for which, column in limits if which == limit]
        row_of = np.full(left.shape[0], -1)
        row_of[limited] = np.arange(len(limited))
        inside = row_of[to] >= 0
        entries = (need[of[inside], limit], (row_of[to[inside]], columns[inside]))
        blocks.append(coo_array(entries, shape=(len(limited), total)))
        bounds.append(left[limited, limit])
    if not blocks:
        return coo_array((0, total)).tocsr(), np.zeros(0)
    return vstack(blocks).tocsr(), np.concatenate(bounds)
