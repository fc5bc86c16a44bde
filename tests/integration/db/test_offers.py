"""What an offer says, read of the record: the same facts for mail, document and page, each of its own moment."""

from dataclasses import asdict, replace
from datetime import datetime

import sqlalchemy as sa

from adapters.db.database import Database
from adapters.db.parties.customers import change_customer
from adapters.db.parties.seller import Seller, put_seller
from adapters.db.quotes.archive import find_letter
from adapters.db.record import outbox
from adapters.db.record.offers import find_offer
from domain.presentation.letterhead import letterhead
from domain.presentation.offer import Offer
from tests.integration.db.desk import Desk

THEN = Seller(name="The Shop", email="sales@shop.example", terms="Net 30 days.", accent="#8c1e3c")
NOW = Seller(name="The New Shop", email="new@shop.example", terms="Cash.", accent="#5f1f4f")


async def shown(database: Database, quote_id: str) -> Offer:
    """The first version, as a page shows it."""
    async with database.read() as r:
        offer = await find_offer(r, quote_id, 1)
    assert offer is not None
    return offer


async def put(database: Database, seller: Seller) -> None:
    async with database.write() as w:
        await put_seller(w, seller)


async def test_each_shows_the_offer_of_its_moment(desk: Desk, database: Database) -> None:
    """After seller, customer and deadline have changed: the document is as it was sent, the page has the new deadline,
    and a mail that goes out now names both parties as they are now, under the deadline it was written with.
    """
    await put(database, THEN)
    customer_id = await desk.customer(name="Harker  Hydraulics\u202e Ltd")
    quote_id = await desk.sent(customer_id=customer_id)
    sent = await desk.found(quote_id)
    (message_id,) = (await desk.load(quote_id)).messages
    await desk.do(quote_id, "extend", {"valid_days": 60})
    extended = await desk.found(quote_id)
    await put(database, NOW)
    async with database.write() as w:
        await change_customer(w, customer_id, {"name": "Renamed plc"})
    async with database.read() as r:
        letter = await find_letter(r, quote_id, 1)
    async with database.write_each() as w:
        message = await outbox.claim(w, message_id)
    page = await shown(database, quote_id)
    assert letter is not None
    assert message is not None
    assert [_moment(offer) for offer in (letter.offer, page, message.offer)] == [
        ("The Shop", "Harker Hydraulics Ltd", sent.valid_until, sent.valid_until),
        ("The Shop", "Harker Hydraulics Ltd", extended.valid_until, sent.valid_until),
        ("The New Shop", "Renamed plc", sent.valid_until, sent.valid_until),
    ]
    same = {"seller": page.seller, "customer_name": page.customer_name, "valid_until": page.valid_until}
    assert replace(letter.offer, **same) == replace(message.offer, **same) == page  # type: ignore[arg-type]  # its own fields
    assert (page.document_says is not None, letter.offer.document_says) == (True, None)


def _moment(offer: Offer) -> tuple[str, str, datetime, datetime | None]:
    return offer.seller.name, offer.customer_name, offer.valid_until, offer.sent_until


async def test_what_an_old_version_does_not_hold_is_as_it_is_now(desk: Desk, database: Database) -> None:
    """Versions were sent before there was a place for the accent; a draft holds no seller at all."""
    await put(database, NOW)
    quote_id = await desk.draft()
    draft = await shown(database, quote_id)
    assert (draft.seller, draft.sent_at, draft.sent_until) == (letterhead(asdict(NOW)), None, None)
    async with database.write() as w:
        await w.run(
            sa.text(
                """UPDATE quote_versions SET seller = '{"name": "The Shop", "logo": null}' WHERE quote_id = :id"""
            ),
            {"id": quote_id},
        )
    old = (await shown(database, quote_id)).seller
    assert (old.name, old.accent, old.terms) == ("The Shop", NOW.accent, ("Cash.",))
    async with database.read() as r:
        assert await find_letter(r, quote_id, 1) is None
        assert await find_offer(r, quote_id, 2) is None
