"""The pool of connections to PostgreSQL, and the two kinds of session that the stores are given.

Statements are composed with SQLAlchemy, compiled once, and sent by asyncpg: see `Query`.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, Self
from weakref import WeakKeyDictionary

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql.compiler import SQLCompiler

from adapters.db.errors import DatabaseUnavailableError, obstacle_of
from domain.errors import MalformedCommandError

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]

__all__ = ["Database", "DatabaseUnavailableError", "Reading", "Row", "Writing"]

APPLICATION: Final = "firm-offer"
"""By which API, worker and commands introduce themselves to the server."""

CONNECT_SECONDS: Final = 2.0
STATEMENT_SECONDS: Final = 10.0
_IDLE_IN_TRANSACTION: Final = "30s"
_POOL_SECONDS: Final = 5.0
_IDLE_SECONDS: Final = 1800.0
_CLOSE_SECONDS: Final = 2.0

# Characters that are none in UTF-8, texts that are no JSON or no UUID, numbers out of range.
_UNKEEPABLE: Final = ("22021", "22P05", "22P02", "22003")

Row = asyncpg.Record | Mapping[str, Any]
Parameters = Mapping[str, Any]


async def open_connection(
    url: str, *, statement_seconds: float | None = STATEMENT_SECONDS
) -> "asyncpg.Connection[asyncpg.Record]":
    """A plain connection for `postgresql://…`; asyncpg reads the URL, with all that libpq's may hold. A statement is given
    up after `statement_seconds`; None lets it take its time.
    """
    return await asyncpg.connect(
        url,
        timeout=CONNECT_SECONDS,
        command_timeout=statement_seconds,
        max_cached_statement_lifetime=0,
        server_settings={
            "application_name": APPLICATION,
            "idle_in_transaction_session_timeout": _IDLE_IN_TRANSACTION,
            "jit": "off",
            "timezone": "UTC",
        },
    )


@contextmanager
def _translated(connection: "Connection | None" = None, sql: str = "") -> Iterator[None]:
    """Turns what the driver raises into this room's errors: unavailable, or a text that cannot be kept.

    It stands around the driver's calls alone: what callers raise inside a session is theirs. Errors tell the statement,
    and no values: names, addresses and texts have no place in what gets logged.
    """
    try:
        yield
    except (OSError, TimeoutError) as failed:
        raise DatabaseUnavailableError from failed
    except asyncpg.PostgresError as failed:
        if sql:
            failed.add_note(sql)
        if obstacle := obstacle_of(failed.sqlstate or ""):
            raise DatabaseUnavailableError(obstacle) from failed
        if failed.sqlstate in _UNKEEPABLE or _is_unfit(failed):
            raise MalformedCommandError("a value has characters or a size that cannot be kept") from failed
        raise
    except asyncpg.InterfaceError as failed:
        if connection is not None and _is_lost(connection):
            raise DatabaseUnavailableError from failed
        raise
    except asyncpg.InternalClientError as failed:
        # The server has ended the session, and the socket is about to follow.
        _give_up(connection)
        raise DatabaseUnavailableError from failed


def _is_unfit(failed: asyncpg.PostgresError) -> bool:
    """Whether asyncpg found a value (not its type) that it cannot send, such as half a surrogate pair."""
    return isinstance(failed, asyncpg.DataError) and isinstance(failed.__cause__, ValueError)


def _is_lost(connection: "Connection") -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # closed from the other side, and back in the pool already
        return True


def _give_up(connection: "Connection | None") -> None:
    if connection is not None:
        with suppress(asyncpg.InterfaceError):  # the pool knows already
            connection.terminate()


class Query:
    """A statement as PostgreSQL gets it: `sql`, and where the value of each parameter comes from.

    SQLAlchemy composes and compiles; nothing of it is left to do when a statement is sent once more.
    """

    def __init__(self, statement: sa.Executable, given: Parameters) -> None:
        compiled = statement.compile(dialect=_DIALECT, column_keys=[*given])  # type: ignore[attr-defined]
        if not isinstance(compiled, SQLCompiler):
            raise TypeError(f"a {type(statement).__name__} has no parameters")
        state = compiled.construct_expanded_state(given)
        self.sql = state.statement
        self.is_kept = not given.keys() & state.parameter_expansion.keys()
        """Not where a list is written out, as `IN` does it: that text is good for these values alone."""
        json_names = {name for name, bind in compiled.binds.items() if isinstance(bind.type, sa.JSON)}
        self._places: list[tuple[str | None, Any, bool]] = []
        for name in state.positiontup or ():
            is_json = name in json_names
            value = _json(state.parameters[name]) if is_json else state.parameters[name]
            self._places.append((name, None, is_json) if name in given else (None, value, False))

    @classmethod
    def of(cls, statement: sa.Executable, given: Parameters) -> "Query":
        """Compiled at the first use of the statement with parameters of these names, and forgotten with it."""
        by_names = _COMPILED.setdefault(statement, {})
        found = by_names.get(names := tuple(given))
        if found is None:
            found = cls(statement, given)
            if found.is_kept:
                by_names[names] = found
        return found

    def values(self, given: Parameters) -> list[Any]:
        """The parameters in their order."""
        return [
            value if name is None else _json(given[name]) if is_json else given[name]
            for name, value, is_json in self._places
        ]


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_DIALECT: Final = dialect()  # type: ignore[no-untyped-call]
_COMPILED: Final[WeakKeyDictionary[sa.Executable, dict[tuple[str, ...], Query]]] = WeakKeyDictionary()
NOTHING: Final[Parameters] = {}


class Reading:
    """A session that only reads. Each statement sees what is committed when it starts.

    Opaque outside `adapters.db`: it is opened by `Database`, passed to a store and closed.
    """

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection

    async def rows(self, statement: sa.Executable, parameters: Parameters = NOTHING) -> Sequence[Row]:
        """All rows of the answer."""
        query = Query.of(statement, parameters)
        with _translated(self._connection, query.sql):
            return await self._connection.fetch(query.sql, *query.values(parameters))

    async def row(self, statement: sa.Executable, parameters: Parameters = NOTHING) -> Row | None:
        """The first row of the answer, if it has any."""
        rows = await self.rows(statement, parameters)
        return rows[0] if rows else None

    async def value(self, statement: sa.Executable, parameters: Parameters = NOTHING) -> Any:
        """The first column of the first row; None without a row."""
        row = await self.row(statement, parameters)
        return None if row is None else next(iter(row.values()))


class Writing(Reading):
    """A session that may write, and read what it wrote."""

    async def run(self, statement: sa.Executable, parameters: Parameters = NOTHING) -> int:
        """Do it; the number of rows it touched."""
        query = Query.of(statement, parameters)
        with _translated(self._connection, query.sql):
            status = await self._connection.execute(query.sql, *query.values(parameters))
        count = status.rpartition(" ")[2]
        return int(count) if count.isdecimal() else 0


class Database:
    """A pool of connections. Opened once per process; connections are made when they are needed.

    Everything raises DatabaseUnavailableError while PostgreSQL cannot be reached or cannot do what it is asked (it is
    read-only, its disk is full), and works again by itself when it can. A text that PostgreSQL cannot hold (NUL, half of a surrogate pair) raises
    `domain.errors.MalformedCommandError`.
    """

    def __init__(self, url: str, *, pool_size: int) -> None:
        self.url = url
        self._pool_size = pool_size
        self._pool: Pool | None = None

    @classmethod
    def connect(cls, url: str, *, pool_size: int = 10) -> Self:
        """A pool for `postgresql://user:password@host:port/name`; no connection is made yet."""
        return cls(url, pool_size=pool_size)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reading]:
        """A session to read with. Each statement stands alone: no transaction is opened."""
        async with self._connected() as connection:
            yield Reading(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writing]:
        """A transaction: committed at the end of the block, rolled back when it raises."""
        async with self._connected() as connection:
            try:
                with _translated(connection):
                    await connection.execute("BEGIN")
                yield Writing(connection)
                with _translated(connection):
                    await connection.execute("COMMIT")
            except BaseException:
                await _roll_back(connection)
                raise

    @asynccontextmanager
    async def write_each(self) -> AsyncIterator[Writing]:
        """A session each of whose statements commits by itself: two round trips less where one statement
        does it all, as in `inbox.store.store`, `store_create`, `kept_answers.keep_answer` and `outbox.claim`.
        """
        async with self._connected() as connection:
            yield Writing(connection)

    async def close(self) -> None:
        """Close all connections."""
        pool, self._pool = self._pool, None
        if pool is not None:
            with suppress(TimeoutError):  # who still uses one has lost it then
                await asyncio.wait_for(pool.close(), _CLOSE_SECONDS)

    @asynccontextmanager
    async def _connected(self) -> "AsyncIterator[Connection]":
        """A connection of the pool. One that was lost is replaced when the next one asks; one whose statement is being
        cancelled is waited for, and given up after two seconds.
        """
        if self._pool is None:
            self._pool = asyncpg.create_pool(
                connect=self._open,
                reset=_keep,
                min_size=0,
                max_size=self._pool_size,
                max_inactive_connection_lifetime=_IDLE_SECONDS,
            )
        with _translated():
            pool = await self._pool
            connection = await pool.acquire(timeout=_POOL_SECONDS)
        try:
            yield connection
        finally:
            with suppress(Exception):  # the pool has ended that connection
                await pool.release(connection, timeout=_CLOSE_SECONDS)

    async def _open(self, *_: object, **__: object) -> "asyncpg.Connection[asyncpg.Record]":
        """As stores are used to it: JSON as plain data, ids as text."""
        connection = await open_connection(self.url)
        with _translated(connection):
            for name, encoder, decoder in (
                ("jsonb", str, json.loads),
                ("json", str, json.loads),
                ("uuid", str, str),
            ):
                await connection.set_type_codec(name, schema="pg_catalog", encoder=encoder, decoder=decoder)
        return connection


async def _keep(_: object) -> None:
    """Nothing is left of a session that is rolled back: no setting, lock or channel outlives a transaction here."""


async def _roll_back(connection: "Connection") -> None:
    try:
        await connection.execute("ROLLBACK", timeout=_CLOSE_SECONDS)
    except Exception:  # noqa: BLE001 - the server rolls back what has no connection any more
        _give_up(connection)
