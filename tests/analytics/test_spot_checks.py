from collections import Counter
from datetime import date

from odoo.addons.churn_handover.analytics.spot_checks import draw

MONTH = (date(2026, 3, 1), date(2026, 3, 31))
TEAMS = {1: list(range(10, 20)), 2: [20, 21, 22], 3: [30]}


def shares(number, seed="a", teams=TEAMS):
    return Counter(team for team, _person, _day in draw(teams, number, seed, *MONTH))


def test_the_same_seed_draws_the_same_whatever_the_order():
    turned = {team: people[::-1] for team, people in reversed(TEAMS.items())}
    assert draw(TEAMS, 5, "a", *MONTH) == draw(turned, 5, "a", *MONTH)
    assert draw(TEAMS, 5, "a", *MONTH) != draw(TEAMS, 5, "b", *MONTH)


def test_every_team_has_one_before_any_has_a_second():
    assert shares(3) == {1: 1, 2: 1, 3: 1}
    assert max(shares(2).values()) == 1


def test_larger_teams_are_looked_at_more_often():
    assert shares(7) == {1: 4, 2: 2, 3: 1}


def test_nobody_twice_and_everybody_at_most():
    drawn = draw(TEAMS, 100, "a", *MONTH)
    people = [person for _team, person, _day in drawn]
    assert sorted(people) == sorted([*TEAMS[1], *TEAMS[2], *TEAMS[3]])
    assert draw({}, 5, "a", *MONTH) == draw({1: []}, 5, "a", *MONTH) == []


def test_all_have_the_same_chance():
    """Of ten people two are drawn: each in a fifth of the draws, within four standard errors of 2,000 draws."""
    counts = Counter(
        person for seed in range(2000) for _team, person, _day in draw({1: list(range(10))}, 2, seed, *MONTH)
    )
    assert all(abs(counts[person] - 400) < 4 * (2000 * 0.2 * 0.8) ** 0.5 for person in range(10))


def test_days_are_weekdays_within_the_month_and_not_all_the_same():
    days = [day for _team, _person, day in draw(TEAMS, 14, "a", *MONTH)]
    assert days == sorted(days)
    assert MONTH[0] <= days[0] <= days[-1] <= MONTH[1]
    assert all(day.weekday() < 5 for day in days)
    assert len(set(days)) > 5


def test_on_a_weekend_alone_there_is_a_day_too():
    assert draw({1: [1]}, 1, "a", date(2026, 3, 7), date(2026, 3, 8))[0][2] in (date(2026, 3, 7), date(2026, 3, 8))
