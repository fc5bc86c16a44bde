"""One row per message and recipient, with everything a mail needs, done once."""

from dataclasses import asdict
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from adapters.db.database import Database
from adapters.db.parties.seller import Seller, put_seller
from adapters.db.quotes.archive import find_evidence
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record import outbox
from adapters.db.record.outbox import MessageState
from domain.presentation.letterhead import letterhead
from domain.presentation.message import Anchor, Message
from domain.presentation.sheet import offer_sheet
from domain.quotes.events import EventType
from domain.quotes.notices import Audience, DeliveryStatus, MessageKind
from tests.integration.db.desk import LINES, SIGNER, Desk

TO = {"recipients": ["a@acme.example", "A@ACME.example", "b@acme.example"], "message": "As discussed"}


@pytest_asyncio.fixture(scope="module", autouse=True)
async def shop(database: Database) -> Seller:
    shop = Seller(name="The Shop", email="sales@shop.example", address=("Road 1", "Town"))
    async with database.write() as w:
        await put_seller(w, shop)
    return shop


async def messages_of(database: Database, quote_id: str) -> list[MessageState]:
    async with database.read() as r:
        return await outbox.list_messages(r, quote_id)


async def claim(database: Database, message_id: str) -> Message:
    async with database.write_each() as w:
        message = await outbox.claim(w, message_id)
    assert message is not None
    return message


async def test_a_sending_writes_to_each_recipient_once(desk: Desk, database: Database) -> None:
    """However an address is written; with a key and a Message-ID that say which message it is."""
    quote_id = await desk.draft()
    result = await desk.do(quote_id, "send", TO)
    rows = await messages_of(database, quote_id)
    assert sorted(row.recipient for row in rows) == ["a@acme.example", "b@acme.example"]
    assert {row.id for row in rows} == set(result.messages)
    assert {row.message_id for row in rows} == {f"<{row.id}@shop.example>" for row in rows}
    assert {row.status for row in rows} == {DeliveryStatus.PENDING}
    message = await claim(database, rows[0].id)
    assert message.key.startswith(f"quote:{quote_id}:v1:")
    assert message.key.endswith(f":sent:recipients:{message.recipient}")


async def test_a_claimed_message_has_all_that_the_mail_needs(
    desk: Desk, database: Database, shop: Seller
) -> None:
    """Quote, content, seller, customer, link, personal message, and the version that this one replaces."""
    quote_id = await desk.sent()
    await desk.do(quote_id, "revise", {"lines": LINES})
    result = await desk.do(quote_id, "send", TO)
    message = await claim(database, result.messages[0])
    assert (message.kind, message.audience) == (MessageKind.SENT, Audience.RECIPIENTS)
    assert (message.offer.version, message.told.replaces) == (2, 1)
    assert message.told.personal_message == ("As discussed",)
    quote = await desk.found(quote_id)
    assert (message.quote_id, message.offer.number) == (quote_id, quote.number)
    assert message.offer.valid_until == message.offer.sent_until == quote.valid_until
    async with database.read() as r:
        version = await PgQuotes(r).version(quote_id, 2)
    assert version is not None
    assert message.offer.sheet == offer_sheet(version.content)
    assert (message.offer.seller, message.offer.customer_name) == (letterhead(asdict(shop)), "ACME")
    assert message.link_id is not None
    assert message.told.was_offered
    assert abs(message.now - message.created_at) < timedelta(seconds=10)


async def test_a_claim_is_given_again_until_the_end_is_known(desk: Desk, database: Database) -> None:
    """A crash between the mail server's answer and ours repeats the same message; after the end nobody gets it."""
    quote_id = await desk.sent()
    (row,) = await messages_of(database, quote_id)
    first, second = await claim(database, row.id), await claim(database, row.id)
    assert first.message_id == second.message_id == row.message_id
    async with database.write() as w:
        await outbox.note_attempt(w, row.id, "451 later")
    (noted,) = await messages_of(database, quote_id)
    assert (noted.status, noted.attempts, noted.last_error) == ("pending", 2, "451 later")
    async with database.write() as w:
        assert await outbox.mark_sent(w, row.id)
        assert not await outbox.mark_sent(w, row.id)
        assert not await outbox.mark_failed(w, row.id, "too late")
        assert await outbox.claim(w, row.id) is None
        assert await outbox.claim(w, str(uuid4())) is None
    (sent,) = await messages_of(database, quote_id)
    assert (sent.status, sent.last_error, sent.sent_at is not None) == ("sent", None, True)


