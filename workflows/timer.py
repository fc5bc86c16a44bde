"""What is due next in a quote's life, with nobody asking: a reminder, or the end of its validity."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from domain.quotes.instants import local
from domain.quotes.quote import Quote
from domain.quotes.reminders import Reminder, plan
from domain.quotes.validity import GRACE

NOTHING_DUE = "nothing is due"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The next due instant and what it is for: a reminder, or (without one) the deadline."""

    at: datetime
    reminder: Reminder | None
    summary: str
    zone: str

    @property
    def told(self) -> str:
        """What comes next, and when, as the seller's clock says."""
        return self.summary if self.reminder is None else f"{self.summary}: {local(self.at, self.zone)}"


def next_due(quote: Quote | None, reminded: Collection[str]) -> Due | None:
    """What the one timer is set to; `reminded` are the keys of reminders already sent.

    The deadline's timer rings a grace after `valid_until`, so that commands received in the last second
    are in the inbox by then.
    """
    if quote is None or not quote.status.is_open:
        return None
    for reminder in pending(quote, reminded):
        days = "1 day left" if reminder.days_left == 1 else f"{reminder.days_left} days left"
        return Due(at=reminder.due, reminder=reminder, summary=f"Reminder, {days}", zone=quote.time_zone)
    until = local(quote.valid_until, quote.time_zone)
    ends = quote.valid_until + GRACE
    return Due(at=ends, reminder=None, summary=f"Valid until {until}", zone=quote.time_zone)


def pending(quote: Quote, reminded: Collection[str]) -> tuple[Reminder, ...]:
    """The reminders still to come, earliest first: those after the last one sent."""
    reminders = plan(quote)
    sent = [reminder.due for reminder in reminders if reminder.key in reminded]
    return tuple(r for r in reminders if not sent or r.due > max(sent))
