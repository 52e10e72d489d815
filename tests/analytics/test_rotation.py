"""The planner keeps its rules in thousands of random companies, and a small change changes little."""

import random
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

import pytest

from analytics.rotation import Account, Held, Line, Rep, Rules, changed, due_day, months_after
from analytics.rotation_planner import plan

TODAY = date(2026, 1, 15)
ROUNDS = [months_after(date(2026, 2, 1), 3 * quarter) for quarter in range(4)]
MONTHLY = [months_after(date(2026, 2, 1), month) for month in range(12)]
ANN, BOB, CID = 1, 2, 3


def company(seed, accounts=60, reps=6):
    """A random company: accounts of all ages, some frozen, some key, some quiet; people with and without room."""
    rnd = random.Random(seed)
    people = [
        Rep(
            number + 1,
            rnd.choice(("north", "south", None)),
            rnd.random() < 0.9,
            rnd.choice((None, None, 0, 3, 20)),
        )
        for number in range(reps)
    ]
    customers = []
    for number in range(accounts):
        key = rnd.random() < 0.2
        start = TODAY + timedelta(days=rnd.randrange(330))
        customers.append(
            Account(
                id=1000 + number,
                owner=rnd.randrange(reps) + 1,
                since=TODAY - timedelta(days=rnd.randrange(1500)),
                revenue=round(rnd.expovariate(1 / 10000), 2),
                key=key,
                consent=rnd.random() < 0.5,
                industry=rnd.choice(("steel", "food", "retail", None)),
                country=rnd.choice(("DE", "CN", None)),
                known=tuple(rnd.sample(range(1, reps + 1), rnd.choice((0, 0, 1, 2)))),
                stays_until=rnd.choice((None, None, None, None, date.max, TODAY + timedelta(days=rnd.randrange(400)))),
                stays_why=rnd.choice(("freeze", "exception")),
                quiet=((start, start + timedelta(days=60)),) if rnd.random() < 0.3 else (),
                tenure=rnd.choice((0, 0, 0, 18, 24)),
            )
        )
    rules = Rules(
        interval=rnd.choice((6, 12, 18, 24)),
        tenure=rnd.choice((6, 12, 15)),
        cap_rep=rnd.choice((1, 3, 8)),
        cap_company=rnd.choice((5, 15, 60)),
        balance=rnd.choice((0.0, 0.1, 0.3)),
        consent=rnd.random() < 0.8,
        same_team=rnd.random() < 0.2,
        second_face=rnd.random() < 0.8,
    )
    return customers, people, rules


def net(lines, accounts):
    """{rep: (accounts, revenue)} received less given."""
    revenue = {account.id: account.revenue for account in accounts}
    count, money = defaultdict(int), defaultdict(float)
    for line in lines:
        if line.kind == "move":
            count[line.successor] += 1
            count[line.owner] -= 1
            money[line.successor] += revenue[line.account]
            money[line.owner] -= revenue[line.account]
    return count, money


def check(customers, people, rules, rounds, result, fixed=()):
    """Every rule that may not be broken, by the test's own reckoning."""
    accounts = {account.id: account for account in customers}
    reps = {rep.id: rep for rep in people}
    lines = [*result.lines, *fixed]
    assert len({(line.account, line.kind) for line in lines}) == len(lines)
    out, into, all_in = defaultdict(int), defaultdict(int), defaultdict(int)
    for line in lines:
        all_in[line.day] += line.kind == "move"
        into[line.successor, line.day, line.kind] += 1
        out[line.owner, line.day] += line.kind == "move"
    for line in result.lines:
        account = accounts[line.account]
        assert line.day in rounds
        assert line.owner == account.owner != line.successor
        assert reps[line.successor].takes
        assert not account.stays_until or line.day > account.stays_until
        assert not any(first <= line.day <= last for first, last in account.quiet)
        if line.kind == "move":
            assert line.day >= months_after(account.since, max(rules.tenure, account.tenure))
            assert line.day >= months_after(account.since, rules.interval)
            assert not (rules.consent and account.key) or account.consent
        else:
            assert account.key
            assert not set(account.known) - {account.owner}
        if rules.same_team:
            assert reps[line.successor].sales_team == reps[line.owner].sales_team
        assert all_in[line.day] <= rules.cap_company
        assert into[line.successor, line.day, line.kind] <= rules.cap_rep
        assert out[line.owner, line.day] <= rules.cap_rep
    check_balance(customers, people, rules, lines, result.over)


