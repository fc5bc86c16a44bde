"""Validity of rate cards: which dates overlap, and when no card is valid."""

from datetime import UTC, datetime
from itertools import permutations
from random import Random

import pytest

from domain.rate_cards.dates import Gap, Period, date_problems, gap_warnings, gaps


def day(number: int | None) -> datetime | None:
    return None if number is None else datetime(2027, 1, number, tzinfo=UTC)


def period(begins: int, ends: int | None = None, card: str = "other") -> Period:
    start = day(begins)
    assert start is not None
    return Period(card, start, day(ends))


@pytest.mark.parametrize(
    ("new", "stored", "expected"),
    [
        # Open cards follow one another, in whatever order they come.
        ((5, None), [(1, None)], []),
        ((1, None), [(5, None)], []),
        ((5, None), [(5, None)], [("valid_from", "overlapping_dates")]),
        # An end that is stated: the next one may begin at it, and not before.
        ((5, None), [(1, 5)], []),
        ((4, None), [(1, 5)], [("valid_from", "overlapping_dates")]),
        ((1, 5), [(5, None)], []),
        ((1, 6), [(5, None)], [("valid_until", "overlapping_dates")]),
        ((1, 6), [(1, 2)], [("valid_from", "overlapping_dates")]),
        # Within an open card, a stated one is like any next one.
        ((3, 4), [(1, None)], []),
        ((3, 4), [(1, None), (4, None)], []),
        # More than one at once.
        ((3, 9), [(2, 4), (5, 6), (7, None), (9, None)], [("valid_from", 1), ("valid_until", 2)]),
        # No time at all, and a negative one.
        ((3, 3), [], [("valid_until", "ends_before_it_begins")]),
        ((3, 2), [(1, None)], [("valid_until", "ends_before_it_begins")]),
    ],
)
def test_overlapping_dates_are_told(
    new: tuple[int, int | None],
    stored: list[tuple[int, int | None]],
    expected: list[tuple[str, str | int]],
) -> None:
    """Proves each way of overlapping with the field that is wrong, and each way of meeting without."""
    found = [
        (each.field, each.code) for each in date_problems(period(*new), [period(*each) for each in stored])
    ]
    wanted = [
        (field, code)
        for field, told in expected
        for code in ([told] if isinstance(told, str) else ["overlapping_dates"] * told)
    ]
    assert found == wanted


def test_accepted_cards_never_share_an_instant() -> None:
    """Proves by trial: of random cards, those that are taken have at most one valid at every hour, in any order."""
    random = Random(20260312)
    for _ in range(200):
        asked = [
            period(start, random.choice([None, start + random.randint(1, 6)]), str(number))
            for number, start in enumerate(random.randint(1, 20) for _ in range(4))
        ]
        for order in permutations(asked):
            taken: list[Period] = []
            for each in order:
                if not date_problems(each, taken):
                    taken.append(each)
            for number in range(1, 30):
                assert len(_stated_at(number, taken)) <= 1


def _stated_at(number: int, periods: list[Period]) -> list[Period]:
    """Those that say themselves that they hold on this day: for an open one, that is its first."""
    now = day(number)
    assert now is not None
    return [
        each
        for each in periods
        if each.valid_from == now or (each.valid_until and each.valid_from < now < each.valid_until)
    ]


@pytest.mark.parametrize(
    ("periods", "now", "expected"),
    [
        ([(1, None)], 10, []),
        ([], 10, [(10, None)]),
        ([(12, None)], 10, [(10, 12)]),
        ([(1, 5), (5, None)], 2, []),
        ([(1, 5), (7, None)], 2, [(5, 7)]),
        ([(7, None), (1, 5)], 6, [(6, 7)]),
        ([(1, 5), (7, None)], 8, []),
        ([(1, 12)], 2, [(12, None)]),
        ([(1, 3)], 10, [(10, None)]),
        ([(1, None), (3, 4)], 2, [(4, None)]),
    ],
)
def test_gaps_in_time_are_told(
    periods: list[tuple[int, int | None]], now: int, expected: list[tuple[int, int | None]]
) -> None:
    """Proves gaps before, between and after cards, from now on, and silence about what is over."""
    moment = day(now)
    assert moment is not None
    stored = [period(*each) for each in periods]
    assert gaps(stored, moment) == [Gap(day(since), day(until)) for since, until in expected]  # type: ignore[arg-type]
    assert [each.code for each in gap_warnings(stored, moment)] == ["gap_in_time"] * len(expected)
