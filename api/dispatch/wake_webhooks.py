"""Tells workflows that there is something for other systems, events or an order, and starts those that are not there."""

import asyncio
from typing import Final

from adapters import logs
from adapters.db.database import Database, DatabaseUnavailableError
from adapters.db.record.orders import orders_to_wake
from adapters.db.record.webhooks import to_be_woken
from api.dispatch.runs import QuoteRuns, RunsUnavailableError

PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 8.0
BATCH: Final = 50
_log = logs.logger(__name__)


async def wake_webhooks(database: Database, runs: QuoteRuns, *, pause: float = PAUSE_SECONDS) -> None:
    """Runs until it is cancelled. Any number of processes may: an endpoint is woken by one of them. An outage ends nothing:
    who could not be woken is again after a minute.
    """
    wait = pause
    while True:
        await asyncio.sleep(wait)
        try:
            async with database.write_each() as w:
                endpoints = await to_be_woken(w, BATCH)
                orders = await orders_to_wake(w, BATCH)
            for each in endpoints:
                await runs.wake_webhook(each)
            for order in orders:
                await runs.wake_order(order.workflow_id, quote_id=order.quote_id)
        except (DatabaseUnavailableError, RunsUnavailableError) as outage:
            wait = min(wait * 2, LONGEST_PAUSE_SECONDS)
            _log.warning("webhooks_wait", error=type(outage).__name__)
        except Exception as error:  # noqa: BLE001 - what stops silently would lose events
            wait = min(wait * 2, LONGEST_PAUSE_SECONDS)
            _log.error("webhooks_failed", error=type(error).__name__)  # no values in a log
        else:
            wait = pause
