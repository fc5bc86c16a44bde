"""A statement is compiled when it is first used, and never again: another life, or another page, costs none of it."""

from contextvars import ContextVar
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

import pytest
import sqlalchemy as sa

from adapters.db import pricing
from adapters.db.database import Database, Query
from adapters.db.parties.customers import change_customer, list_customers
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record import outbox
from adapters.db.tables import customers
from domain.quotes.notices import DeliveryState
from domain.quotes.record import OrderStatus, QuoteFilters
from domain.quotes.status import QuoteStatus
from tests.integration.db.desk import SIGNER, Desk


async def live(desk: Desk, name: str) -> None:
    """A quote's life with its mails, and whatever lists it."""
    customer_id = await desk.customer(name=name)
    quote_id = await desk.draft(customer_id=customer_id)
    for result in (
        await desk.do(quote_id, "send", {"recipients": ["buyer@acme.example"]}),
        await desk.do(quote_id, "accept", SIGNER),
    ):
        async with desk.database.write() as w:
            await outbox.turns_of(w, quote_id, result.messages)
            for message_id in result.messages:
                assert await outbox.claim(w, message_id)
                await outbox.note_attempt(w, message_id, f"{name} is away")
                assert await outbox.mark_sent(w, message_id)
    now = datetime.now(UTC)
    filters = (
        QuoteFilters(),
        QuoteFilters(q=name),
        QuoteFilters(statuses=(QuoteStatus.SENT,), customer_id=customer_id, q=name),
        QuoteFilters(delivery=DeliveryState.OK, created_after=now, valid_until_before=now),
        QuoteFilters(delivery=DeliveryState.TROUBLE, created_before=now, number=name),
        QuoteFilters(statuses=(QuoteStatus.SENT, QuoteStatus.DRAFT), owner=name, updated_after=now),
        QuoteFilters(order_statuses=(*OrderStatus,)[: len(name) % 2 + 1]),
    )
    async with desk.database.read() as r:
        assert (await PgQuotes(r).find(quote_id)) is not None
        for chosen in filters:
            for after in (None, (now, quote_id)):
                await PgQuotes(r).page(chosen, limit=len(name), after=after)
        assert await PgQuotes(r).version(quote_id, 1) in await PgQuotes(r).versions(quote_id)
        assert await PgQuotes(r).events(quote_id, after_sequence=1, limit=2)
        assert await list_customers(r, limit=5, q=name)
        await pricing.list_cards(r, limit=len(name))
    async with desk.database.write() as w:
        await change_customer(w, customer_id, {"name": f"{name} & Co"})


_COUNTS: ContextVar[bool] = ContextVar("counts", default=False)


async def test_a_second_life_compiles_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other values, and as many of them as there are, make no other text. What programs of other tests do meanwhile is not
    counted.
    """
    compiled: list[str] = []
    _COUNTS.set(True)
    make = Query.__init__

    def counted(query: Query, *given: object) -> None:
        make(query, *given)  # type: ignore[arg-type]  # as they come
        if _COUNTS.get():
            compiled.append(query.sql)

    monkeypatch.setattr(Query, "__init__", counted)
    monkeypatch.setattr("adapters.db.database._COMPILED", WeakKeyDictionary())
    await live(desk, "Acme 15")
    assert len(compiled) > 20
    compiled.clear()
    await live(desk, "Bolt 2026-7")
    assert compiled == []


async def test_a_list_may_be_written_out(desk: Desk, database: Database) -> None:
    """`IN` with a parameter has a text for each length, and is good for any."""
    names = [f"Listed {count}" for count in range(3)]
    ids = [await desk.customer(name=name) for name in names]
    among = sa.select(customers.c.name).where(
        customers.c.id.in_(sa.bindparam("ids", expanding=True)), customers.c.name != sa.bindparam("but")
    )
    async with database.read() as r:
        for length in (0, 3, 1):
            found = await r.rows(among, {"ids": ids[:length], "but": names[0]})
            assert {row["name"] for row in found} == {*names[1:length]}
