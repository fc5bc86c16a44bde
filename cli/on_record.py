"""The database for commands of operators: one session's work, and in a sentence what stands in its way."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from adapters.db.database import Database, DatabaseUnavailableError
from adapters.db.errors import MALFORMED, NO_TABLE, REFUSALS, sqlstate, unusable
from adapters.db.health import ping
from cli.local.errors import StackError

Result = TypeVar("Result")


def on_record(url: str, work: Callable[[Database], Awaitable[Result]]) -> Result:
    """What `work` gives. Raises `StackError` when the database cannot be used or was never migrated."""
    try:
        return asyncio.run(_worked(url, work))
    except (DatabaseUnavailableError, OSError, *REFUSALS) as error:
        if sqlstate(error) == NO_TABLE:
            raise StackError("The database has no tables yet: run `firm-offer migrate` first.") from error
        if (reason := unusable(error)) is None:
            raise
        raise StackError(reason) from error


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
