"""Steps that are first tried in the worker itself: with the database away, and with the worker killed among them."""

from collections.abc import AsyncIterator

import pytest_asyncio
import sqlalchemy as sa

from adapters.db.database import Database
from adapters.db.inbox.store import find_command
from adapters.db.tables import commands
from api.dispatch.runs import QuoteRuns
from domain.quotes.status import QuoteStatus
from tests.api.caller import Caller, run_of
from tests.faults.killing import report_dead
from tests.faults.ledger import drafted, sent
from tests.faults.mails import unsent
from tests.faults.narrow import Desk
from tests.faults.record import complaints, recorded
from tests.faults.stack import QUEUE, FaultStack
from tests.waiting import eventually


@pytest_asyncio.fixture
async def desk(stack: FaultStack, database: Database) -> AsyncIterator[Desk]:
    """Stores and signals past the API, which would wait for each outcome."""
    client = await stack.client()
    yield Desk(database, QuoteRuns(client, task_queue=QUEUE), client, stack.settings)


async def test_the_server_waits_for_a_database_that_is_away(
    stack: FaultStack, caller: Caller, desk: Desk
) -> None:
    """The worker gives its own attempts up; the record is then pending in the server, and done when it is back."""
    quote = await sent(caller, (await caller.customer())["id"])
    stack.process("worker").freeze()
    await desk.do(quote["id"], "cancel")
    stack.kill("postgres")
    stack.process("worker").thaw()
    handle = desk.client.get_workflow_handle(run_of(quote))

    async def pending() -> bool:
        described = (await handle.describe()).raw_description
        tried = {a.activity_type.name: a.attempt for a in described.pending_activities}
        return tried.get("record", 0) > 1

    await eventually(pending, "the server tries to have it recorded")
    await stack.restart("postgres")

    async def decided() -> bool:
        return (await recorded(desk.database, quote["id"])).quote.status is QuoteStatus.CANCELLED

    await eventually(decided, "the quote is cancelled")


async def test_a_worker_killed_among_several_steps_forgets_no_mail(
    stack: FaultStack, caller: Caller, desk: Desk
) -> None:
    """A send and an extension are on record, a second one is not, and the server has heard of none of them when the
    worker dies: another one takes all of it up, and every mail goes out.
    """
    draft = await drafted(caller, (await caller.customer())["id"])
    stack.kill("worker")
    await desk.do(draft["id"], "send", {"recipients": ["buyer@acme.example"]})
    first = await desk.do(draft["id"], "extend", {"valid_days": 20})
    second = await desk.do(draft["id"], "extend", {"valid_days": 40})
    async with desk.database.write() as w:
        locked = sa.select(commands.c.id).where(commands.c.id == second.envelope.command_id).with_for_update()
        await w.rows(locked, {})
        await stack.restart("worker")

        async def half_done() -> bool:
            async with desk.database.read() as r:
                command = await find_command(r, first.envelope.command_id)
            return command is not None and command.status == "applied"

        await eventually(half_done, "two are on record")
        stack.kill("worker")
    assert await unsent(desk.database) > 0
    await stack.restart("worker")

    async def all_sent() -> bool:
        living = [stack.process(part).pid for part in ("worker", "deliveries")]
        await report_dead(desk.client, run_of(draft), living=living)
        return (
            await unsent(desk.database) == 0 and len((await recorded(desk.database, draft["id"])).events) >= 4
        )

    await eventually(all_sent, "every mail is out", seconds=150)
    assert await complaints(desk.database) == []
