from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import pacing
from analytics.pacing import Item, Ledger, Message, Recipient, Rules, Sent

TODAY = 740_000
HIRING, TRAINING, OUTSIDE = 1, 2, 3


def person(number, account=None, **values):
    return Recipient(number, f"p{number}@x.test", account or number, **values)


def message(number, kind=HIRING, content=None):
    return Message(number, kind, content or f"content {number}")


def plan(recipients, messages, rows=(), rules=None, kinds=(HIRING, TRAINING, OUTSIDE), **values):
    return pacing.plan(TODAY, recipients, messages, list(kinds), Ledger.of(rows), rules or Rules(), **values)


def sent(address="p1@x.test", account=1, days_ago=5, launch="a", kind=HIRING, content="old"):
    return Sent(address, account, None if days_ago is None else TODAY - days_ago, launch, kind, content)


def test_the_first_message_is_the_first_kind():
    assert plan([person(1)], [message(7, TRAINING), message(8, HIRING)]).chosen[1].id == 8


def test_a_contact_at_the_cap_is_left_out_and_says_why():
    rows = [sent(launch="a"), sent(launch="b")]
    assert plan([person(1)], [message(7)], rows).left_out == {1: pacing.CAP}


def test_the_cap_ends_when_the_window_has_passed():
    rows = [sent(launch="a", days_ago=30), sent(launch="b", days_ago=29)]
    assert plan([person(1)], [message(7)], rows).chosen
    rows = [sent(launch="a", days_ago=29), sent(launch="b", days_ago=29)]
    assert not plan([person(1)], [message(7)], rows).chosen


def test_what_is_on_its_way_counts_however_long_it_takes():
    rows = [sent(launch="a", days_ago=None), sent(launch="b", days_ago=None)]
    assert plan([person(1)], [message(7)], rows).left_out == {1: pacing.CAP}


def test_an_ordinary_mailing_to_the_address_counts():
    rows = [Sent("p1@x.test", None, TODAY - 1, "m1"), Sent("p1@x.test", None, TODAY - 2, "m2")]
    assert plan([person(1)], [message(7)], rows).left_out == {1: pacing.CAP}


def test_one_step_to_three_people_is_one_message_for_the_account():
    rows = [sent(f"p{n}@x.test", account=9, launch="a", content="old") for n in (1, 2, 3)]
    assert set(plan([person(n, account=9) for n in (1, 2, 3)], [message(7)], rows).chosen) == {1, 2, 3}


def test_two_steps_to_different_people_fill_the_account():
    rows = [sent("p1@x.test", 9, launch="a"), sent("p2@x.test", 9, launch="b")]
    assert plan([person(3, account=9)], [message(7)], rows).left_out == {3: pacing.CAP}


def test_key_accounts_have_their_own_cap():
    rows = [sent()]
    rules = Rules(cap=2, key_cap=1)
    assert plan([person(1)], [message(7)], rows, rules).chosen
    assert plan([person(1, key=True)], [message(7)], rows, rules).left_out == {1: pacing.CAP}


def test_the_same_content_never_twice_even_from_another_record():
    rows = [sent(days_ago=400, content="old")]
    assert plan([person(1)], [message(7, content="old")], rows).left_out == {1: pacing.NOTHING_NEW}


def test_who_saw_the_content_at_another_account_does_not_get_it_again():
    rows = [sent("p1@x.test", account=5, days_ago=400, content="old")]
    result = plan([person(1, account=9), person(2, account=9)], [message(7, content="old")], rows)
    assert (set(result.chosen), result.left_out) == ({2}, {1: pacing.SEEN})


def test_one_address_in_two_places_is_one_person():
    twins = [Recipient(1, "a@x.test", 1), Recipient(2, "a@x.test", 2)]
    result = plan(twins, [message(7)])
    assert (set(result.chosen), result.left_out) == ({1}, {2: pacing.DUPLICATE})


def test_a_kind_nobody_there_wants_is_passed_over():
    result = plan([person(1)], [message(7), message(8, TRAINING)], opted_out={("p1@x.test", HIRING)})
    assert result.chosen[1].id == 8


def test_who_does_not_want_the_kind_is_left_out_and_the_colleague_gets_it():
    result = plan([person(1, 9), person(2, 9)], [message(7)], opted_out={("p1@x.test", HIRING)})
    assert (set(result.chosen), result.left_out) == ({2}, {1: pacing.OPT_OUT})


def test_who_wants_none_of_the_kinds_is_told_apart_from_nothing_new():
    unwanted = {("p1@x.test", HIRING)}
    assert plan([person(1)], [message(7)], opted_out=unwanted).left_out == {1: pacing.OPT_OUT}


def test_the_budget_goes_to_the_urgent_first_then_to_the_longest_silence():
    people = [person(1), person(2, urgency=-1), person(3)]
    rows = [sent("p1@x.test", 1, days_ago=100), sent("p3@x.test", 3, days_ago=200)]
    assert list(plan(people, [message(7)], rows, budget=2).chosen) == [2, 3]
    assert plan(people, [message(7)], rows, budget=2).left_out == {1: pacing.WAITS}


