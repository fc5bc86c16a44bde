"""Waiting for a command's outcome: PostgreSQL notifies, and a slow poll stands behind it."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import sqlalchemy as sa

from adapters.db.database import Database, open_connection
from adapters.db.record.append import CHANNEL
from adapters.db.record.rows import command_view
from adapters.db.record.views import CommandView
from adapters.db.tables import commands
from domain.uuids import read_uuid

_POLL_SECONDS: Final = 0.5
_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 2.0

_log = logging.getLogger(__name__)

OutcomeFuture = asyncio.Future[CommandView]


class Expected:
    """An outcome that somebody waits for; noticed from the moment this object exists."""

    def __init__(self, outcome: OutcomeFuture) -> None:
        self._outcome = outcome

    async def wait(self, seconds: float) -> CommandView | None:
        """The decided command, or None when `seconds` have passed."""
        done, _ = await asyncio.wait([self._outcome], timeout=seconds)
        return self._outcome.result() if done and not self._outcome.cancelled() else None


class Outcomes:
    """One listening connection per process, which comes back by itself.

    However many wait, one query at a time asks for all outcomes that have been told of meanwhile.
    """

    def __init__(self, database: Database, *, heard: Callable[[], None] = lambda: None) -> None:
        """`heard` is called for every decision that PostgreSQL tells of, whoever waits for it."""
        self._database = database
        self._heard = heard
        self._waiting: defaultdict[str, set[OutcomeFuture]] = defaultdict(set)
        self._told: set[str] = set()
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start to listen. Returns also when the database is away: listening begins when it is back."""
        tried = asyncio.Event()
        self._tasks = [asyncio.create_task(self._listen(tried)), asyncio.create_task(self._fetch())]
        await tried.wait()

    @contextmanager
    def expect(self, command_id: str) -> Iterator[Expected]:
        """Enter this before the signal is sent, so that no outcome slips through between.

        Raises ValueError for an id that is no UUID.
        """
        command_id = read_uuid(command_id)
        outcome: OutcomeFuture = asyncio.get_running_loop().create_future()
        self._waiting[command_id].add(outcome)
        try:
            yield Expected(outcome)
        finally:
            outcome.cancel()
            self._waiting[command_id].discard(outcome)
            if not self._waiting[command_id]:
                del self._waiting[command_id]

    async def wait(self, command_id: str, seconds: float) -> CommandView | None:
        """The decided command, also when it was decided before; None after `seconds`."""
        with self.expect(command_id) as expected:
            self._tell(read_uuid(command_id))
            return await expected.wait(seconds)

    async def close(self) -> None:
        """Stop listening; whoever still waits gets None."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for outcomes in self._waiting.values():
            for outcome in outcomes:
                outcome.cancel()

    def _tell(self, command_id: str) -> None:
        if command_id in self._waiting:
            self._told.add(command_id)
            self._news.set()

    async def _listen(self, tried: asyncio.Event) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                connection = await open_connection(self._database.url)
                try:
                    lost = asyncio.Event()
                    connection.add_termination_listener(lambda _, lost=lost: lost.set())
                    await connection.add_listener(CHANNEL, self._hear)
                    pause = _FIRST_PAUSE_SECONDS
                    tried.set()
                    await lost.wait()
                finally:
                    connection.terminate()
            except Exception as failed:  # noqa: BLE001 - whatever it was, it is tried again
                _log.warning("cannot listen for outcomes: %s", type(failed).__name__)
            tried.set()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    def _hear(self, _connection: Any, _pid: int, _channel: str, payload: Any) -> None:
        self._heard()
        self._tell(str(payload))

    async def _fetch(self) -> None:
        """Ask for what was told; every now and then for all that are waited for."""
        clock = asyncio.get_running_loop().time
        next_look = clock() + _POLL_SECONDS
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(next_look):
                    await self._news.wait()
            self._news.clear()
            ids, self._told = self._told, set()
            if clock() >= next_look:  # also under steady news: a notification may have been lost
                ids, next_look = set(self._waiting), clock() + _POLL_SECONDS
            if ids:
                await self._answer(ids)

    async def _answer(self, ids: set[str]) -> None:
        try:
            async with self._database.read() as r:
                rows = await r.rows(_DECIDED, {"ids": sorted(ids)})
        except Exception as failed:  # noqa: BLE001 - those who wait must not be left alone for good
            _log.warning("cannot ask for outcomes: %s", type(failed).__name__)
            await asyncio.sleep(_POLL_SECONDS)
            return
        for row in rows:
            for outcome in self._waiting.get(str(row["id"]), ()):
                if not outcome.done():
                    outcome.set_result(command_view(row))


_DECIDED: Final = sa.select(commands).where(
    commands.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(commands.c.id.type))),
    commands.c.outcome.is_not(None),
)
