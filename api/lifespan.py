"""What the API opens when it starts and closes when it stops."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.db.database import Database
from adapters.db.inbox.outcomes import Outcomes
from adapters.logs import configure_logging
from adapters.settings import Settings
from adapters.temporal.client import connect
from adapters.tokens import ApiKeyHashes
from api.dispatch.breaker import Breaker
from api.dispatch.relay import Relay
from api.dispatch.runs import QuoteRuns
from api.dispatch.submit import Commands
from api.housekeeping import keep_house
from api.keyring import KeyRing
from api.services import Services


@asynccontextmanager
async def opened_services(settings: Settings) -> AsyncIterator[Services]:
    """The services of a process, with relay and housekeeping beside them while the context is open.

    Neither database nor Temporal has to be there at the start: `/readyz` tells when they are.
    """
    configure_logging(settings.log_level)
    database = Database.connect(settings.database_url.get_secret_value())
    outcomes = Outcomes(database)
    breaker = Breaker(time.monotonic)
    runs = QuoteRuns(await connect(settings), task_queue=settings.task_queue)
    await outcomes.start()
    beside = [
        asyncio.create_task(Relay(database=database, runs=runs, breaker=breaker).run(), name="relay"),
        asyncio.create_task(keep_house(database), name="housekeeping"),
    ]
    try:
        yield Services(
            settings=settings,
            database=database,
            runs=runs,
            commands=Commands(
                database=database, outcomes=outcomes, runs=runs, breaker=breaker, clock=time.monotonic
            ),
            key_hashes=ApiKeyHashes(settings.secret.get_secret_value()),
            keys=KeyRing(database, time.monotonic),
        )
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await outcomes.close()
        await database.close()