def test_confirming_lets_through_who_still_may_and_keeps_the_message():
    rows = [sent("p1@x.test", 1, launch="a"), sent("p1@x.test", 1, launch="b")]
    meant = [(person(1), message(7)), (person(2), message(8, TRAINING))]
    result = pacing.confirm(TODAY, meant, Ledger.of(rows), Rules())
    assert ({key: value.id for key, value in result.chosen.items()}, result.left_out) == ({2: 8}, {1: pacing.CAP})
    assert result.meant[1].id == 7


# A quarter of days with launches of several series, and the plan applied as it comes


companies = st.lists(st.integers(1, 4), min_size=1, max_size=8)  # contacts per account


@settings(max_examples=60, deadline=None)
@given(companies, st.integers(1, 3), st.integers(1, 3), st.integers(5, 40), st.integers(0, 3), st.data())
def test_never_over_the_cap_on_any_day_and_never_twice(sizes, cap, key_cap, window, delay, data):
    """Whatever is launched when, and however long mails take: in no window anybody has more than the cap."""
    rules = Rules(cap, key_cap, window)
    people = [
        Recipient(account * 10 + n, f"{account}-{n}@x.test", account, key=account % 3 == 0)
        for account, size in enumerate(sizes, 1)
        for n in range(size)
    ]
    days = data.draw(st.lists(st.integers(0, 90), min_size=1, max_size=25).map(sorted))
    arrived, on_the_way = [], []
    for launch, day in enumerate(days):
        arrived += [Sent(a, b, day, c, d, e) for due, (a, b, c, d, e) in on_the_way if due <= day]
        on_the_way = [(due, row) for due, row in on_the_way if due > day]
        ledger = Ledger.of(arrived + [Sent(a, b, None, c, d, e) for _, (a, b, c, d, e) in on_the_way])
        messages = [Message(launch * 10 + kind, kind, f"{launch} {kind}") for kind in (1, 2, 3)]
        chosen = pacing.plan(day, people, messages, [1, 2, 3], ledger, rules).chosen
        for one in people:
            if one.id in chosen:
                content = chosen[one.id]
                on_the_way.append((day + delay, (one.address, one.account, launch, content.kind, content.content)))
    arrived += [Sent(a, b, due, c, d, e) for due, (a, b, c, d, e) in on_the_way]
    for one in people:
        limit = rules.limit(one.key)
        days = sorted(row.day for row in arrived if row.address == one.address)
        assert all(sum(start <= day < start + window for day in days) <= limit for start in days)
        launches = sorted({(row.day, row.launch) for row in arrived if row.account == one.account})
        assert all(sum(s <= day < s + window for day, _ in launches) <= limit for s, _ in launches)
        contents = [row.content for row in arrived if row.address == one.address]
        assert len(contents) == len(set(contents))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.integers(1, 5), st.integers(1, 20))
def test_every_kind_in_turn(kind_count, accounts, rounds):
    """With something new of every kind each day, an account hears all kinds before any of them again."""
    kinds = list(range(1, kind_count + 1))
    people = [person(number) for number in range(1, accounts + 1)]
    rows, heard = [], defaultdict(list)
    for number in range(rounds):
        messages = [Message(number * 100 + kind, kind, f"{number} {kind}") for kind in kinds]
        day = TODAY + number * 31
        for recipient, chosen in pacing.plan(day, people, messages, kinds, Ledger.of(rows), Rules()).chosen.items():
            rows.append(Sent(f"p{recipient}@x.test", recipient, day, number, chosen.kind, chosen.content))
            heard[recipient].append(chosen.kind)
    for turns in heard.values():
        assert turns == [kinds[number % kind_count] for number in range(rounds)]


# The spotlight


def test_outside_first():
    items = [Item(1, 10, False, TODAY), Item(2, 20, True, TODAY - 50)]
    assert [item.id for item in pacing.spotlight(items, {}, 1)] == [2]


def test_a_leaver_is_never_shown():
    assert pacing.spotlight([Item(1, 10, True, TODAY)], {}, 3, leavers={10}) == []


def test_who_was_never_shown_comes_before_who_has_something_better():
    items = [Item(1, 10, True, TODAY), Item(2, 20, False, TODAY - 300)]
    assert [item.id for item in pacing.spotlight(items, {10: TODAY - 200}, 1)] == [2]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 8), st.booleans(), st.integers(0, 300)), min_size=1, max_size=60),
    st.integers(1, 4),
    st.sets(st.integers(1, 8), max_size=3),
)
def test_nobody_twice_before_all_who_have_something_were_once(rows, places, leavers):
    items = {number: Item(number, *row) for number, row in enumerate(rows)}
    last_shown, showings, day = {}, [], TODAY
    while chosen := pacing.spotlight(items.values(), last_shown, places, leavers):
        waiting = {item.person for item in items.values()} - leavers
        for item in chosen:
            assert item.person not in leavers
            if item.person in last_shown:
                never = waiting - set(last_shown) - {other.person for other in chosen}
                assert not never, "somebody was shown again while another has not been shown"
            del items[item.id]
        last_shown.update((item.person, day) for item in chosen)
        showings += [item.person for item in chosen]
        day += 7
    assert set(showings) == {person for person, _, _ in rows} - leavers
    assert len(showings) == sum(person not in leavers for person, _, _ in rows)