async def test_the_log_tells_of_mails_by_ids_alone(desk: Desk, database: Database) -> None:
    """`message_sent` and `message_failed` name message, kind and version; no address, no error text."""
    quote_id = await desk.sent("a@acme.example", "b@acme.example")
    good, bad = await messages_of(database, quote_id)
    async with database.write() as w:
        await outbox.mark_sent(w, good.id)
    async with database.write() as w:
        await outbox.mark_failed(w, bad.id, f"550 no {bad.recipient}")
    async with database.read() as r:
        events = await PgQuotes(r).events(quote_id, after_sequence=2)
    told = [(event.event.type, event.event.data["message_id"]) for event in events]
    assert told == [(EventType.MESSAGE_SENT, good.id), (EventType.MESSAGE_FAILED, bad.id)]
    assert all("@" not in str(event.event) for event in events)
    (news,) = (await desk.load(quote_id)).messages
    told_of = await claim(database, news)
    assert (told_of.kind, told_of.recipient) == (MessageKind.UNDELIVERED, "sales@shop.example")
    assert told_of.failure is not None
    assert (told_of.failure.recipient, told_of.failure.words) == (bad.recipient, f"550 no {bad.recipient}")


async def test_readers_are_added_and_all_are_told(desk: Desk, database: Database) -> None:
    """After a resend to somebody else the answer goes to both, with their links, and to the signer, who has none."""
    quote_id = await desk.sent("a@acme.example")
    await desk.do(quote_id, "resend", {"recipients": ["c@acme.example"]})
    payload = {**SIGNER, "purchase_order_number": "PO-9"}
    result = await desk.do(quote_id, "accept", payload)
    mails = [await claim(database, id_) for id_ in result.messages]
    assert {mail.kind for mail in mails} == {MessageKind.ACCEPTED}
    assert sorted((mail.audience, mail.recipient, mail.link_id is not None) for mail in mails) == [
        (Audience.CUSTOMER, "Ada@Buyer.example", False),
        (Audience.CUSTOMER, "a@acme.example", True),
        (Audience.CUSTOMER, "c@acme.example", True),
        (Audience.SELLER, "sales@shop.example", False),
    ]
    (shop,) = (mail for mail in mails if mail.audience is Audience.SELLER)
    assert (shop.told.signer_name, shop.told.signer_email) == ("Ada Buyer", "Ada@Buyer.example")
    assert shop.told.purchase_order_number == "PO-9"
    assert shop.told.decided_at == (await desk.found(quote_id)).decided_at


async def test_who_is_told_of_an_acceptance_holds_its_place_in_the_log(
    desk: Desk, database: Database
) -> None:
    """The hash of the event that accepted, and its digest of the evidence; other mails have none."""
    quote_id = await desk.sent("a@acme.example")
    [offered] = [row.id for row in await messages_of(database, quote_id)]
    told = await desk.do(quote_id, "accept", SIGNER)
    async with database.read() as r:
        evidence = await find_evidence(r, quote_id)
    assert evidence is not None
    held = Anchor(**{name: getattr(evidence, name) for name in Anchor.__dataclass_fields__})
    assert held.evidence_sha256 is not None
    assert [(await claim(database, id_)).anchor for id_ in told.messages] == [held, held, held]
    assert (await claim(database, offered)).anchor is None


async def test_the_owner_is_told_where_it_has_an_address(desk: Desk, database: Database) -> None:
    """A rejection goes to the owner, with the reason as typed; both parties may share one address."""
    quote_id = await desk.sent("same@shop.example", owner="same@shop.example")
    result = await desk.do(quote_id, "reject", {"reason": "Too dear"})
    (mail,) = [await claim(database, id_) for id_ in result.messages]
    assert (mail.recipient, mail.told.reason, mail.audience) == ("same@shop.example", ("Too dear",), "seller")
    quote_id = await desk.sent("same@shop.example", owner="same@shop.example")
    assert len((await desk.do(quote_id, "accept", SIGNER)).messages) == 3


@pytest.mark.parametrize("offered", [True, False])
async def test_a_drafts_end_is_told_to_the_seller_only(
    desk: Desk, database: Database, *, offered: bool
) -> None:
    """A customer hears of the expiry of what it was offered, and of nothing else."""
    quote_id = await (desk.sent() if offered else desk.draft())
    result = await desk.save(await desk.expire(quote_id))
    mails = [await claim(database, id_) for id_ in result.messages]
    assert {mail.audience for mail in mails} == (
        {Audience.CUSTOMER, Audience.SELLER} if offered else {Audience.SELLER}
    )
    assert {mail.told.was_offered for mail in mails} == {offered}


