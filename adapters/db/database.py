"""The pool of connections to PostgreSQL, and the two kinds of session that the stores are given."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any, Final, Self

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from adapters.db.errors import DatabaseUnavailableError, Obstacle, obstacle_of
from domain.errors import MalformedCommandError

APPLICATION: Final = "firm-offer"
"""By which API, worker and commands introduce themselves to the server."""

CONNECT_SECONDS: Final = 2.0
STATEMENT_SECONDS: Final = 10.0
_IDLE_IN_TRANSACTION: Final = "30s"

# Characters that are none in UTF-8, texts that are no JSON or no UUID, numbers out of range.
_UNKEEPABLE: Final = ("22021", "22P05", "22P02", "22003")


async def open_connection(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    """A plain connection for `postgresql://…`; asyncpg reads the URL, with all that libpq's may hold."""
    return await asyncpg.connect(
        url,
        timeout=CONNECT_SECONDS,
        command_timeout=STATEMENT_SECONDS,
        server_settings={
            "application_name": APPLICATION,
            "idle_in_transaction_session_timeout": _IDLE_IN_TRANSACTION,
            "jit": "off",
            "timezone": "UTC",
        },
    )


def engine_for(url: str, **options: Any) -> AsyncEngine:
    """SQLAlchemy's engine over such connections."""

    async def creator() -> "asyncpg.Connection[asyncpg.Record]":
        return await open_connection(url)

    # Parameters hold names, addresses and texts: they have no place in an error's text, which gets logged.
    return create_async_engine(
        "postgresql+asyncpg://", async_creator=creator, hide_parameters=True, **options
    )


@contextmanager
def translated() -> Iterator[None]:
    """Turns what drivers raise into this room's errors: unavailable, or a text that cannot be kept.

    It stands around the drivers' calls alone: what callers raise inside a session is theirs.
    """
    try:
        yield
    except sa.exc.DBAPIError as failed:
        state = str(getattr(failed.orig, "sqlstate", None) or "")
        if (obstacle := obstacle_of(state)) or failed.connection_invalidated:
            raise DatabaseUnavailableError(obstacle or Obstacle.UNREACHABLE) from failed
        if state in _UNKEEPABLE or _is_unfit(failed.orig):
            raise MalformedCommandError("a value has characters or a size that cannot be kept") from failed
        raise
    except (OSError, TimeoutError, sa.exc.TimeoutError) as failed:
        raise DatabaseUnavailableError from failed
    except asyncpg.PostgresError as failed:
        if (obstacle := obstacle_of(failed.sqlstate or "")) is None:
            raise
        raise DatabaseUnavailableError(obstacle) from failed


def _is_unfit(failed: BaseException | None) -> bool:
    """Whether asyncpg found a value (not its type) that it cannot send, such as half a surrogate pair."""
    cause = failed.__cause__ if failed else None
    return isinstance(cause, asyncpg.DataError) and isinstance(cause.__cause__, ValueError)


__all__ = ["Database", "DatabaseUnavailableError", "Reading", "Row", "Writing"]

_POOL_SECONDS: Final = 5.0
_RECYCLE_SECONDS: Final = 1800

Row = sa.RowMapping | Mapping[str, Any]
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Reading:
    """A session that only reads. Each statement sees what is committed when it starts.

    Opaque outside `adapters.db`: it is opened by `Database`, passed to a store and closed.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def rows(self, statement: sa.Executable, parameters: Parameters | None = None) -> Sequence[Row]:
        """All rows of the answer."""
        return (await self._execute(statement, parameters)).mappings().all()

    async def row(self, statement: sa.Executable, parameters: Parameters | None = None) -> Row | None:
        """The first row of the answer, if it has any."""
        return (await self._execute(statement, parameters)).mappings().first()

    async def value(self, statement: sa.Executable, parameters: Parameters | None = None) -> Any:
        """The first column of the first row; None without a row."""
        return (await self._execute(statement, parameters)).scalar()

    async def _execute(self, statement: sa.Executable, parameters: Parameters | None) -> sa.CursorResult[Any]:
        with translated():
            return await self._connection.execute(statement, parameters)


class Writing(Reading):
    """A session that may write, and read what it wrote."""

    async def run(self, statement: sa.Executable, parameters: Parameters | None = None) -> int:
        """Do it; the number of rows it touched. A list of parameters does it once for each."""
        return (await self._execute(statement, parameters)).rowcount


class Database:
    """A pool of connections. Opened once per process; connections are made when they are needed.

    Everything raises DatabaseUnavailableError while PostgreSQL cannot be reached or cannot do what it is asked (it is
    read-only, its disk is full), and works again by itself when it can. A text that PostgreSQL cannot hold (NUL, half of a surrogate pair) raises
    `domain.errors.MalformedCommandError`.
    """

    def __init__(self, engine: AsyncEngine, url: str) -> None:
        self._engine = engine
        self._single = engine.execution_options(isolation_level="AUTOCOMMIT")
        self.url = url
        sa.event.listen(engine.sync_engine, "checkout", _refuse_dead)

    @classmethod
    def connect(cls, url: str, *, pool_size: int = 10) -> Self:
        """A pool for `postgresql://user:password@host:port/name`; no connection is made yet."""
        engine = engine_for(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=_POOL_SECONDS,
            pool_recycle=_RECYCLE_SECONDS,
            pool_use_lifo=True,
        )
        return cls(engine, url)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reading]:
        """A session to read with. Each statement stands alone: no transaction is opened."""
        async with _connected(self._single) as connection:
            yield Reading(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writing]:
        """A transaction: committed at the end of the block, rolled back when it raises."""
        async with _connected(self._engine) as connection:
            yield Writing(connection)
            with translated():
                await connection.commit()

    @asynccontextmanager
    async def write_each(self) -> AsyncIterator[Writing]:
        """A session each of whose statements commits by itself: two round trips less where one statement
        does it all, as in `inbox.store.store`, `store_create`, `kept_answers.keep_answer` and `outbox.claim`.
        """
        async with _connected(self._single) as connection:
            yield Writing(connection)

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection of the pool; what was not committed when it goes back is rolled back."""
    async with AsyncExitStack() as stack:
        with translated():
            connection = await stack.enter_async_context(engine.connect())
        yield connection


def _refuse_dead(connection: Any, _record: Any, _proxy: Any) -> None:
    """Tell the pool that a connection was closed from the other side, which asyncpg knows without asking.

    So a restarted server costs nobody an error, and a healthy one no question before each use.
    """
    if connection.driver_connection.is_closed():
        raise sa.exc.DisconnectionError("closed by the server")
