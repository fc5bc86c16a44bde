"""How a connection to PostgreSQL is made, and which failures mean that there is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.db.errors import DatabaseUnavailableError
from domain.errors import MalformedCommandError

CONNECT_SECONDS: Final = 2.0
STATEMENT_SECONDS: Final = 10.0
_IDLE_IN_TRANSACTION: Final = "30s"

# Connection exceptions, operator intervention (a server that stops or starts), too many connections, a lost
# race of two transactions: all worth repeating.
_PASSING: Final = ("08", "57P", "53", "40")
# Characters that are none in UTF-8, texts that are no JSON or no UUID, numbers out of range.
_UNKEEPABLE: Final = ("22021", "22P05", "22P02", "22003")


async def open_connection(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    """A plain connection for `postgresql://…`; asyncpg reads the URL, with all that libpq's may hold."""
    return await asyncpg.connect(
        url,
        timeout=CONNECT_SECONDS,
        command_timeout=STATEMENT_SECONDS,
        server_settings={
            "application_name": "firm-offer",
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
    """Turns what drivers raise into this room's errors: unreachable, or a text that cannot be kept.

    It stands around the drivers' calls alone: what callers raise inside a session is theirs.
    """
    try:
        yield
    except sa.exc.DBAPIError as failed:
        state = str(getattr(failed.orig, "sqlstate", None) or "")
        if failed.connection_invalidated or state.startswith(_PASSING):
            raise DatabaseUnavailableError("the database is not reachable for now") from failed
        if state in _UNKEEPABLE or _is_unfit(failed.orig):
            raise MalformedCommandError("a value has characters or a size that cannot be kept") from failed
        raise
    except (OSError, TimeoutError, sa.exc.TimeoutError) as failed:
        raise DatabaseUnavailableError("the database is not reachable for now") from failed
    except asyncpg.PostgresError as failed:
        if not (failed.sqlstate or "").startswith(_PASSING):
            raise
        raise DatabaseUnavailableError("the database is not reachable for now") from failed


def _is_unfit(failed: BaseException | None) -> bool:
    """Whether asyncpg found a value (not its type) that it cannot send, such as half a surrogate pair."""
    cause = failed.__cause__ if failed else None
    return isinstance(cause, asyncpg.DataError) and isinstance(cause.__cause__, ValueError)
