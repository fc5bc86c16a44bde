"""The one timer of a quote: it rings at the next due instant, and says in the Temporal Web UI what for."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from temporalio import workflow


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

    def stop(self) -> None:
        """No timer runs any more."""
        if self._timer is not None:
            self._timer.cancel()
        self.due, self.rang, self._timer = None, False, None

    async def _ring_after(self, seconds: float, summary: str) -> None:
        await workflow.sleep(seconds, summary=summary)
        self.rang = True
