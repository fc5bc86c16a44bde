"""Hearing of it when a quote changes, whoever changes it.

One question at a time for all quotes that somebody watches, once a second and at each decision that PostgreSQL tells of; none
while nobody watches. It sees also what no event tells of, such as a command that waits or a mail that is tried again, and
what an earlier program wrote.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.db.database import Database, Reading
from adapters.db.tables import quotes

MOST_WATCHES: Final = 200
"""At once, by one process: each is a connection that somebody holds."""
_POLL_SECONDS: Final = 1.0
_PAUSE_SECONDS: Final = 0.1
"""Between two questions, however much is decided meanwhile."""
_log = logging.getLogger(__name__)


class TooManyWatchesError(Exception):
    """As many watch as one process takes."""


class QuoteWatch:
    """Who watches which quote. `start` it in the loop of those who watch."""

    def __init__(self, database: Database, *, most: int = MOST_WATCHES) -> None:
        self._database = database
        self._most = most
        self._watched: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._known: dict[str, str] = {}
        self._heard = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look from now on."""
        self._task = asyncio.create_task(self._look(), name="quote-watch")

    def hear(self) -> None:
        """Something was decided: look at once."""
        self._heard.set()

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @asynccontextmanager
    async def watch(self, quote_id: str, *, seen: str = "") -> AsyncIterator[asyncio.Event]:
        """An event that is set when the quote has changed since it was entered, or since it was cleared; also for a quote
        that is still to be created. Who has `seen` a state (`state_of`) hears at once where it is another one by now.

        Raises TooManyWatchesError, DatabaseUnavailableError.
        """
        if sum(map(len, self._watched.values())) >= self._most:
            raise TooManyWatchesError
        changed = asyncio.Event()
        self._watched[quote_id].add(changed)
        try:
            if quote_id not in self._known:
                async with self._database.read() as r:
                    self._known.setdefault(quote_id, (await _states(r, [quote_id]))[quote_id])
            if seen and seen != self._known[quote_id]:
                changed.set()
            self._heard.set()
            yield changed
        finally:
            self._watched[quote_id].discard(changed)
            if not self._watched[quote_id]:
                del self._watched[quote_id]
                self._known.pop(quote_id, None)

    async def _look(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_POLL_SECONDS if self._watched else None):
                    await self._heard.wait()
            self._heard.clear()
            if self._watched:
                try:
                    async with self._database.read() as r:
                        self._tell(await _states(r, self._watched))
                except Exception as failed:  # noqa: BLE001 - those who watch are told when the record is back
                    _log.warning("cannot look at watched quotes: %s", type(failed).__name__)
                    await asyncio.sleep(_POLL_SECONDS)
            await asyncio.sleep(_PAUSE_SECONDS)

    def _tell(self, states: Mapping[str, str]) -> None:
        for quote_id, state in states.items():
            before = self._known.get(quote_id)
            if before is not None and before != state:
                self._known[quote_id] = state
                for changed in self._watched.get(quote_id, ()):
                    changed.set()


async def state_of(r: Reading, quote_id: str) -> str:
    """What tells the state that the quote is in from every other; read before whatever is to be shown of it."""
    return (await _states(r, [quote_id]))[quote_id]


async def _states(r: Reading, quote_ids: Iterable[str]) -> dict[str, str]:
    """What tells one state of a quote from another, by its id."""
    rows = await r.rows(_STATES, {"ids": sorted(quote_ids)})
    return {row["id"]: row["state"] for row in rows}


_STATES: Final = sa.text("""
SELECT CAST(watched.id AS text) AS id, md5(concat_ws('/',
    (SELECT concat(last_sequence, '.', state_version) FROM quotes WHERE quotes.id = watched.id),
    (SELECT concat(count(*), '.', max(received_at)) FROM commands WHERE quote_id = watched.id AND outcome IS NULL),
    (SELECT concat(count(*), '.', sum(attempts), '.', count(sent_at), '.', count(failed_at), '.', max(length(last_error)))
        FROM messages WHERE quote_id = watched.id),
    (SELECT ahead FROM clock_offsets WHERE quote_id = watched.id)
)) AS state
FROM unnest(:ids) AS watched (id)
""").bindparams(sa.bindparam("ids", type_=ARRAY(quotes.c.id.type)))
