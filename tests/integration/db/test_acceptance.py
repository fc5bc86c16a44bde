"""The evidence of an acceptance is kept once, apart from the events."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from adapters.db.database import Database
from adapters.db.parties.customers import change_customer
from adapters.db.quotes.archive import find_evidence, find_letter
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record.offers import find_offer
from domain.quotes.events import EventType
from tests.integration.db.desk import SIGNER, Desk

FULL = {
    **SIGNER,
    "purchase_order_number": "PO-7",
    "consent_text": "I agree.",
    "link_id": "5f0c3a2e-0000-7000-8000-000000000001",
    "recipient": "buyer@acme.example",
    "ip": "203.0.113.9",
    "user_agent": "Browser/1.0",
    "page_opened_at": "2026-11-24T10:00:00+01:00",
}


async def evidence(database: Database, quote_id: str) -> dict[str, Any]:
    async with database.read() as r:
        row = await r.row(sa.text("SELECT * FROM acceptances WHERE quote_id = :id"), {"id": quote_id})
    assert row is not None
    return dict(row)


async def test_everything_known_of_the_acceptance_is_in_its_row(desk: Desk, database: Database) -> None:
    """Who, what version at what price, by which link and page, and when it was received."""
    quote_id = await desk.sent()
    accept = await desk.store(quote_id, "accept", FULL)
    await desk.save(await desk.request(quote_id, accept.envelope))
    row, quote = await evidence(database, quote_id), await desk.found(quote_id)
    known = {**FULL, "page_opened_at": datetime(2026, 11, 24, 9, tzinfo=UTC)}
    assert {name: row[name] for name in known} == known
    assert (row["version"], row["content_hash"]) == (1, quote.current.content_hash)
    assert (str(row["total"]), row["currency"]) == ("100.0000", "EUR")
    assert (str(row["command_id"]), row["received_at"]) == (
        accept.envelope.command_id,
        accept.envelope.received_at,
    )
    assert quote.acceptance is not None
    assert row["signer"] == quote.acceptance.signer


async def test_a_customer_renamed_afterwards_keeps_the_name_of_the_offer(
    desk: Desk, database: Database
) -> None:
    """Document, certificate and evidence name the customer as the version was sent to it, whenever they are made."""
    customer_id = await desk.customer(name="Harker Hydraulics Ltd")
    quote_id = await desk.sent(customer_id=customer_id)
    async with database.write() as w:
        await change_customer(w, customer_id, {"name": "Renamed Holdings plc"})
    await desk.do(quote_id, "accept", FULL)
    async with database.read() as r:
        letter, found = await find_letter(r, quote_id, 1), await find_evidence(r, quote_id)
        version = await PgQuotes(r).version(quote_id, 1)
    assert letter is not None
    assert found is not None
    assert version is not None
    assert {letter.offer.customer_name, found.customer_name, version.customer_name} == {
        "Harker Hydraulics Ltd"
    }


async def test_a_moved_deadline_is_told_beside_the_documents_own(desk: Desk, database: Database) -> None:
    """The document says for ever what it said when it was sent; the evidence says the deadline that was kept."""
    quote_id = await desk.sent()
    before = (await desk.found(quote_id)).valid_until
    await desk.do(quote_id, "extend", {"valid_days": 60})
    await desk.do(quote_id, "accept", FULL)
    async with database.read() as r:
        found, letter = await find_evidence(r, quote_id), await find_letter(r, quote_id, 1)
        shown = await find_offer(r, quote_id, 1)
        assert await find_letter(r, quote_id, 2) is None
        assert await find_offer(r, quote_id, 2) is None
    assert found is not None
    assert letter is not None
    assert shown is not None
    assert found.valid_until == (await desk.found(quote_id)).valid_until > before
    assert letter.offer.valid_until == letter.offer.sent_until == shown.sent_until == before
    assert shown.valid_until == found.valid_until


async def test_events_hold_nothing_of_the_people(desk: Desk, database: Database) -> None:
    """Names, addresses, IPs and typed texts are in rows that can be blanked, never in the chain."""
    quote_id = await desk.sent("buyer@acme.example")
    await desk.do(quote_id, "accept", FULL)
    async with database.read() as r:
        events = await PgQuotes(r).events(quote_id)
    told = " ".join(str(event.event) for event in events)
    private = ("Ada", "@", "203.0.113", "Browser", "PO-7", "I agree")
    assert [text for text in private if text in told] == []


async def test_the_same_signers_second_acceptance_is_the_first_again(desk: Desk, database: Database) -> None:
    """It is applied without an event and leaves the evidence as it is; another signer's is refused."""
    quote_id = await desk.sent()
    await desk.do(quote_id, "accept", FULL)
    before = await evidence(database, quote_id)
    await desk.do(quote_id, "accept", {**FULL, "signer_email": "ADA@BUYER.example", "ip": "198.51.100.1"})
    assert await evidence(database, quote_id) == before
    await desk.do(quote_id, "accept", {**FULL, "signer_email": "eve@buyer.example"})
    async with database.read() as r:
        types = [event.event.type for event in await PgQuotes(r).events(quote_id)]
    assert types.count(EventType.ACCEPTED) == 1
    assert types.count(EventType.COMMAND_REFUSED) == 1


@pytest.mark.parametrize("opened", ["yesterday", "", None, 7])
async def test_odd_circumstances_hold_up_no_decision(desk: Desk, database: Database, opened: object) -> None:
    """A time that cannot be read is left out."""
    quote_id = await desk.sent()
    await desk.do(quote_id, "accept", {**FULL, "page_opened_at": opened})
    assert (await evidence(database, quote_id))["page_opened_at"] is None