async def test_those_who_do_not_get_the_new_version_are_told_that_theirs_is_replaced(
    desk: Desk, database: Database
) -> None:
    """Each once, however the address is written, with both versions' numbers; whoever gets the new one hears that. Who
    holds any earlier version is told, also where the one before went to others, or was declined.
    """
    quote_id = await desk.sent("a@acme.example", "b@acme.example")
    await desk.do(quote_id, "revise", {"lines": LINES})
    result = await desk.do(quote_id, "send", {"recipients": ["B@acme.example", "c@acme.example"]})
    mails = [await claim(database, id_) for id_ in result.messages]
    assert sorted((mail.kind, mail.recipient) for mail in mails) == [
        ("sent", "B@acme.example"),
        ("sent", "c@acme.example"),
        ("superseded", "a@acme.example"),
    ]
    assert {(mail.offer.version, mail.told.replaces) for mail in mails} == {(2, 1)}
    await desk.do(quote_id, "reject", {}, shown_version=2)
    await desk.do(quote_id, "revise", {"lines": LINES})
    result = await desk.do(quote_id, "send", {"recipients": ["d@acme.example"]})
    assert sorted(
        [(mail.kind, mail.recipient) for mail in [await claim(database, id_) for id_ in result.messages]]
    ) == [
        ("sent", "d@acme.example"),
        ("superseded", "B@acme.example"),
        ("superseded", "a@acme.example"),
        ("superseded", "c@acme.example"),
    ]


async def test_an_acceptance_is_confirmed_again_to_those_named(desk: Desk, database: Database) -> None:
    """With a link, the signer as the acceptance told of it, and what a reader holds of the log; nobody else is told."""
    quote_id = await desk.sent("a@acme.example")
    first = await desk.do(quote_id, "accept", {**SIGNER, "purchase_order_number": "PO-9"})
    again = await desk.do(
        quote_id, "resend", {"recipients": ["books@acme.example"], "message": "For your books."}
    )
    (mail,) = [await claim(database, id_) for id_ in again.messages]
    assert (mail.kind, mail.audience, mail.recipient) == ("accepted", "recipients", "books@acme.example")
    assert mail.link_id is not None
    assert (mail.told.signer_name, mail.told.purchase_order_number) == ("Ada Buyer", "PO-9")
    assert mail.told.personal_message == ("For your books.",)
    assert mail.told.decided_at == (await desk.found(quote_id)).decided_at
    assert mail.anchor == (await claim(database, first.messages[0])).anchor
    assert (await desk.found(quote_id)).status == "accepted"


async def test_who_may_only_read_is_told_so(desk: Desk, database: Database) -> None:
    """Of two recipients one; a colleague as the reader is who shows it. All of them hear of a new deadline."""
    quote_id = await desk.draft()
    to = {"recipients": ["a@acme.example", "b@acme.example"], "read_only": ["B@acme.example"]}
    await desk.do(quote_id, "send", to)
    for who, only in (("a@acme.example", None), ("b@acme.example", True)):
        shown = {"recipients": [f"of-{who}"], "recipient": who, "reads_only": only, "message": "Look."}
        result = await desk.do(quote_id, "share", shown, shown_version=1, actor="link:1")
        colleague, shop = [await claim(database, id_) for id_ in result.messages]
        assert (colleague.kind, colleague.recipient, shop.kind) == ("sent", f"of-{who}", "shared")
        for mail in (colleague, shop):
            assert (mail.told.asked_by, mail.told.shown_to) == (who, f"of-{who}")
            assert mail.told.personal_message == ("Look.",)
    result = await desk.do(quote_id, "extend", {"valid_days": 60})
    mails = [await claim(database, id_) for id_ in result.messages]
    expected = [("a@acme.example", False), ("b@acme.example", True)]
    expected += [("of-a@acme.example", False), ("of-b@acme.example", True)]
    assert sorted((mail.recipient, mail.told.reads_only) for mail in mails) == expected
    async with database.read() as r:
        view = await PgQuotes(r).find(quote_id)
    assert view is not None
    assert sorted((each.address, not each.may_accept) for each in view.readers) == expected
