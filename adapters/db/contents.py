"""Whether a database answers, and what it holds: for whoever works with it, copies it away or fills an empty one."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from adapters.db.database import APPLICATION, Database, Reading, Writing
from adapters.db.migrations import head


async def ping(r: Reading) -> None:
    """Return when the database answers; raise DatabaseUnavailableError otherwise."""
    await r.value(_ANYTHING)


class WriteProbe:
    """Whether a command could be stored now. Nothing is left of it but a flushed word in the write-ahead log.

    It takes the right and the lock for a row of the inbox, asks for room where the tables are, and commits, which also
    waits for the disk and for replicas that have to follow. Who asks while somebody else does shares the answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asking: asyncio.Task[None] | None = None

    async def ask(self) -> None:
        """Return when it could. Raises DatabaseUnavailableError with what is in the way, or what the driver raises (no
        right to it, no such table).
        """
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(_seen)  # those who asked may all have run out of time
        await asyncio.shield(self._asking)

    async def _ask(self) -> None:
        async with self._database.write() as w:
            await w.run(_HELD_SHORT)
            await w.run(_PROBE)


def _seen(asked: asyncio.Task[None]) -> None:
    if not asked.cancelled():
        asked.exception()


async def revision(r: Reading) -> str | None:
    """The tables' revision; None for a database without tables of ours."""
    if await r.value(sa.text("SELECT CAST(to_regclass('alembic_version') AS text)")) is None:
        return None
    found: str | None = await r.value(sa.text("SELECT version_num FROM alembic_version"))
    return found


async def is_migrated(r: Reading) -> bool:
    """Whether the tables are those of this version of the program."""
    return await revision(r) == head()


async def wall_clock(r: Reading) -> datetime:
    """PostgreSQL's time now."""
    now: datetime = await r.value(_NOW)
    return now


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """`objects` names what is there and belongs to no extension: tables, views, sequences and functions.

    `revision` and the counts are None where there are no tables of ours.
    """

    objects: tuple[str, ...]
    revision: str | None = None
    quotes: int | None = None
    customers: int | None = None
    moved_clocks: int | None = None


async def contents(r: Reading) -> Contents:
    """What is in the database."""
    objects = tuple(row["name"] for row in await r.rows(_OBJECTS))
    if await r.value(_OURS) is None:
        return Contents(objects=objects)
    return Contents(
        objects=objects,
        revision=await revision(r),
        quotes=await _count(r, "quotes"),
        customers=await _count(r, "customers"),
        moved_clocks=await _count(r, "clock_offsets"),
    )


async def server_major(r: Reading) -> int:
    """The server's major version: 18."""
    return int(await r.value(sa.text("SELECT current_setting('server_version_num')"))) // 10_000


async def other_sessions(r: Reading) -> int:
    """How many other sessions of the product are connected to the database."""
    return int(await r.value(_SESSIONS, {"name": APPLICATION}))


async def hold_snapshot(w: Writing) -> str:
    """Make the session see the database as of now until it ends, however long that takes; the snapshot's name,
    by which `pg_dump` can see the same. To be called first in a transaction.
    """
    await w.run(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    await w.run(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    return str(await w.value(sa.text("SELECT pg_export_snapshot()")))


async def move_numbers(w: Writing, ahead: int) -> int:
    """Leave out the next `ahead` numbers of quotes; the count that the next quote gets."""
    return int(await w.value(_MOVE, {"ahead": ahead})) + 1


async def remove_all(w: Writing) -> None:
    """Drop whatever `Contents.objects` names, data and all: for a database that was empty a moment ago."""
    for row in await w.rows(_OBJECTS):
        await w.run(sa.text(row["removal"]))


async def _count(r: Reading, table: str) -> int | None:
    """None where that table came later than the database's revision."""
    if await r.value(sa.text("SELECT CAST(to_regclass(:name) AS text)"), {"name": table}) is None:
        return None
    return int(await r.value(sa.select(sa.func.count()).select_from(sa.table(table))))


_ANYTHING: Final = sa.text("SELECT 1")
_NOW: Final = sa.text("SELECT clock_timestamp()")
# A lock is waited for a moment only. Work that does not fit into so little memory goes to a file beside the tables, not
# to another disk.
_HELD_SHORT: Final = sa.text("""
SELECT set_config('lock_timeout', '500ms', true), set_config('work_mem', '64kB', true),
    set_config('temp_tablespaces', '', true)
""")
# No row comes of the insert: that it may write is checked before. Tables may have room within their files while the disk
# is full: only a file that has to grow tells, and a temporary one is gone at the end.
_PROBE: Final = sa.text("""
WITH
none AS (INSERT INTO commands SELECT * FROM commands WHERE false),
room AS MATERIALIZED (SELECT repeat('x', 8192) AS block FROM generate_series(1, 64))
SELECT count(block), pg_logical_emit_message(true, 'firm-offer', '') FROM room
""")

# Tables first: with them go their sequences, indexes and triggers, and then nothing needs a function any more.
_OBJECTS: Final = sa.text("""
WITH
spaces AS (
    SELECT oid, nspname FROM pg_namespace
    WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND NOT starts_with(nspname, 'pg_t')
),
objects AS (
    SELECT pg_class.oid, pg_class.tableoid AS kind, CASE relkind WHEN 'S' THEN 1 ELSE 0 END AS turn, relname AS name,
        CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
            WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END || ' IF EXISTS ' || format('%I.%I', nspname, relname) AS what
    FROM pg_class JOIN spaces ON spaces.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    UNION ALL
    SELECT pg_proc.oid, pg_proc.tableoid, 2, proname,
        'ROUTINE IF EXISTS ' || format('%I.%I(%s)', nspname, proname, pg_get_function_identity_arguments(pg_proc.oid))
    FROM pg_proc JOIN spaces ON spaces.oid = pronamespace
)
SELECT name, 'DROP ' || what || ' CASCADE' AS removal FROM objects
WHERE NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = objects.kind AND objid = objects.oid AND deptype = 'e'
)
ORDER BY turn, name
""")
_OURS: Final = sa.text(
    "SELECT CAST(to_regclass('alembic_version') AS text) WHERE to_regclass('quotes') IS NOT NULL"
)
_SESSIONS: Final = sa.text("""
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = :name AND pid <> pg_backend_pid()
""")
_MOVE: Final = sa.text("SELECT setval('quote_numbers', nextval('quote_numbers') + :ahead)")
