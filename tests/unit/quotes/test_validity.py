"""Until when an offer is open, on the nights where clocks change too."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidQuoteOperationError
from domain.quotes.validity import Validity, is_on_time, last_second, links_end_at, resolve

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def utc(text: str) -> datetime:
    """A UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "zone", "last"),
    [
        (date(2026, 12, 24), "Europe/Berlin", "2026-12-24T22:59:59"),
        (date(2027, 3, 28), "Europe/Berlin", "2027-03-28T21:59:59"),  # clocks go forward that night
        (date(2026, 10, 25), "Europe/Berlin", "2026-10-25T22:59:59"),  # and back
        (date(2026, 9, 5), "America/Santiago", "2026-09-06T03:59:59"),  # the next day has no midnight
        (date(2026, 4, 4), "America/Santiago", "2026-04-05T03:59:59"),  # 23:59:59 comes twice: the later
        (date(2027, 3, 27), "America/Nuuk", "2027-03-28T00:59:59"),  # no 23:59:59: 22:59:59 is the last
        (date(2026, 6, 1), "Pacific/Kiritimati", "2026-06-01T09:59:59"),
        (date(2026, 6, 1), "UTC", "2026-06-01T23:59:59"),
    ],
)
def test_last_second_of_a_local_day(day: date, zone: str, last: str) -> None:
    """The last second whose local date is the day, also where midnight or 23:59:59 is missing or doubled."""
    found = last_second(day, zone)
    assert found == utc(last)
    assert found.astimezone(ZoneInfo(zone)).date() == day
    assert (found + timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() > day


@given(
    st.dates(min_value=date(2000, 1, 1), max_value=date(2040, 1, 1)),
    st.sampled_from(["Europe/Berlin", "America/Santiago", "America/Nuuk", "Asia/Beirut", "Africa/Cairo"]),
)
def test_last_second_is_the_boundary_everywhere(day: date, zone: str) -> None:
    """One second later the local date is another one."""
    found = last_second(day, zone)
    assert found.astimezone(ZoneInfo(zone)).date() == day
    assert (found + timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() != day


def test_days_are_days_of_the_sellers_zone() -> None:
    """Late in the evening in UTC it is tomorrow in Tokyo, and days are counted from there."""
    evening = utc("2026-11-24T20:00:00")
    assert resolve(Validity(days=1), evening, "Asia/Tokyo") == utc("2026-11-26T14:59:59")
    assert resolve(Validity(days=1), evening, "UTC") == utc("2026-11-25T23:59:59")


def test_dates_and_instants_mean_themselves() -> None:
    """A date is its last local second, today included; an instant is itself, in whole seconds."""
    today = resolve(Validity(on=date(2026, 11, 24)), NOON, "Europe/Berlin")
    assert today == utc("2026-11-24T22:59:59")
    instant = NOON + timedelta(hours=1, microseconds=5)
    assert resolve(Validity(until=instant), NOON, "Europe/Berlin") == NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("validity", "code"),
    [
        (Validity(days=0), "validity_out_of_range"),
        (Validity(days=366), "validity_out_of_range"),
        (Validity(on=date(2026, 11, 23)), "validity_in_past"),
        (Validity(on=date(2027, 11, 25)), "validity_out_of_range"),
        (Validity(on=date(9999, 12, 31)), "validity_out_of_range"),
        (Validity(until=NOON), "validity_in_past"),
        (Validity(until=NOON + timedelta(days=365, seconds=1)), "validity_out_of_range"),
        (Validity(until=utc("0001-01-02T00:00:00")), "validity_in_past"),
        (Validity(), "malformed"),
    ],
)
def test_absurd_validities_are_refused(validity: Validity, code: str) -> None:
    """Past, more than 365 days ahead, or none at all: each by its code."""
    with pytest.raises(InvalidQuoteOperationError) as refusal:
        resolve(validity, NOON, "Europe/Berlin")
    assert refusal.value.code == code


@pytest.mark.parametrize("days", [1, 365])
def test_the_ends_of_the_range_are_allowed(days: int) -> None:
    """1 and 365 days."""
    assert resolve(Validity(days=days), NOON, "Europe/Berlin") > NOON


def test_on_time_is_to_the_second() -> None:
    """The last second counts whole; the next one does not."""
    until = utc("2026-12-24T22:59:59")
    assert is_on_time(until + timedelta(microseconds=999_999), until)
    assert not is_on_time(until + timedelta(seconds=1), until)


def test_links_end_so_many_days_after_the_quote_and_not_before_it() -> None:
    """An open quote's have no end, and 0 days stand for never."""
    ended = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert links_end_at(ended, 90) == datetime(2026, 5, 30, 12, tzinfo=UTC)
    assert links_end_at(None, 90) is links_end_at(ended, 0) is None
