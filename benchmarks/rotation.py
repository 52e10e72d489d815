"""A year of rotation for 10,000 accounts and 60 reps: how long the planner takes, and how steady its plan is.

Plain Python on made-up accounts, no database. The steadiness is that of 100 re-plannings, each after one account was
frozen, lost its owner, became a key account or left; with the plan before at hand, as in Odoo, and from nothing.
"""

import random
from dataclasses import replace
from datetime import date, timedelta

from analytics.rotation import Account, Rep, Rules, changed, months_after
from analytics.rotation_planner import plan
from dev.bench import Figure

ACCOUNTS, REPS, CHANGES = 10_000, 60, 100
TODAY = date(2026, 1, 15)
ROUNDS = [months_after(date(2026, 2, 1), month) for month in range(12)]
RULES = Rules(interval=24, tenure=12, cap_rep=8, cap_company=300)


def company(accounts=ACCOUNTS, reps=REPS):
    rnd = random.Random(7)
    people = [Rep(number, number % 6) for number in range(1, reps + 1)]
    customers = [
        Account(
            id=number,
            owner=rnd.randrange(reps) + 1,
            since=TODAY - timedelta(days=rnd.randrange(1800)),
            revenue=rnd.lognormvariate(9, 1.3),
            key=rnd.random() < 0.1,
            consent=rnd.random() < 0.6,
            industry=rnd.randrange(12),
            country=rnd.randrange(8),
            known=tuple(rnd.sample(range(1, reps + 1), rnd.choice((0, 0, 1, 2)))),
            stays_until=date.max if rnd.random() < 0.03 else None,
        )
        for number in range(1, accounts + 1)
    ]
    return customers, people


def run(context):
    customers, people = company()
    with context.timed("plan"):
        result = plan(customers, people, RULES, ROUNDS)
    with context.timed("again"):
        plan(customers, people, RULES, ROUNDS, previous=result.lines)
    kept, anew = _steadiness(*company(1500, 20))
    moves = sum(line.kind == "move" for line in result.lines)
    return [
        Figure("a year planned, 10,000 accounts, 60 reps", context.seconds["plan"], "s", 30),
        Figure("the same again, with the plan before", context.seconds["again"], "s", 30),
        Figure("accounts that change hands", moves, "accounts"),
        Figure("key accounts that gain a second person", len(result.lines) - moves, "accounts"),
        Figure("due accounts held back, with the reason", len(result.held), "accounts"),
        Figure(
            "lines changed by one account's change", kept, "%", 1, baseline=f"without the plan before: {anew:.2g} %"
        ),
    ]


def _steadiness(customers, people):
    """Mean share of changed lines in percent: re-planned with the plan before, and planned from nothing."""
    rules = replace(RULES, cap_company=60)
    before = plan(customers, people, rules, ROUNDS)
    kept = anew = 0
    for number in range(CHANGES):
        rnd = random.Random(number)
        index = rnd.randrange(len(customers))
        one = customers[index]
        other = rnd.choice(
            (
                [],
                [replace(one, stays_until=date.max)],
                [replace(one, owner=rnd.choice(people).id, since=TODAY)],
                [replace(one, key=not one.key)],
            )
        )
        after = [*customers[:index], *other, *customers[index + 1 :]]
        kept += len(changed(before, plan(after, people, rules, ROUNDS, previous=before.lines)))
        anew += len(changed(before, plan(after, people, rules, ROUNDS)))
    return 100 * kept / CHANGES / len(before.lines), 100 * anew / CHANGES / len(before.lines)
