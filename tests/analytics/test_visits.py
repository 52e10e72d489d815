"""Leader visits: never later than the interval, irregular, and reproducible."""

from datetime import date, timedelta

from analytics import visits

TODAY = date(2026, 3, 2)
EXPECTED = ["2026-06-29", "2026-06-23", "2026-09-01"]


def due(account, months=6, last=TODAY, seed="s"):
    return visits.due(seed, account, months, last, TODAY)


def test_never_later_than_the_interval_and_not_at_once():
    days = [due(account) for account in range(2000)]
    assert max(days) <= date(2026, 9, 2)
    assert min(days) >= TODAY + timedelta(days=int(184 * 0.6) - 2)


def test_irregular_over_accounts_and_over_visits_of_one():
    assert len({due(account) for account in range(500)}) > 40
    last, gaps = TODAY, []
    for _ in range(12):
        following = visits.due("s", 7, 6, last, TODAY)
        gaps.append((following - last).days)
        last = following
    assert len(set(gaps)) > 6


def test_the_same_seed_gives_the_same_day():
    assert [due(n) for n in range(50)] == [due(n) for n in range(50)]
    assert [due(n) for n in range(50)] != [due(n, seed="t") for n in range(50)]
    # written down: another machine or version must not move everybody's visits
    assert [due(n).isoformat() for n in range(3)] == EXPECTED


def test_the_never_visited_are_spread_over_the_interval():
    days = [visits.due("s", account, 6, None, TODAY) for account in range(2000)]
    assert min(days) < TODAY + timedelta(days=30)
    assert max(days) <= date(2026, 9, 2)


def test_no_visit_on_a_weekend():
    assert {due(account).weekday() for account in range(500)} <= {0, 1, 2, 3, 4}


def test_the_end_of_a_month():
    assert max(due(account, 1, date(2026, 1, 31)) for account in range(500)) <= date(2026, 2, 28)