def check_balance(customers, people, rules, lines, over):
    count, money = net(lines, customers)
    average = len(customers) / len(people)
    average_money = sum(account.revenue for account in customers) / len(people)
    for rep in people:
        own = [account for account in customers if account.owner == rep.id]
        if rep.id in over:
            continue
        assert count[rep.id] <= max(1, int(rules.balance * max(len(own), average)))
        share = rules.balance * max(sum(account.revenue for account in own), average_money)
        assert money[rep.id] <= share + 0.01
        assert rep.room is None or count[rep.id] <= max(rep.room, 0)


@pytest.mark.parametrize("block", range(10))
def test_rules_hold_in_random_companies(block):
    """2000 companies: freeze, exceptions, tenure, consent, caps, room and balance are never broken."""
    moved = joined = 0
    for seed in range(block * 200, block * 200 + 200):
        customers, people, rules = company(seed)
        rounds = ROUNDS if seed % 2 else MONTHLY
        result = plan(customers, people, rules, rounds)
        check(customers, people, rules, rounds, result)
        assert result.over == ()
        moved += sum(line.kind == "move" for line in result.lines)
        joined += sum(line.kind == "join" for line in result.lines)
    assert moved > 500
    assert joined > 100


@pytest.mark.parametrize("block", range(5))
def test_who_is_due_moves_or_is_named(block):
    """An account that is due has a line or a reason, and the reason is the highest rule in its way."""
    reasons = set()
    for seed in range(block * 200, block * 200 + 200):
        customers, people, rules = company(seed)
        result = plan(customers, people, rules, ROUNDS)
        lines = {line.account for line in result.lines if line.kind == "move"}
        held = {one.account: one.because for one in result.held if one.kind == "move"}
        assert not lines & held.keys()
        for account in customers:
            is_due = due_day(account, rules) <= ROUNDS[-1]
            assert is_due == (account.id in lines or account.id in held)
            because = held.get(account.id)
            frozen = account.stays_until and account.stays_until >= ROUNDS[-1]
            if because and frozen:
                assert because == account.stays_why
            elif because and rules.consent and account.key and not account.consent:
                assert because == "consent"
            reasons.add(because)
    assert {"freeze", "exception", "consent", "cap", "balance"} <= reasons


@pytest.mark.parametrize("block", range(5))
def test_every_key_account_has_a_second_face_or_a_reason(block):
    for seed in range(block * 100, block * 100 + 100):
        customers, people, rules = company(seed)
        rules = replace(rules, second_face=True)
        result = plan(customers, people, rules, MONTHLY)
        served = {line.account for line in result.lines}
        held = {one.account for one in result.held if one.kind == "face"}
        for account in customers:
            if account.key and not set(account.known) - {account.owner}:
                assert (account.id in served) != (account.id in held)


@pytest.mark.parametrize("block", range(5))
def test_the_order_of_inputs_does_not_matter_and_a_plan_confirms_itself(block):
    for seed in range(block * 100, block * 100 + 100):
        customers, people, rules = company(seed)
        result = plan(customers, people, rules, ROUNDS)
        rnd = random.Random(seed)
        rnd.shuffle(customers)
        rnd.shuffle(people)
        assert plan(customers, people, rules, list(reversed(ROUNDS))) == result
        again = plan(customers, people, rules, ROUNDS, previous=result.lines)
        assert changed(result, again) == set()
        assert again.held == result.held


def altered(customers, people, seed):
    """One account is not what it was: complained, got a team, grew, was handed over, left, became a key account."""
    rnd = random.Random(seed)
    index = rnd.randrange(len(customers))
    account = customers[index]
    change = rnd.choice(("freeze", "thaw", "revenue", "owner", "gone", "key", "consent", "known", "since"))
    values = {
        "freeze": {"stays_until": date.max},
        "thaw": {"stays_until": None},
        "revenue": {"revenue": account.revenue * 3 + 1000},
        "owner": {"owner": rnd.choice(people).id, "since": TODAY},
        "key": {"key": not account.key},
        "consent": {"consent": not account.consent},
        "known": {"known": (rnd.choice(people).id,)},
        "since": {"since": account.since - timedelta(days=400)},
    }
    after = [] if change == "gone" else [replace(account, **values[change])]
    return [*customers[:index], *after, *customers[index + 1 :]], account.id


