"""Who is looked at, and on which day: drawn by lot, so that nobody is picked and nobody can prepare.

The same people, number and seed give the same draw on every machine.
"""

from datetime import timedelta
from random import Random

SATURDAY = 5


def draw(teams, number, seed, first, last):
    """Draw people for checks, spread over the teams.

    Every team has one before any has a second; the others go to the team with most people per check (Adams' method),
    so that large teams are looked at more often. Nobody is drawn twice.

    :param teams: {team: [person, …]}, whole numbers; a person in one team only
    :param number: how many checks; at most one per person are drawn
    :param first, last: days between which the checks are, on weekdays where there is one
    :return: [(team, person, day), …] by day
    """
    queues = {team: sorted(people, key=lambda one: (_lot(seed, one), one)) for team, people in teams.items() if people}
    drawn = []
    taken = dict.fromkeys(queues, 0)
    days = _weekdays(first, last)
    while len(drawn) < number and (open_teams := [team for team in queues if taken[team] < len(queues[team])]):
        team = min(open_teams, key=lambda one: (taken[one] / len(queues[one]), _lot(seed, "team", one)))
        person = queues[team][taken[team]]
        taken[team] += 1
        drawn.append((team, person, days[int(len(days) * _lot(seed, "day", person))]))
    return sorted(drawn, key=lambda row: (row[2], row[1]))


def _weekdays(first, last):
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [day for day in days if day.weekday() < SATURDAY] or days


def _lot(*what):
    """A number from 0 to 1 that hangs on these words alone; of Python's generator this is promised to stay."""
    return Random("/".join(str(one) for one in what)).random()
