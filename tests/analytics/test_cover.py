"""Covers, their covers, and circles of them: who is there for a customer on a day."""

from datetime import date

import pytest

from analytics.cover import Away, CircleError, Turn, by_user, segments, stand_in

ANN, BEN, CID, DAN = 1, 2, 3, 4
ACME, BOLT = 10, 20


def day(number):
    return date(2026, 3, number)


def away(user, first, last, rest=None, **covers):
    """An absence in March; covers are given by the name of the account."""
    names = {"acme": ACME, "bolt": BOLT}
    turns = {names[name]: (Turn(day(first), day(last), cover),) for name, cover in covers.items()}
    return Away(user * 100 + first, user, day(first), day(last), turns, rest)


def test_the_owner_is_there_when_not_away():
    absences = by_user([away(ANN, 2, 6, rest=BEN)])
    assert stand_in(ANN, ACME, day(1), absences) == ANN
    assert stand_in(ANN, ACME, day(2), absences) == BEN
    assert stand_in(ANN, ACME, day(6), absences) == BEN
    assert stand_in(ANN, ACME, day(7), absences) == ANN


def test_accounts_may_have_covers_of_their_own():
    absences = by_user([away(ANN, 2, 6, rest=BEN, acme=CID)])
    assert stand_in(ANN, ACME, day(3), absences) == CID
    assert stand_in(ANN, BOLT, day(3), absences) == BEN


def test_an_account_without_a_cover_falls_to_the_rest():
    assert stand_in(ANN, ACME, day(3), by_user([away(ANN, 2, 6, rest=BEN, acme=None)])) == BEN
    assert stand_in(ANN, ACME, day(3), by_user([away(ANN, 2, 6, acme=None)])) is None


def test_a_cover_who_is_away_is_covered():
    absences = by_user([away(ANN, 2, 10, rest=BEN), away(BEN, 4, 6, rest=CID)])
    assert [stand_in(ANN, ACME, day(n), absences) for n in (3, 4, 6, 7)] == [BEN, CID, CID, BEN]


def test_nobody_is_there_when_the_cover_is_away_uncovered():
    assert stand_in(ANN, ACME, day(5), by_user([away(ANN, 2, 10, rest=BEN), away(BEN, 4, 6)])) is None


def test_a_circle_is_named():
    absences = by_user([away(ANN, 2, 10, rest=BEN), away(BEN, 4, 6, rest=CID), away(CID, 5, 5, rest=ANN)])
    assert stand_in(ANN, ACME, day(4), absences) == CID
    with pytest.raises(CircleError) as circle:
        stand_in(ANN, ACME, day(5), absences)
    assert circle.value.users == [ANN, BEN, CID, ANN]
    assert circle.value.day == day(5)


def test_segments_follow_the_chain_and_are_joined():
    absences = by_user([away(ANN, 2, 10, rest=BEN), away(BEN, 4, 6, rest=CID), away(DAN, 3, 8, rest=BEN)])
    assert segments(ANN, ACME, day(2), day(10), absences) == [
        (day(2), day(3), BEN),
        (day(4), day(6), CID),
        (day(7), day(10), BEN),
    ]


def test_segments_leave_gaps_where_nobody_is_there():
    absences = by_user([away(ANN, 2, 10, rest=BEN), away(BEN, 4, 6)])
    assert segments(ANN, ACME, day(2), day(10), absences) == [(day(2), day(3), BEN), (day(7), day(10), BEN)]


def test_segments_follow_a_change_of_cover():
    turns = {ACME: (Turn(day(2), day(4), BEN), Turn(day(5), day(9), CID))}
    absences = by_user([Away(1, ANN, day(2), day(9), turns, None)])
    assert segments(ANN, ACME, day(2), day(9), absences) == [(day(2), day(4), BEN), (day(5), day(9), CID)]
    assert segments(ANN, BOLT, day(2), day(9), absences) == []


def test_segments_of_a_part_of_the_absence():
    absences = by_user([away(ANN, 2, 10, rest=BEN)])
    assert segments(ANN, ACME, day(5), day(7), absences) == [(day(5), day(7), BEN)]