def test_a_change_of_one_account_changes_at_most_one_percent_of_the_lines():
    """Averaged over 300 random companies; and the rules hold in the new plan, too."""
    shares, others = [], []
    for seed in range(300):
        customers, people, rules = company(seed, accounts=300, reps=8)
        rules = replace(rules, cap_rep=10, cap_company=60, balance=0.2)
        before = plan(customers, people, rules, MONTHLY)
        if len(before.lines) < 50:
            continue
        after_customers, touched = altered(customers, people, seed)
        after = plan(after_customers, people, rules, MONTHLY, previous=before.lines)
        check(after_customers, people, rules, MONTHLY, after)
        different = changed(before, after)
        assert {one.account for one in after.broken} <= different | {touched}
        shares.append(len(different) / len(before.lines))
        others.append(len(different - {touched}))
    assert len(shares) > 200
    assert sum(shares) / len(shares) <= 0.01
    assert sum(others) / len(others) <= 1


@pytest.mark.parametrize("block", range(4))
def test_confirmed_lines_never_change_and_count(block):
    """What was confirmed is not proposed again, uses up the caps, and the new lines keep the rules beside it."""
    for seed in range(block * 50, block * 50 + 50):
        customers, people, rules = company(seed)
        first = plan(customers, people, rules, MONTHLY)
        fixed = first.lines[: len(first.lines) // 2]
        _rest, touched = altered(customers, people, seed)
        fixed = tuple(line for line in fixed if line.account != touched)
        after_customers, _touched = altered(customers, people, seed)
        again = plan(after_customers, people, rules, MONTHLY, fixed=fixed, previous=first.lines)
        assert not {(line.account, line.kind) for line in again.lines} & {(line.account, line.kind) for line in fixed}
        check(after_customers, people, rules, MONTHLY, again, fixed)


@pytest.mark.parametrize("interval", [3, 6, 9])
def test_an_account_moves_again_only_after_the_minimum_tenure(interval):
    """Planned every month for three years, each round confirmed on its eve: short intervals move accounts often.

    A plan moves an account once; its next move is planned after the last one, and never closer than the tenure.
    """
    moves, months_between = 0, []
    for seed in range(20):
        customers, people, rules = company(seed, accounts=25, reps=5)
        rules = replace(rules, interval=interval, tenure=6, balance=0.3, cap_company=60)
        owned = {one.id: one for one in customers}
        lines, last = (), {}
        for month in range(36):
            today = months_after(TODAY, month)
            rounds = [months_after(date(2026, 2, 1), month + ahead) for ahead in range(12)]
            result = plan(owned.values(), people, rules, rounds, previous=lines)
            for line in result.lines:
                if line.kind == "move" and line.day == rounds[0]:
                    assert line.owner == owned[line.account].owner
                    if line.account in last:
                        months_between.append((line.day - last[line.account]).days / 30.4)
                        assert line.day >= months_after(last[line.account], max(6, owned[line.account].tenure))
                    last[line.account] = line.day
                    owned[line.account] = replace(owned[line.account], owner=line.successor, since=line.day)
                    moves += 1
            lines = result.lines
            assert today < rounds[0]
    assert moves > 200
    assert min(months_between) < interval + 4, "short intervals are followed"


# One rule at a time, in a company that one can see through

RULES = Rules(interval=24, tenure=12, cap_rep=5, cap_company=10, balance=0.5)
PEOPLE = [Rep(ANN, "north"), Rep(BOB, "north"), Rep(CID, "south")]


def account(number, owner=ANN, years=3, **values):
    return Account(number, owner, months_after(TODAY, -12 * years), 1000.0, **values)


def others(start=50):
    """Accounts of everybody that are not due."""
    return [account(start + number, owner, years=0) for number in range(4) for owner in (ANN, BOB, CID)][:12]


def by_account(result, kind="move"):
    return {line.account: line for line in result.lines if line.kind == kind}


def numbered(*customers):
    filler = [replace(one, id=900 + index) for index, one in enumerate(others())]
    return [*customers, *filler]


def test_the_account_team_comes_before_fit():
    known = account(1, industry="steel", known=(CID,))
    fits = account(2, industry="steel")
    experience = [replace(account(800 + number, BOB, years=0), industry="steel") for number in range(4)]
    lines = by_account(plan(numbered(known, fits, *experience), PEOPLE, RULES, ROUNDS))
    assert lines[1].successor == CID
    assert "known" in lines[1].fit
    assert lines[2].successor == BOB
    assert "industry" in lines[2].fit


def test_a_freeze_that_ends_lets_the_account_wait_for_a_later_round():
    waiting = account(1, stays_until=ROUNDS[1])
    line = by_account(plan(numbered(waiting), PEOPLE, RULES, ROUNDS))[1]
    assert line.day == ROUNDS[2]
    assert line.waited == ("freeze",)


def test_freeze_comes_before_consent_and_consent_before_caps():
    frozen = account(1, key=True, stays_until=date.max, known=(BOB,))
    unasked = account(2, key=True, known=(BOB,))
    result = plan(numbered(frozen, unasked), PEOPLE, replace(RULES, cap_company=0), ROUNDS)
    assert set(result.held) == {Held(1, "freeze"), Held(2, "consent")}


def test_a_second_face_gives_way_to_a_freeze_and_to_caps():
    frozen = account(1, years=0, key=True, stays_until=date.max)
    lonely = account(2, years=0, key=True)
    held = plan(numbered(frozen, lonely), PEOPLE, RULES, ROUNDS)
    assert set(by_account(held, "join")) == {2}
    assert held.held == (Held(1, "freeze", "face"),)
    capped = plan(numbered(lonely), PEOPLE, replace(RULES, cap_rep=0), ROUNDS)
    assert capped.held == (Held(2, "cap", "face"),)


def test_what_a_new_plan_changes_is_named_with_its_reason():
    """Each reason by a change of one account, or of the person who was to take it."""
    before = [Line(1, ANN, BOB, ROUNDS[0])]
    reasons = {
        "freeze": account(1, stays_until=date.max),
        "exception": account(1, stays_until=ROUNDS[0], stays_why="exception"),
        "quiet": account(1, quiet=((TODAY, ROUNDS[0]),)),
        "tenure": account(1, years=1),
        "consent": account(1, key=True),
        "owner": account(1, owner=CID),
    }
    for because, one in reasons.items():
        assert plan(numbered(one), PEOPLE, RULES, ROUNDS, previous=before).broken == (Held(1, because),)
    assert plan(numbered(), PEOPLE, RULES, ROUNDS, previous=before).broken == (Held(1, "gone"),)
    assert plan(numbered(account(1)), PEOPLE, RULES, ROUNDS, previous=before).broken == ()
    assert plan(numbered(account(1)), PEOPLE, RULES, ROUNDS[1:], previous=before).broken == (Held(1, "round"),)
    without_bob = [PEOPLE[0], replace(PEOPLE[1], takes=False), PEOPLE[2]]
    assert plan(numbered(account(1)), without_bob, RULES, ROUNDS, previous=before).broken == (Held(1, "nobody"),)
    capped = replace(RULES, cap_rep=1)
    both = [*before, Line(2, ANN, BOB, ROUNDS[0])]
    found = plan(numbered(account(1), account(2)), PEOPLE, capped, ROUNDS, previous=both)
    assert [one.because for one in found.broken] == ["cap"]
    full = [PEOPLE[0], replace(PEOPLE[1], room=0), PEOPLE[2]]
    assert plan(numbered(account(1)), full, RULES, ROUNDS, previous=before).broken == (Held(1, "balance"),)


def test_a_second_person_who_is_not_needed_any_more_is_named():
    joining = [Line(1, ANN, BOB, ROUNDS[0], "join")]
    known = account(1, years=0, key=True, known=(CID,))
    assert plan(numbered(known), PEOPLE, RULES, ROUNDS, previous=joining).broken == (Held(1, "known", "join"),)


def test_caps_come_before_balance_which_is_named():
    """Confirmed lines have brought Bob out of balance; the plan says so instead of breaking a cap."""
    fixed = [Line(number, ANN, BOB, ROUNDS[0]) for number in (1, 2, 3, 4)]
    customers = numbered(*(account(number) for number in (1, 2, 3, 4)))
    result = plan(customers, PEOPLE, replace(RULES, balance=0.1), ROUNDS, fixed=fixed)
    assert result.over == (BOB,)


def test_who_asks_for_steadiness_stays_longer():
    steady = account(1, years=2, tenure=24)
    assert due_day(steady, RULES) == months_after(steady.since, 36)
    assert due_day(account(2, years=2), RULES) == months_after(steady.since, 24)
    assert due_day(account(3), Rules(interval=6, tenure=12)) == months_after(account(3).since, 12)


def test_months_end_where_the_month_ends():
    assert months_after(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_after(date(2026, 12, 5), 1) == date(2027, 1, 5)
    assert months_after(date(2026, 3, 31), -1) == date(2026, 2, 28)
