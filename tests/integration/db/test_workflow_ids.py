"""Whoever speaks to a quote's run reads one id from the record, also for quotes begun before ids had numbers."""

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from adapters.db.database import Database
from adapters.db.inbox import store
from adapters.db.inbox.kept_answers import Idempotency, Replay
from adapters.db.inbox.requests import NewCommand
from adapters.db.quotes.repository import PgQuotes
from adapters.db.quotes.waiting import waiting_quotes
from domain.quotes.payloads import SendPayload
from domain.quotes.record import QuoteFilters
from tests.integration.db.desk import Desk

SEND = {"recipients": ["buyer@acme.example"]}


async def begun_before(database: Database, quote_id: str) -> None:
    """The quote's create as a program from before ids had numbers stored it."""
    statement = (
        "UPDATE commands SET workflow_id = NULL, payload = payload - 'workflow_id' WHERE quote_id = :id"
    )
    async with database.write() as w:
        assert await w.run(sa.text(statement), {"id": quote_id})


@pytest.mark.parametrize("before", [False, True], ids=["numbered", "begun before"])
async def test_every_reading_gives_the_same_id(desk: Desk, database: Database, before: bool) -> None:
    """The inbox, a repeat, the relay, the run that loads the quote, a view, a list, the doctor."""
    quote_id = await desk.draft()
    number = (await desk.found(quote_id)).number
    if before:
        await begun_before(database, quote_id)
    expected = f"quote-{quote_id}" if before else f"{number}-{quote_id[-6:]}"
    asked = Idempotency(caller="key:a", key=str(uuid4()), body_hash="same")
    send = SendPayload.from_data(SEND)
    new = NewCommand(asked=send, quote_id=quote_id, actor="key:a", idempotency=asked)
    async with database.write_each() as w:
        stored, repeat = await store.store(w, new), await store.store(w, new)
    assert isinstance(repeat, Replay)
    async with database.write() as w:
        relayed = await store.due_for_relay(w, older_than=timedelta(0), limit=10)
    found = [stored.workflow_id, repeat.workflow_id, *(each.workflow_id for each in relayed)]
    await desk.save(await desk.request(quote_id, relayed[0].envelope))
    async with database.read() as r:
        view = await PgQuotes(r).find(quote_id)
        assert view is not None
        page = await PgQuotes(r).page(QuoteFilters(number=number), limit=1)
        found += [view.workflow_id, *(each.workflow_id for each in page)]
        found.append(await PgQuotes(r).workflow_id(quote_id))
    waiting = waiting_quotes(database, older_than=timedelta(0))
    found += [each.workflow_id async for each in waiting if each.id == quote_id]
    found.append(str((await desk.load(quote_id)).workflow_id))
    assert found == [expected] * 8


async def test_a_command_before_its_create_is_decided_has_it(desk: Desk) -> None:
    """Between the two nothing but the inbox knows the quote."""
    created = await desk.store_create()
    send = await desk.store(created.quote_id, "send", SEND)
    assert send.workflow_id == created.workflow_id


async def test_a_number_given_twice_stays_apart(desk: Desk, database: Database) -> None:
    """As after a restore, when the counter counts again what it has counted: the ids differ."""
    async with database.read() as r:
        last = await r.value(sa.text("SELECT last_value FROM quote_numbers"))
    first = await desk.store_create()
    async with database.write() as w:
        await w.run(sa.text("SELECT setval('quote_numbers', :last)"), {"last": last})
    second = await desk.store_create()
    assert (first.number, first.workflow_id[:-6]) == (second.number, second.workflow_id[:-6])
    assert first.workflow_id != second.workflow_id
