"""Nobody home: a worker, Temporal or the database is away before a command, during it, and across a deadline.

All of it is settled at the end, when the graces of all deadlines are over: what was acknowledged is decided, each by when
it was received.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from adapters.db.database import Database
from domain.quotes.status import QuoteStatus
from domain.quotes.validity import GRACE
from tests.api.caller import PART, Caller, problem
from tests.faults.edges import Edge, accept, edges, wrongs
from tests.faults.ledger import AGAIN, OK, Wish, create, do, drafted, lost, sent
from tests.faults.mails import compared, unsent
from tests.faults.outages import OUTAGES, STORED, Outage
from tests.faults.record import complaints, recorded
from tests.faults.stack import FaultStack
from tests.waiting import eventually

AHEAD = timedelta(seconds=5)
BEFORE, AFTER = timedelta(seconds=3), timedelta(seconds=1)


@dataclass
class Day:
    """What one outage found."""

    edges: list[Edge] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)


@pytest.fixture(scope="module")
def days() -> dict[str, Day]:
    """What each outage found, by its name."""
    return {}


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


@pytest.mark.parametrize("outage", OUTAGES, ids=str)
async def test_it_is_settled_without_hands(
    outage: Outage, caller: Caller, database: Database, days: dict[str, Day]
) -> None:
    """Who was told 503 asks again with the same key. Nothing acknowledged is lost, nothing is done twice, and
    each quote ends as if somebody had been home at its deadline.
    """
    day = days[outage.name]
    for wish in day.wishes:
        if wish.answers[-1] in AGAIN:
            await wish.insist(caller)

    async def none_lost() -> bool:
        return not await lost(database, day.wishes)

    async def none_open() -> bool:
        return all([await _is_closed(database, edge.quote_id) for edge in day.edges])

    await eventually(none_lost, "every acknowledged command has the outcome that was told")
    left = max(edge.deadline for edge in day.edges) + GRACE - datetime.now(UTC)
    await eventually(none_open, "every deadline has passed", seconds=left.total_seconds() + 60)
    found = [(edge, await recorded(database, edge.quote_id)) for edge in day.edges]
    assert [wrong for edge, quote in found for wrong in wrongs(edge, quote)] == []
    assert await complaints(database, [edge.quote_id for edge in day.edges]) == []


async def _is_closed(database: Database, quote_id: str) -> bool:
    quote = (await recorded(database, quote_id)).quote
    return quote.status not in {QuoteStatus.DRAFT, QuoteStatus.SENT}


async def test_every_mail_is_out_once(stack: FaultStack, database: Database) -> None:
    """Whatever was killed before: each row of the outbox was mailed, and nothing else was. A mail whose
    sending nobody could write down goes out again under the same Message-ID, and so counts once.
    """

    async def all_sent() -> bool:
        return await unsent(database) == 0

    await eventually(all_sent, "every mail is out", seconds=150)
    found = await compared(database, stack.caught)
    assert (found.lost, found.strange) == (set(), set())
