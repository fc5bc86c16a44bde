"""Thousands of garbage signals to one quote of the whole product."""

import time
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from temporalio.client import Client

from adapters.db.database import Database
from domain.quotes.events import EventType
from tests.api.caller import Caller, run_of
from tests.faults.ledger import OK, do, sent
from tests.faults.record import recorded
from tests.faults.stack import FaultStack
from tests.waiting import eventually
from tests.workflow.garbage import READ_AND_COUNTED, flood, forged

LIMIT = 51_200
"""Events; the server ends a run that has more."""


@dataclass(frozen=True)
class Flooded:
    """`histories` are the lengths of the quote's runs, the last one first; `seconds` until its next command was
    decided; `missed` those signals that reached it and were not counted.
    """

    histories: list[int]
    sending: float
    seconds: float
    refused: int
    missed: int


async def flooded(stack: FaultStack, caller: Caller, database: Database, signals: int) -> Flooded:
    """One signal in ten looks like a command, the others are unreadable. A real command comes after them."""
    client, quote = await stack.client(), await sent(caller, (await caller.customer())["id"])
    makers = [*islice(cycle(READ_AND_COUNTED.values()), signals - signals // 10), *[forged] * (signals // 10)]
    began = time.monotonic()
    done = await flood(client.get_workflow_handle(run_of(quote)), makers)
    finished = time.monotonic()
    answer = await do(quote["id"], "extend", {"valid_days": 9}).insist(caller, seconds=900)
    assert answer.status_code in OK, answer.text
    decided = time.monotonic()
    await _quiet(client, quote)
    return Flooded(
        histories=await _histories(client, quote),
        sending=finished - began,
        seconds=decided - finished,
        refused=done.refused,
        missed=done.unreadable - await _counted(database, quote),
    )


async def _quiet(client: Client, quote: dict[str, Any]) -> None:
    """The quote has done with all that it was sent."""
    handle = client.get_workflow_handle(run_of(quote))

    async def waits() -> bool:
        last = (await handle.describe()).raw_description
        return not last.pending_activities and not last.HasField("pending_workflow_task")

    await eventually(waits, "the quote has nothing to do", seconds=300)


async def _counted(database: Database, quote: dict[str, Any]) -> int:
    events = [view.event for view in (await recorded(database, quote["id"])).events]
    return sum(event.data.get("count", 0) for event in events if event.type is EventType.COMMAND_REFUSED)


async def _histories(client: Client, quote: dict[str, Any]) -> list[int]:
    lengths, run_id = [], (await client.get_workflow_handle(run_of(quote)).describe()).run_id
    while run_id:
        run = client.get_workflow_handle(run_of(quote), run_id=run_id)
        events = (await run.fetch_history()).events
        lengths.append(len(events))
        run_id = events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    return lengths
