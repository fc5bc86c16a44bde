"""Until when an offer is open, and customers' links of it. Instants are UTC; days are days of the seller's time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.errors import InvalidQuoteOperationError, RefusalCode

DEFAULT_DAYS = 30
MAX_DAYS = 365
GRACE = timedelta(seconds=30)
"""How long after `valid_until` the expiry waits for on-time commands that are still being stored."""

STUCK = timedelta(minutes=1)
"""When whoever runs the installation hears of a command without an outcome, by the wall's clock, as for the relay."""
OVERDUE = GRACE + timedelta(minutes=5)
"""When they hear of an open quote past its deadline, by its own clock."""
LINK_DAYS = 90
"""How long links go on where nothing else is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """A wish for a validity: days ahead, a last local day, or an instant; exactly one is set."""

    days: int | None = None
    on: date | None = None
    until: datetime | None = None


def resolve(validity: Validity, received_at: datetime, zone: str) -> datetime:
    """The last second, in UTC, at which the offer is open.

    Days are counted from the local day of `received_at` in `zone`. Raises InvalidQuoteOperationError with
    `validity_out_of_range` outside 1 to 365 days, or `validity_in_past` when not later than `received_at`.
    """
    if validity.until is not None:
        until = validity.until.astimezone(UTC).replace(microsecond=0)
        in_range = until - received_at <= timedelta(days=MAX_DAYS)
    else:
        today = received_at.astimezone(ZoneInfo(zone)).date()
        ahead = validity.days if validity.days is not None else _days_ahead(validity.on, today)
        in_range = ahead <= MAX_DAYS and (validity.days is None or ahead >= 1)
        until = last_second(today + timedelta(days=ahead), zone) if in_range else received_at
    if not in_range:
        raise InvalidQuoteOperationError(
            f"validity must be 1 to {MAX_DAYS} days ahead", code=RefusalCode.VALIDITY_OUT_OF_RANGE
        )
    if until <= received_at:
        raise InvalidQuoteOperationError("validity must be in the future", code=RefusalCode.VALIDITY_IN_PAST)
    return until


def _days_ahead(on: date | None, today: date) -> int:
    if on is None:
        raise InvalidQuoteOperationError(
            "validity must be given as days, a date or an instant", code=RefusalCode.MALFORMED
        )
    return (on - today).days


def last_second(day: date, zone: str) -> datetime:
    """The last second of a local day, in UTC: 23:59:59 where it exists, the later one where it comes twice.

    A clock change may take midnight or 23:59:59 away (America/Nuuk, 2027-03-27), so the boundary is
    searched: the last second whose local date is not after `day`.
    """
    tz = ZoneInfo(zone)
    low = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) - 86_400
    high = low + 4 * 86_400
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, tz).date() <= day:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(low, UTC)


def is_on_time(received_at: datetime, valid_until: datetime) -> bool:
    """Whether a command counts: its time, cut to whole seconds, is not after `valid_until`."""
    return received_at.replace(microsecond=0) <= valid_until


def last_on_time(valid_until: datetime) -> datetime:
    """The last microsecond at which a command counts."""
    return valid_until.replace(microsecond=999_999)


def links_end_at(ended_at: datetime | None, days: int) -> datetime | None:
    """When customers' links of a quote end: so many days after it was accepted, rejected, expired or cancelled
    (`Quote.decided_at`). None while it has not ended, so that links of a quote that is opened again work again; None also
    for 0 days, which stand for never.
    """
    return ended_at + timedelta(days=days) if ended_at is not None and days else None
