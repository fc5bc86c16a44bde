"""What is due next in a quote's life, with nobody asking: a reminder, or the end of its validity."""

import asyncio
import math
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from temporalio import workflow

from domain.quotes.quote import Quote
from domain.quotes.reminders import Reminder, plan
from domain.quotes.validity import GRACE
from domain.wording import local

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


@dataclass
class Alarm:
    """Started anew only when the instant changes, so that a woken workflow does not restart its timer.

    A decision never reads the clock: that the alarm rang for an instant is what counts.
    """

    due: datetime | None = None
    rang: bool = False
    _timer: asyncio.Task[None] | None = field(default=None, repr=False)

    def set(self, due: datetime | None, summary: str) -> None:
        """Ring at `due` (UTC), or never. An instant that has passed rings at once."""
        if due == self.due:
            return
        self.stop()
        self.due = due
        if due is None:
            return
        seconds = (due - workflow.now()).total_seconds()
        if seconds <= 0:
            self.rang = True
        else:
            self._timer = asyncio.create_task(self._ring_after(seconds, summary))

    def ring_later(self, wait: timedelta, summary: str) -> None:
        """Ring for the same instant once more: by another clock, which decides, it comes `wait` later."""
        due = self.due
        self.stop()
        seconds = max(1, math.ceil(wait.total_seconds()))
        self.due, self._timer = due, asyncio.create_task(self._ring_after(seconds, summary))

    def stop(self) -> None:
        """No timer runs any more."""
        if self._timer is not None:
            self._timer.cancel()
        self.due, self.rang, self._timer = None, False, None

    async def _ring_after(self, seconds: float, summary: str) -> None:
        await workflow.sleep(seconds, summary=summary)
        self.rang = True
