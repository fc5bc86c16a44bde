"""Moves one quote's time: the workflow's virtual clock and the record's clock, in step.

It stops at every due instant, so that a reminder is stamped at its own time and not at the journey's end.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio.client import Client

from adapters.db.database import Database
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record.clocks import add_offset, now_for
from adapters.temporal.clock import RunClock, StandsStillError
from api.dispatch.runs import QuoteRuns
from workflows.contract import LiveView

_A_MOMENT = timedelta(seconds=1)
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the journey stopped: the quote's time then, and what was due."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class TimeMachine:
    """For one quote; `clock` is its run's, `database` keeps the record's."""

    quote_id: str
    workflow_id: str
    database: Database
    runs: QuoteRuns
    clock: RunClock

    @classmethod
    async def of(cls, quote_id: str, database: Database, client: Client, task_queue: str) -> "TimeMachine":
        """The machine of a quote that is on record."""
        async with database.read() as r:
            workflow_id = await PgQuotes(r).workflow_id(quote_id)
        runs, clock = QuoteRuns(client, task_queue=task_queue), RunClock(client, workflow_id)
        return cls(quote_id, workflow_id, database, runs, clock)

    async def forward(self, by: timedelta, tell: Callable[[Stop], None]) -> datetime:
        """Move the quote's time ahead `by`, telling of each due instant on the way; the time it is then.

        Raises StandsStillError when the workflow does not follow.
        """
        target = await self._record_now() + by
        while (run_now := await self.clock.now()) is not None:
            live = await self._live()
            due = live.next_due if live else None
            stop = min(target, due + _A_MOMENT) if due else target
            await self._move_record_to(stop)
            if stop > run_now:
                await self.clock.forward(stop - run_now)
            if due is None or stop < due:
                break
            await self._past(due)
            tell(Stop(due, live.next_what if live else ""))
            if stop >= target:
                break
        await self._move_record_to(target)
        return await self._record_now()

    async def _record_now(self) -> datetime:
        async with self.database.read() as r:
            return await now_for(r, self.quote_id)

    async def _move_record_to(self, instant: datetime) -> None:
        ahead = instant - await self._record_now()
        if ahead > timedelta(0):
            async with self.database.write() as w:
                await add_offset(w, self.quote_id, ahead)

    async def _live(self) -> LiveView | None:
        return await self.runs.snapshot(self.workflow_id)

    async def _past(self, due: datetime) -> None:
        """Until what was due has been decided and its mails are out, so that time may move on."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while await self._is_busy_with(due):  # noqa: ASYNC110 - another process changes it
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise StandsStillError("the quote's workflow does not get past what is due") from None

    async def _is_busy_with(self, due: datetime) -> bool:
        if await self.clock.now() is None:
            return False
        live = await self._live()
        return live is None or live.next_due == due or bool(live.delivering)
