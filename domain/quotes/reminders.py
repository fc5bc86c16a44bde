"""When a customer is reminded of an open offer."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.quotes import causes
from domain.quotes.quote import Quote
from domain.quotes.status import QuoteStatus

DAYS_BEFORE = (7, 3, 1)
AT = time(9, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A reminder of one deadline; `key` names it once and for all."""

    due: datetime
    days_left: int
    deadline: datetime

    @property
    def key(self) -> str:
        """The same for the same deadline and slot, so that each is sent once."""
        return causes.reminder(self.deadline, self.days_left)


def plan(quote: Quote) -> tuple[Reminder, ...]:
    """The reminders of a sent quote, earliest first: 09:00 in the customer's zone, 7, 3 and 1 days before
    the last valid day (the seller's date of `valid_until`). Slots already past when the quote was sent or
    extended are left out. Any other status has none.
    """
    if quote.status is not QuoteStatus.SENT or quote.reminders_from is None:
        return ()
    last_day = quote.valid_until.astimezone(ZoneInfo(quote.time_zone)).date()
    zone = ZoneInfo(quote.reminder_zone)
    slots = (
        Reminder(
            due=datetime.combine(last_day - timedelta(days=days), AT, zone).astimezone(UTC),
            days_left=days,
            deadline=quote.valid_until,
        )
        for days in DAYS_BEFORE
    )
    return tuple(slot for slot in slots if quote.reminders_from < slot.due < quote.valid_until)
