"""The database for commands of operators: one session's work, and in a sentence what stands in its way."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
import sqlalchemy as sa

from adapters.db.database import Database, DatabaseUnavailableError
from adapters.db.health import ping
from cli.local.errors import StackError

Result = TypeVar("Result")
FORM = "postgresql://user:password@host:port/name, where a password has %2F %3F %23 %40 %25 for / ? # @ %"
MALFORMED = (ValueError, OverflowError, asyncpg.InterfaceError, sa.exc.InterfaceError)
"""What drivers raise for an address that they cannot read."""

_NO_TABLE = "42P01"
_NOT_LET_IN = ("28", "3D", "42501")
"""Wrong name or password, no such database, and no right to do it."""


def on_record(url: str, work: Callable[[Database], Awaitable[Result]]) -> Result:
    """What `work` gives. Raises `StackError` when the database cannot be used or was never migrated."""
    try:
        return asyncio.run(_worked(url, work))
    except (DatabaseUnavailableError, OSError, asyncpg.PostgresError, sa.exc.DBAPIError) as error:
        if _state(error) == _NO_TABLE:
            raise StackError("The database has no tables yet: run `firm-offer migrate` first.") from error
        if (reason := unusable(error)) is None:
            raise
        raise StackError(reason) from error


def unusable(error: Exception) -> str | None:
    """A sentence, when the error says that nobody could work with the database at all; else None."""
    if isinstance(error, MALFORMED):  # whose own words would quote the setting, password and all
        return f"DATABASE_URL is malformed. Correct it: {FORM}."
    if not isinstance(error, DatabaseUnavailableError | OSError) and not _state(error).startswith(
        _NOT_LET_IN
    ):
        return None
    why = first_line(error)
    return f"The database at DATABASE_URL cannot be used: {why}. Start it, or correct the setting: {FORM}."


def first_line(error: Exception) -> str:
    """What an error says, without the lines that are for programmers."""
    told = getattr(error, "orig", None) or error
    return str(told).strip().split("\n", 1)[0].rstrip(".") or type(error).__name__


def _state(error: Exception) -> str:
    told = getattr(error, "orig", None) or error
    return str(getattr(told, "sqlstate", None) or getattr(told.__cause__, "sqlstate", None) or "")


async def _worked(url: str, work: Callable[[Database], Awaitable[Result]]) -> Result:
    database = Database.connect(url, pool_size=1)
    try:
        try:
            async with database.read() as r:
                await ping(r)
        except MALFORMED as error:  # not what the work itself may raise
            raise StackError(unusable(error) or "") from error
        return await work(database)
    finally:
        await database.close()
