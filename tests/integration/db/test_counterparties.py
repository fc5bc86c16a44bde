"""Whom a version names: as of the moment of sending, bound by the event of it, and taken out of it with a person."""

from typing import Any

import sqlalchemy as sa

from adapters.db.database import Database
from adapters.db.forgetting.blanking import forget
from adapters.db.forgetting.plan import plan
from adapters.db.parties.customers import change_customer
from adapters.db.parties.staff import StaffUser, put_staff, remove_staff
from adapters.db.quotes.archive import find_letter
from adapters.db.quotes.verification import find_record
from adapters.db.record import outbox
from adapters.db.record.offers import find_offer
from adapters.db.tables import quote_versions, quotes
from domain.presentation.offer import Addressee, Offer, OfferContact
from domain.proof.forgotten import Reason, seals
from domain.proof.mismatch import Mismatch
from domain.proof.verify import verify
from tests.integration.db.desk import Desk

MARIA = {"name": "Maria Huber", "email": "Maria.Huber@acme.example", "phone": "+43 316 555 01"}
PETER = {"name": "Peter Lang", "email": "peter@acme.example"}
ACME: dict[str, Any] = {
    "name": "ACME Maschinenbau",
    "address": ("Werkstraße 4", "8020 Graz"),
    "tax_id": "ATU12345678",
    "contacts": (MARIA, PETER),
}
BERTA = StaffUser(address="berta@shop.example", name="Berta Kern", phone="+49 7141 555")


async def offered(database: Database, quote_id: str) -> Offer:
    """The first version, as its document says it."""
    async with database.read() as r:
        letter = await find_letter(r, quote_id, 1)
        page = await find_offer(r, quote_id, 1)
    assert letter is not None
    assert page is not None
    assert (page.addressee, page.in_charge) == (letter.offer.addressee, letter.offer.in_charge)
    return letter.offer


async def mismatches(database: Database, quote_id: str) -> list[Mismatch]:
    """What `verify` finds."""
    async with database.read() as r:
        record = await find_record(r, quote_id)
    assert record is not None
    return verify(record)


async def force(database: Database, quote_id: str, change: str) -> None:
    """Change the quote's version past the triggers, as the owner could."""
    async with database.write() as w:
        await w.run(sa.text("SET LOCAL session_replication_role = replica"))
        one = f"UPDATE quote_versions SET {change} WHERE quote_id = CAST(:quote_id AS uuid)"  # noqa: S608 - of ours
        await w.run(sa.text(one), {"quote_id": quote_id})


async def sent(desk: Desk, database: Database, *recipients: str, **fields: Any) -> str:
    """A sent quote of ACME's, owned by Berta."""
    async with database.write() as w:
        await put_staff(w, BERTA)
    customer = await desk.customer(**ACME)
    return await desk.sent(*recipients, customer_id=customer, owner="Berta@Shop.example", **fields)


async def test_a_document_names_both_sides_as_they_were_when_it_was_sent(
    desk: Desk, database: Database
) -> None:
    """Address, tax id, contact, and the owner among the shop's people; whatever becomes of them later."""
    quote_id = await sent(desk, database)
    contact = OfferContact(name="Maria Huber", phone="+43 316 555 01", email="Maria.Huber@acme.example")
    named = Addressee(address=("Werkstraße 4", "8020 Graz"), tax_id="ATU12345678", contact=contact)
    berta = OfferContact(name="Berta Kern", phone="+49 7141 555", email="berta@shop.example")
    customer = (await desk.found(quote_id)).customer_id
    async with database.write() as w:
        await change_customer(w, customer, {"address": ["Elsewhere"], "tax_id": None, "contacts": ()})
        assert await remove_staff(w, BERTA.address)
    offer = await offered(database, quote_id)
    assert (offer.addressee, offer.in_charge) == (named, berta)
    assert await mismatches(database, quote_id) == []


async def test_an_offer_is_for_whom_was_named_else_for_whom_it_goes_to(
    desk: Desk, database: Database
) -> None:
    """By name or address, at the creation or the sending; the first contact where nobody else is meant."""
    for recipients, fields, name in (
        ((), {}, "Maria Huber"),
        (("PETER@acme.example",), {}, "Peter Lang"),
        (("peter@acme.example",), {"contact": "maria huber"}, "Maria Huber"),
        ((), {"contact": "peter@acme.example"}, "Peter Lang"),
    ):
        offer = await offered(database, await sent(desk, database, *recipients, **fields))
        assert offer.addressee.contact is not None
        assert offer.addressee.contact.name == name
    quote_id = await desk.draft(customer_id=await desk.customer(**ACME), contact="Maria Huber")
    await desk.do(quote_id, "send", {"recipients": ["x@acme.example"], "contact": "Peter Lang"})
    contact = (await offered(database, quote_id)).addressee.contact
    assert contact is not None
    assert contact.name == "Peter Lang"


