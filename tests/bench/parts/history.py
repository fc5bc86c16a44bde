"""What one life leaves in Temporal: events of its history, and actions that a hosted server would bill."""

import asyncio
from collections import Counter
from itertools import groupby

from temporalio.api.enums.v1 import EventType

from adapters.db.database import Database
from adapters.db.quotes.repository import PgQuotes
from tests.bench.bare.lives import all_ended
from tests.bench.figures import Figure, Goal
from tests.bench.stack.metered import actions
from tests.bench.stack.stack import Bench
from workflows.contract import QUOTE_WORKFLOW

_PAUSE_SECONDS = 1.0
_BILLED = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: "start",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: "signal",
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: "activity",
    EventType.EVENT_TYPE_MARKER_RECORDED: "local activities",
    EventType.EVENT_TYPE_TIMER_STARTED: "timer",
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: "search attributes",
}


async def one_life(bench: Bench) -> list[Figure]:
    """Create from a stored calculation, send, accept, a second apart."""
    await bench.others.told()
    before = await actions(bench.temporal)
    quote_id = await bench.shop.create()
    await asyncio.sleep(_PAUSE_SECONDS)
    await bench.shop.send(quote_id)
    await asyncio.sleep(_PAUSE_SECONDS)
    await bench.shop.accept(quote_id)
    await all_ended(bench.client, QUOTE_WORKFLOW)
    posted = await bench.others.told()
    metered = await _settled(bench) - before
    history = await bench.client.get_workflow_handle(await _workflow_id(bench, quote_id)).fetch_history()
    alone = not bench.others.kinds
    kinds = Counter(EventType.Name(event.event_type) for event in history.events)
    steps = [
        kind for kind, _ in groupby(event.event_type for event in history.events)
    ]  # markers count together
    counted = Counter(_BILLED[kind] for kind in steps if kind in _BILLED)
    return [
        Figure(
            what="history of one life",
            product=len(history.events),
            unit="events",
            goal=Goal(matter="history", at_most=36) if alone else None,
            notes=(_told({name.removeprefix("EVENT_TYPE_").lower(): n for name, n in kinds.items()}),),
        ),
        Figure(
            what="billable actions of one life",
            product=metered.total() or counted.total(),
            unit="actions",
            goal=Goal(matter="history", at_most=13) if alone else None,
            notes=(
                f"by the server's metric: {_told(metered) or 'not told'}",
                f"by the history: {_told(counted)}",
                *([f"posted to other systems: {posted}"] if posted else []),
            ),
        ),
    ]


async def _settled(bench: Bench) -> Counter[str]:
    """The server tells its metric about once a second: so what it says twice in a row, longer than that apart."""
    told = await actions(bench.temporal)
    while True:
        await asyncio.sleep(2 * _PAUSE_SECONDS)
        earlier, told = told, await actions(bench.temporal)
        if told == earlier:
            return told


async def _workflow_id(bench: Bench, quote_id: str) -> str:
    database = Database.connect(bench.database_url, pool_size=1)
    try:
        async with database.read() as r:
            return await PgQuotes(r).workflow_id(quote_id)
    finally:
        await database.close()


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=lambda c: -c[1]))
