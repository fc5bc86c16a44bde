"""Once an hour: forget what is kept for a time only. Any number of processes may do it."""

import asyncio
from typing import Final

from adapters import logs
from adapters.db.database import Database, DatabaseUnavailableError
from adapters.db.inbox.retention import forget_answers

PAUSE_SECONDS: Final = 3600.0
_log = logs.logger(__name__)


async def keep_house(database: Database, *, pause: float = PAUSE_SECONDS) -> None:
    """Runs until it is cancelled; a database that is away is tried again an hour later."""
    while True:
        try:
            async with database.write() as writing:
                forgotten = await forget_answers(writing)
        except DatabaseUnavailableError:
            forgotten = 0
        except Exception as error:  # noqa: BLE001  # must not end what runs beside it
            forgotten = 0
            _log.error("housekeeping_failed", error=type(error).__name__)  # no values in a log
        if forgotten:
            _log.info("answers_forgotten", count=forgotten)
        else:
            await asyncio.sleep(pause)
