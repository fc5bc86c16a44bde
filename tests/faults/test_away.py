"""Nobody home: a worker, Temporal or the database is away before a command, during it, and across a deadline.

What is started here is settled in `test_settled.py`, when the graces of all deadlines are over.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.api.caller import PART, Caller, problem
from tests.faults.edges import Edge, accept, edges
from tests.faults.ledger import AGAIN, OK, Wish, create, do, drafted, sent
from tests.faults.outages import OUTAGES, STORED, Outage
from tests.faults.stack import FaultStack
from tests.faults.waiting import eventually

AHEAD = timedelta(seconds=5)
BEFORE, AFTER = timedelta(seconds=3), timedelta(seconds=1)


@dataclass
class Day:
    """What one outage found."""

    edges: list[Edge] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)


async def _put(caller: Caller, wishes: Sequence[Wish]) -> list[httpx.Response]:
    return await asyncio.gather(*(wish.put(caller) for wish in wishes))


async def _until(instant: datetime) -> None:
    await asyncio.sleep(max(0.0, (instant - datetime.now(UTC)).total_seconds()))


async def _settled_in(caller: Caller, customer_id: str) -> None:
    """The outage before this one is over for the API too: what is asked is done at once."""

    async def done() -> bool:
        return (await create(customer_id, PART).put(caller)).status_code in OK

    await eventually(done, "a create is decided at once")


@pytest.mark.parametrize("outage", OUTAGES, ids=str)
async def test_nobody_is_home(
    outage: Outage, stack: FaultStack, caller: Caller, days: dict[str, Day]
) -> None:
    """Commands under way when it begins and commands put meanwhile, a create among both, are stored and told
    so (with the database away: 503 and when to ask again); reading goes on; a deadline passes meanwhile.
    """
    customer = (await caller.customer())["id"]
    await _settled_in(caller, customer)
    offers = [await sent(caller, customer) for _ in range(4)]
    draft = await drafted(caller, customer)
    deadline = datetime.now(UTC).replace(microsecond=0) + AHEAD
    day = days[outage.name] = Day(edges=await edges(caller, customer, deadline))
    under_way = [*(accept(quote["id"]) for quote in offers[:3]), create(customer, PART)]
    meanwhile = [accept(offers[3]["id"]), do(draft["id"], "send"), create(customer, PART)]
    in_time = [wish for edge in day.edges for wish in edge.early]
    too_late = [wish for edge in day.edges for wish in edge.late]
    day.wishes += [*under_way, *meanwhile, *in_time, *too_late]

    await _until(deadline - BEFORE)
    outage.hold(stack)
    held = asyncio.create_task(_put(caller, in_time)) if outage.told in AGAIN else None
    if held is not None:
        assert {answer.status_code for answer in await held} == {STORED}
    burst = asyncio.create_task(_put(caller, under_way))
    await asyncio.sleep(0.01)
    outage.begin(stack)
    answers = await _put(caller, meanwhile if held is not None else [*meanwhile, *in_time])
    assert {answer.status_code for answer in answers} == {outage.told}
    assert {answer.status_code for answer in await burst} <= OK | {STORED, *AGAIN}
    await _reading_goes_on(caller, outage, draft["id"], answers[2])
    await _until(deadline + AFTER)
    assert {answer.status_code for answer in await _put(caller, too_late)} == {outage.told}
    await outage.end(stack)


async def _reading_goes_on(caller: Caller, outage: Outage, quote_id: str, created: httpx.Response) -> None:
    if outage.told in AGAIN:
        problem(created, 503, "database_unavailable")
        assert int(created.headers["retry-after"]) >= 1
        problem(await caller.get(f"/quotes/{quote_id}"), 503, "database_unavailable")
        return
    assert (await caller.get(f"/quotes/{quote_id}")).json()["status"] == "draft"
    assert (await caller.get("/quotes", params={"limit": 5})).status_code == 200
    pending = created.json()
    assert pending["number"].startswith("Q-20")
    assert (await caller.http.get(created.headers["location"])).json()["status"] == "pending"
    problem(await caller.get(f"/quotes/{pending['quote_id']}"), 404, "quote_pending")