async def test_an_email_greets_whom_it_reaches(desk: Desk, database: Database) -> None:
    """The contact at the address; at the company's own, whom the offer is for; anybody else as the company."""
    quote_id = await sent(desk, database, "buyer@acme.example", "peter@acme.example", "x@acme.example")
    greeted = {}
    for message_id in (await desk.load(quote_id)).messages:
        async with database.write() as w:
            message = await outbox.claim(w, message_id)
        assert message is not None
        greeted[message.recipient] = message.greeted
        assert (message.reply_to.name, message.reply_to.email) == ("Berta Kern", "Berta@Shop.example")
    # Of the recipients Peter is the first contact, so the offer is his.
    names = {"buyer@acme.example": "Peter Lang", "peter@acme.example": "Peter Lang", "x@acme.example": None}
    assert greeted == names


async def test_whom_a_version_names_cannot_be_changed_afterwards(desk: Desk, database: Database) -> None:
    """Each of it is named by verify; an older event without the digest proves nothing of them, as ever."""
    quote_id = await sent(desk, database)
    for column, change in (
        ("parties", "jsonb_set(parties, '{address}', '[\"Elsewhere\"]')"),
        ("parties", "jsonb_set(parties, '{contact,name}', '\"Eve\"')"),
        ("parties", "NULL"),
        ("customer_name", "'Another'"),
        ("seller", 'seller || \'{"name": "Another"}\''),
        ("seller", 'seller || \'{"logo": "data:"}\''),
    ):
        row = await _version(database, quote_id)
        await force(database, quote_id, f"{column} = {change}")
        [found] = await mismatches(database, quote_id)
        assert (found.place, found.what[:6]) == ("parties of version 1", "seller"), change
        await _restore(database, quote_id, {column: row[column]})
        assert await mismatches(database, quote_id) == []


async def _restore(database: Database, quote_id: str, values: dict[str, Any]) -> None:
    async with database.write() as w:
        await w.run(sa.text("SET LOCAL session_replication_role = replica"))
        await w.run(sa.update(quote_versions).where(quote_versions.c.quote_id == quote_id).values(values))


async def test_who_is_forgotten_goes_as_a_whole_and_leaves_the_content_its_hash(
    desk: Desk, database: Database
) -> None:
    """The contact with her telephone, by a seal for the parties alone: lines and prices stay proved."""
    quote_id = await sent(desk, database, "buyer@acme.example")
    await desk.do(quote_id, "reject", {"reason": "Too dear", "method": "phone"})
    for message in await _messages(database, quote_id):
        async with database.write() as w:
            await outbox.mark_sent(w, message)
    before = await _version(database, quote_id)
    async with database.write() as w:
        planned = await plan(w, "maria.huber@acme.example", keep_accepted=None)
        assert planned.quotes, planned
        await forget(w, planned, Reason.REQUEST)
    after = await _version(database, quote_id)
    assert after["content"] == before["content"]
    assert after["parties"]["contact"] is None
    assert after["parties"]["address"] == before["parties"]["address"]
    assert after["parties"]["salt"] != before["parties"]["salt"]
    async with database.read() as r:
        record = await find_record(r, quote_id)
    assert record is not None
    assert verify(record) == []
    assert {seal.place for seal in seals(record.events)} == {"parties of version 1"}
    assert (await offered(database, quote_id)).addressee.contact is None
    await force(database, quote_id, "parties = jsonb_set(parties, '{tax_id}', '\"ATU1\"')")
    assert [each.place for each in await mismatches(database, quote_id)] == ["parties of version 1"]
    await _restore(database, quote_id, {"parties": after["parties"]})


async def test_one_of_the_shops_people_is_forgotten_as_well(desk: Desk, database: Database) -> None:
    """Nobody's row, no quote's owner, and no offer names her any more."""
    quote_id = await sent(desk, database, "buyer@acme.example")
    await desk.do(quote_id, "cancel", {})
    for message in await _messages(database, quote_id):
        async with database.write() as w:
            await outbox.mark_sent(w, message)
    async with database.write() as w:
        await forget(w, await plan(w, BERTA.address, keep_accepted=None), Reason.REQUEST)
    async with database.read() as r:
        assert await r.rows(sa.text("SELECT * FROM staff_users")) == []
        assert await r.value(sa.select(quotes.c.owner).where(quotes.c.id == quote_id)) is None
    assert (await offered(database, quote_id)).in_charge is None
    assert await mismatches(database, quote_id) == []


async def _messages(database: Database, quote_id: str) -> list[str]:
    async with database.read() as r:
        return [message.id for message in await outbox.list_messages(r, quote_id)]


async def _version(database: Database, quote_id: str) -> Any:
    async with database.read() as r:
        return await r.row(sa.select(quote_versions).where(quote_versions.c.quote_id == quote_id))
