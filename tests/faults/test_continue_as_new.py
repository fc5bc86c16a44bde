"""A quote whose history grows long goes on in a new run, under steady commands. No relay helps here."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.db.parties.customers import NewCustomer, create_customer
from cli.local.mail import MailServer
from domain.quotes.events import EventType
from tests.faults.narrow import SUGGEST, Desk, desk, narrow_temporal, working
from tests.faults.record import complaints, recorded, undecided
from tests.faults.stack import FaultStack
from tests.waiting import eventually

STEADY, EACH = 4, 20


@pytest_asyncio.fixture(scope="module")
async def short_lived(
    shared_stack: FaultStack, mail_server: MailServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """Runs here are asked to end after 60 events."""
    await shared_stack.whole()
    folder = tmp_path_factory.mktemp("temporal")
    async with (
        narrow_temporal(folder, {SUGGEST: 60}) as temporal,
        desk(shared_stack, temporal, mail_server, "short_lived") as made,
    ):
        yield made


async def _offer(made: Desk) -> str:
    async with made.database.write() as w:
        customer = (await create_customer(w, NewCustomer(name="ACME", email="buyer@acme.example"))).id
    return (await made.create(customer)).quote_id


async def _settled(made: Desk) -> None:
    async def settled() -> bool:
        return await undecided(made.database) == 0

    await eventually(settled, "every command has an outcome")


async def test_steady_commands_over_many_runs(short_lived: Desk) -> None:
    """Four callers put 20 extensions each, of a draft and of a sent quote whose customer is told: runs follow
    each other, and each command is applied exactly once.
    """
    made = short_lived
    async with working(made):
        draft, offer = await _offer(made), await _offer(made)
        await made.do(offer, "send", {"recipients": ["buyer@acme.example"]})
        await _settled(made)

        async def caller(quote_id: str) -> None:
            for days in range(1, EACH + 1):
                await made.do(quote_id, "extend", {"valid_days": days})

        await asyncio.gather(*(caller(quote_id) for quote_id in (draft, offer) for _ in range(STEADY // 2)))
        await _settled(made)
    assert await made.run_count(draft) > 1
    assert await complaints(made.database) == []
    for quote_id in (draft, offer):
        events = (await recorded(made.database, quote_id)).events
        assert [view.event.type for view in events].count(EventType.EXTENDED) == EACH * STEADY // 2


async def test_a_backlog_is_decided_over_many_runs(short_lived: Desk) -> None:
    """Sixty commands that wait together do not keep one run going until they are all done: the rest
    travels into the next run.
    """
    made = short_lived
    async with working(made):
        draft = await _offer(made)
        await _settled(made)
    backlog = [await made.store(draft, "extend", {"valid_days": 20}) for _ in range(60)]
    await asyncio.gather(*map(made.signal, backlog))
    async with working(made):
        await _settled(made)
    assert await complaints(made.database) == []
    assert await made.run_count(draft) > 2
