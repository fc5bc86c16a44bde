"""The events of all quotes in one order, in which nothing is ever put in behind a reader: decision 0049."""

import asyncio
import hashlib
import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from adapters.db.database import Database, Reading, Row
from domain.proof.feed_event import STEPS, FeedEvent, states
from domain.quotes.events import Event, EventType
from domain.quotes.quote import Quote

_LOOK_SECONDS: Final = 0.2
_log = logging.getLogger(__name__)


class UnknownPositionError(ValueError):
    """No reader of this record has come there."""


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class FeedPosition:
    """An event's place in the feed, or one between two events. `mark` tells epochs of the same number apart, of two
    restored copies of a record.
    """

    epoch: int
    transaction: int
    quote_id: str
    sequence: int
    mark: str = ""


START: Final = FeedPosition(
    epoch=0, transaction=0, quote_id="00000000-0000-0000-0000-000000000000", sequence=0
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEnd:
    """How far the feed can be read: nothing will ever be written before it that is not there yet."""

    epoch: int
    transaction: int
    mark: str

    @property
    def position(self) -> FeedPosition:
        """Before everything that is to come."""
        return FeedPosition(
            epoch=self.epoch,
            transaction=self.transaction,
            quote_id=START.quote_id,
            sequence=0,
            mark=self.mark,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """Events in the feed's order, and where to go on. `positions` are theirs."""

    events: Sequence[FeedEvent]
    positions: Sequence[FeedPosition]
    has_more: bool
    following: FeedPosition


async def feed_end(r: Reading, position: FeedPosition = START) -> FeedEnd:
    """How far it can be read now. Raises UnknownPositionError where a reader cannot have come to `position`: it lies in the
    future, or in an epoch that this record has not seen.
    """
    row = (await r.rows(_END, {"epoch": position.epoch}))[0]
    end = FeedEnd(epoch=row["epoch"], transaction=row["transaction"], mark=_mark(row["here"]))
    known = end.mark if position.epoch == end.epoch else _mark(row["begun_by"])
    if (position.epoch, position.transaction) > (end.epoch, end.transaction):
        raise UnknownPositionError("the position is one that the feed has not come to")
    if position.epoch and position.mark != known:
        raise UnknownPositionError("the position is one of another copy of the record")
    return end


async def feed_page(
    r: Reading, position: FeedPosition, *, types: Collection[EventType] = (), limit: int
) -> FeedPage:
    """The next events after `position`, at most `limit`; of these types alone where some are named. Raises as `feed_end`."""
    end = await feed_end(r, position)
    asked: dict[str, Any] = {
        "epoch": position.epoch,
        "transaction": position.transaction,
        "quote_id": position.quote_id,
        "sequence": position.sequence,
        "end_epoch": end.epoch,
        "end_transaction": end.transaction,
        "limit": limit + 1,
    }
    if types:
        rows = await r.rows(_PAGE_OF_TYPES, {**asked, "types": sorted(map(str, types))})
    else:
        rows = await r.rows(_PAGE, asked)
    shown = rows[:limit]
    marks = {0: "", end.epoch: end.mark, position.epoch: position.mark}
    for epoch in {row["feed_epoch"] for row in shown} - marks.keys():
        marks[epoch] = _mark(await r.value(_CLUSTER, {"epoch": epoch}))
    positions = [_position(row, marks) for row in shown]
    return FeedPage(
        events=[_event(row) for row in shown],
        positions=positions,
        has_more=len(rows) > limit,
        following=positions[-1] if positions else position,
    )


async def states_then(r: Reading, events: Sequence[FeedEvent]) -> dict[str, Quote]:
    """The quote of each event as that event left it, by the event's id: from the record, whatever has become of it since."""
    wanted: defaultdict[str, list[int]] = defaultdict(list)
    for each in events:
        wanted[each.quote_id].append(each.sequence)
    rows = await r.rows(
        _STEPS,
        {
            "ids": [*wanted],
            "until": [max(numbers) for numbers in wanted.values()],
            "types": [*map(str, STEPS)],
        },
    )
    steps: defaultdict[str, list[tuple[int, Event]]] = defaultdict(list)
    for row in rows:
        steps[row["quote_id"]].append((row["sequence"], _bare(row)))
    return {
        f"{quote_id}-{sequence}": quote
        for quote_id, numbers in wanted.items()
        for sequence, quote in states(steps[quote_id], sorted(numbers))
    }


async def held_up_since(r: Reading, seconds: float) -> tuple[datetime, str] | None:
    """When the oldest event was written that has been kept out of the feed for so long by a transaction that runs on, and
    what is known of that; None where there is none.
    """
    row = await r.row(_HELD_UP, {"seconds": seconds})
    return (row["since"], row["who"] or "") if row and row["since"] else None


async def find_event(r: Reading, quote_id: str, sequence: int) -> FeedEvent | None:
    """An event by its place in its quote, or None."""
    row = await r.row(_ONE, {"quote_id": quote_id, "sequence": sequence})
    return _event(row) if row else None


async def newest_position(r: Reading) -> dict[str, Any]:
    """The last event's place, and how far the feed can be read, as parameters of statements."""
    return dict((await r.rows(_LAST))[0])


class FeedNews:
    """Wakes those who wait for events. However many wait, one statement a fifth of a second looks for all of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._newest: object = None
        self._news = asyncio.Condition()
        self._waiting = 0
        self._looking: asyncio.Task[None] | None = None
        self.count = 0
        """To be read before the feed is, so that nothing slips through between."""

    async def wait(self, seen: int, seconds: float) -> None:
        """Return when there are events that were not there when `count` was `seen`, or after `seconds`. Now and then there
        are none.
        """
        self._waiting += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="feed")
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds), self._news:
                    await self._news.wait_for(lambda: self.count != seen)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Look no more; who still waits does so to the end of his time."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})

    async def _look(self) -> None:
        while self._waiting:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                async with self._database.read() as r:
                    row = await r.row(_NEWEST)
            except Exception as failed:  # noqa: BLE001 - who waits asks again at the end
                _log.warning("cannot look for events: %s", type(failed).__name__)
                continue
            newest = tuple(row.values()) if row else ()
            if newest != self._newest:
                self._newest = newest
                async with self._news:
                    self.count += 1
                    self._news.notify_all()


def _mark(cluster: str | None) -> str:
    return hashlib.sha256(cluster.encode()).hexdigest()[:8] if cluster else ""


def _position(row: Row, marks: dict[int, str]) -> FeedPosition:
    return FeedPosition(
        epoch=row["feed_epoch"],
        transaction=row["feed_transaction"],
        quote_id=row["quote_id"],
        sequence=row["sequence"],
        mark=marks[row["feed_epoch"]],
    )


def _event(row: Row) -> FeedEvent:
    return FeedEvent(
        quote_id=row["quote_id"],
        number=row["number"],
        external_id=row["external_id"],
        sequence=row["sequence"],
        event=_bare(row),
    )


def _bare(row: Row) -> Event:
    return Event(type=EventType(row["type"]), at=row["at"], actor=row["actor"], data=row["data"])


# Transactions below `pg_snapshot_xmin` are over, each committed or rolled back, and those to come have higher numbers. An event's
# place is at its own transaction or, where its predecessor in the quote has a higher one, at that: never below its own.
# Where the record has come to another server, an epoch begins with the first event that is written there.
_HERE: Final = """
SELECT CASE WHEN latest.cluster = here.cluster THEN latest.epoch ELSE latest.epoch + 1 END AS epoch,
    CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS transaction, here.cluster AS here
FROM (SELECT feed_cluster() AS cluster) AS here
CROSS JOIN (SELECT epoch, cluster FROM feed_epochs ORDER BY epoch DESC LIMIT 1) AS latest
"""
_END: Final = sa.text(f"""
SELECT reached.*, (SELECT cluster FROM feed_epochs WHERE epoch = CAST(:epoch AS integer)) AS begun_by
FROM ({_HERE}) AS reached
""")  # noqa: S608 - literals
_CLUSTER: Final = sa.text("SELECT cluster FROM feed_epochs WHERE epoch = CAST(:epoch AS integer)")
_PLACE: Final = "feed_epoch, feed_transaction, quote_id, sequence"
_BOUNDS: Final = """
CAST(:epoch AS integer) AS epoch, CAST(:transaction AS bigint) AS transaction, CAST(:quote_id AS uuid) AS quote,
CAST(:sequence AS integer) AS number, CAST(:end_epoch AS integer) AS end_epoch, CAST(:end_transaction AS bigint) AS end_transaction
"""
_AFTER: Final = "here.epoch, here.transaction, here.quote, here.number"
_UNTIL: Final = "here.end_epoch, here.end_transaction"
_LIMIT: Final = "LIMIT CAST(:limit AS integer)"
_SHOWN: Final = f"{_PLACE}, type, at, actor, data"
# The planner is not to see where a page begins: it would judge by the epoch alone, which is the same for all, expect next to
# no rows, and sort all that come after.
_PAGE: Final = sa.text(f"""
WITH here AS MATERIALIZED (SELECT {_BOUNDS})
SELECT chosen.*, quotes.number, external_id
FROM here CROSS JOIN LATERAL (
    SELECT {_SHOWN} FROM quote_events
    WHERE ({_PLACE}) > ({_AFTER}) AND (feed_epoch, feed_transaction) < ({_UNTIL})
    ORDER BY {_PLACE} {_LIMIT}
) AS chosen
JOIN quotes ON quotes.id = chosen.quote_id
ORDER BY {_PLACE}
""")  # noqa: S608 - literals
# As many of each type as a page has at most. Types are compared as the beginning of the place, so that the index by types
# alone gives their order: by another one, the rare would be looked for among the many.
_PAGE_OF_TYPES: Final = sa.text(f"""
WITH here AS MATERIALIZED (SELECT {_BOUNDS})
SELECT chosen.*, quotes.number, external_id
FROM (
    SELECT found.* FROM here CROSS JOIN unnest(CAST(:types AS text[])) AS asked (wanted)
    CROSS JOIN LATERAL (
        SELECT {_SHOWN} FROM quote_events
        WHERE (type, {_PLACE}) > (asked.wanted, {_AFTER})
            AND (type, feed_epoch, feed_transaction) < (asked.wanted, {_UNTIL})
        ORDER BY type, {_PLACE} {_LIMIT}
    ) AS found
    ORDER BY {_PLACE} {_LIMIT}
) AS chosen
JOIN quotes ON quotes.id = chosen.quote_id
ORDER BY {_PLACE}
""")  # noqa: S608 - literals
_NEWEST: Final = sa.text(f"""
SELECT {_PLACE} FROM quote_events
WHERE (feed_epoch, feed_transaction) < (SELECT epoch, transaction FROM ({_HERE}) AS reached)
ORDER BY feed_epoch DESC, feed_transaction DESC, quote_id DESC, sequence DESC LIMIT 1
""")  # noqa: S608 - literals
_LAST: Final = sa.text(f"""
SELECT coalesce(feed_epoch, 0) AS epoch, coalesce(feed_transaction, 0) AS transaction,
    coalesce(CAST(quote_id AS text), '{START.quote_id}') AS quote_id, coalesce(sequence, 0) AS sequence,
    reached.epoch AS end_epoch, reached.transaction AS end_transaction
FROM ({_HERE}) AS reached LEFT JOIN LATERAL (
    SELECT {_PLACE} FROM quote_events WHERE (feed_epoch, feed_transaction) < (reached.epoch, reached.transaction)
    ORDER BY feed_epoch DESC, feed_transaction DESC, quote_id DESC, sequence DESC LIMIT 1
) AS newest ON true
""")  # noqa: S608 - literals
_ONE: Final = sa.text("""
SELECT quote_id, sequence, type, at, actor, data, number, external_id
FROM quote_events JOIN quotes ON quotes.id = quote_id
WHERE quote_id = CAST(:quote_id AS uuid) AND sequence = CAST(:sequence AS integer)
""")
_STEPS: Final = sa.text("""
SELECT quote_id, sequence, type, at, actor, data
FROM unnest(CAST(:ids AS uuid[]), CAST(:until AS integer[])) AS asked (id, until)
JOIN quote_events ON quote_id = asked.id AND sequence <= asked.until
WHERE type = ANY(CAST(:types AS text[]))
ORDER BY quote_id, sequence
""")
_HELD_UP: Final = sa.text(f"""
WITH reached AS MATERIALIZED ({_HERE})
SELECT min(recorded_at) AS since, (
    SELECT string_agg(format('process %s (%s, %s)', pid, coalesce(datname, '?'), coalesce(application_name, '?')), ', ')
    FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
        AND xact_start < clock_timestamp() - make_interval(secs => CAST(:seconds AS float))
) AS who
FROM reached CROSS JOIN LATERAL (
    SELECT recorded_at FROM quote_events
    WHERE (feed_epoch, feed_transaction) >= (reached.epoch, reached.transaction)
    ORDER BY {_PLACE} LIMIT 1000
) AS kept_out
WHERE recorded_at < clock_timestamp() - make_interval(secs => CAST(:seconds AS float))
""")  # noqa: S608 - literals
