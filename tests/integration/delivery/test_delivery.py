"""Messages of the outbox, from a real PostgreSQL over a real SMTP server, through every way of failing."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

import pytest
import sqlalchemy as sa
from temporalio.exceptions import ApplicationError

from activities.delivery import NOT_SENT
from activities.documents import Documents, edition
from adapters.db.database import Database, open_connection
from adapters.db.parties.seller import put_seller
from adapters.db.quotes.archive import ArchivedDocument, find_document
from adapters.db.quotes.links import list_links
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record.clocks import add_offset
from cli.doctor import quotes
from cli.doctor.examine import Installation
from domain.presentation.document import DocumentKind
from domain.quotes.events import EventType
from domain.quotes.notices import DeliveryStatus, MessageKind
from domain.quotes.validity import LINK_DAYS
from tests.api.customer.shop import BUYER, INTERNAL, OWNER, SELLER, Shop
from tests.integration.delivery.outgoing import (
    PUBLIC_URL,
    BrokenTypesetter,
    CountingTypesetter,
    age,
    deliver,
    sending,
    states,
    told,
    words,
)
from tests.unit.mail.smtp_server import Mailroom


async def test_a_sent_quote_reaches_its_customer_with_the_link(shop: Shop, room: Mailroom) -> None:
    """Proves row, event, headers, words and link of a delivered mail."""
    quote_id, messages = await sending(shop)
    await deliver(shop, room, quote_id, *messages)
    (mail,), (state,) = room.taken, await states(shop, quote_id)
    assert (state.status, state.attempts) == (DeliveryStatus.SENT, 1)
    assert await told(shop, quote_id) == [EventType.MESSAGE_SENT]
    assert (mail["To"], mail["Message-ID"]) == (BUYER, state.message_id)
    assert mail["From"] == "Keller Präzision GmbH <angebote@keller-praezision.example>"
    assert OWNER in mail["Reply-To"]
    (path,) = await shop.paths(quote_id)
    for part in words(mail):
        assert f"{PUBLIC_URL}{path}" in part
        assert "As discussed." in part
        assert "EUR 4\u202f261.23" in part


async def test_the_offer_carries_its_document_once_made(shop: Shop, room: Mailroom) -> None:
    """Proves that every mail of a version carries the same PDF, which is kept with its digest in an event."""
    quote_id, messages = await sending(shop, BUYER, "second@buyer.example")
    await deliver(shop, room, quote_id, *messages)
    again = await shop.act(quote_id, "resend", recipients=[BUYER])
    await deliver(shop, room, quote_id, *again.messages)
    files = [part for mail in room.taken for part in mail.iter_attachments()]
    assert len(files) == 3
    assert {file.get_filename() for file in files} == {f"{(await shop.quote(quote_id)).number}-v1.pdf"}
    async with shop.database.read() as r:
        kept = await find_document(r, quote_id, 1, DocumentKind.QUOTE)
        events = await PgQuotes(r).events(quote_id)
    assert kept is not None
    assert {file.get_content() for file in files} == {kept.content}
    assert kept.sha256 == hashlib.sha256(kept.content).hexdigest()
    made = [view.event.data for view in events if view.event.type is EventType.DOCUMENT_MADE]
    assert made == [{"version": 1, "kind": "quote", "sha256": kept.sha256, "made_by": edition()}]


async def test_two_workers_set_a_document_once(shop: Shop, room: Mailroom) -> None:
    """Proves that of deliveries at the same time, each by a worker of its own, one sets the offer's document and one the
    certificate; that there is one row and one event for each, and that all mails carry what was kept.
    """
    quote_id, sent = await sending(shop, BUYER, "second@buyer.example")
    templates: list[str] = []

    async def by_a_worker_each(messages: Sequence[str]) -> None:
        typesetters = [CountingTypesetter(templates) for _ in messages]
        each = zip(messages, typesetters, strict=True)
        await asyncio.gather(*(deliver(shop, room, quote_id, one, typesetter=by) for one, by in each))

    await by_a_worker_each(sent)
    accepted = (await shop.act(quote_id, "accept", signer_name="J. Harker", signer_email=BUYER)).messages
    await by_a_worker_each(accepted)
    assert templates == ["quote.typ", "acceptance.typ"]
    async with shop.database.read() as r:
        events = await PgQuotes(r).events(quote_id)
    assert [view.event.type for view in events].count(EventType.DOCUMENT_MADE) == 2
    contents = [part.get_content() for mail in room.taken for part in mail.iter_attachments()]
    assert (len(contents), len(set(contents))) == (len(sent) + len(accepted), 2)


async def test_one_attempt_asks_for_a_document_once(
    shop: Shop, room: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves that its messages share what they carry."""
    asked: list[object] = []
    made = Documents.made

    async def counted(self: Documents, *which: Any) -> ArchivedDocument:
        asked.append(which)
        return await made(self, *which)

    monkeypatch.setattr(Documents, "made", counted)
    quote_id, messages = await sending(shop, BUYER, "second@buyer.example", "third@buyer.example")
    await deliver(shop, room, quote_id, *messages)
    assert (len(room.taken), asked) == (3, [(quote_id, 1, DocumentKind.QUOTE)])


async def test_a_document_whose_worker_died_is_set_by_who_waited(shop: Shop, room: Mailroom) -> None:
    """Proves that a delivery waits for whoever makes its document, and makes it where that connection is lost."""
    quote_id, messages = await sending(shop)
    templates: list[str] = []
    dying = await open_connection(shop.database.url)
    try:
        await dying.execute("BEGIN")
        await dying.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", quote_id)
        setter = CountingTypesetter(templates)
        delivery = asyncio.create_task(deliver(shop, room, quote_id, *messages, typesetter=setter))
        waiting = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        async with shop.database.read() as r, asyncio.timeout(30):
            while not await r.value(waiting):  # noqa: ASYNC110 - the other connection's doing
                await asyncio.sleep(0.01)
        assert (templates, room.taken) == ([], [])
    finally:
        dying.terminate()
    await delivery
    assert (templates, len(room.taken)) == (["quote.typ"], 1)


async def test_a_sent_message_is_not_sent_again(shop: Shop, room: Mailroom) -> None:
    """Proves that a repeat of the activity is free, also for ids that never existed."""
    quote_id, messages = await sending(shop)
    await deliver(shop, room, quote_id, *messages)
    await deliver(shop, room, quote_id, *messages, "00000000-0000-0000-0000-000000000009")
    assert len(room.taken) == 1
    assert await told(shop, quote_id) == [EventType.MESSAGE_SENT]


async def test_one_that_cannot_go_holds_up_no_other(shop: Shop, room: Mailroom) -> None:
    """Proves that of two recipients the one gets the mail while the other is tried again, and that the
    error holds no address and no link.
    """
    room.rcpt_only = {"slow@buyer.example": "450 4.2.1 greylisted slow@buyer.example"}
    quote_id, messages = await sending(shop, "slow@buyer.example", BUYER)
    with pytest.raises(ApplicationError) as again:
        await deliver(shop, room, quote_id, *messages)
    assert (again.value.type, again.value.non_retryable) == (NOT_SENT, False)
    assert "1 of 2 messages not sent yet" in str(again.value)
    assert "@" not in str(again.value)
    assert "/q/" not in str(again.value)
    assert [mail["To"] for mail in room.taken] == [BUYER]
    slow = next(s for s in await states(shop, quote_id) if s.recipient == "slow@buyer.example")
    assert (slow.status, slow.last_error) == (
        DeliveryStatus.PENDING,
        "450 4.2.1 greylisted slow@buyer.example",
    )
    room.rcpt_only = {}
    await deliver(shop, room, quote_id, *messages)
    assert [mail["To"] for mail in room.taken] == [BUYER, "slow@buyer.example"]


async def test_a_refused_message_fails_with_the_servers_answer(shop: Shop, room: Mailroom) -> None:
    """Proves that a final refusal ends the message and asks for no other attempt."""
    room.rcpt_only = {BUYER: "550 5.1.1 no such user"}
    quote_id, messages = await sending(shop)
    await deliver(shop, room, quote_id, *messages)
    (state, _news) = await states(shop, quote_id)
    assert (state.status, state.last_error) == (DeliveryStatus.FAILED, "550 5.1.1 no such user")
    assert await told(shop, quote_id) == [EventType.MESSAGE_FAILED, EventType.MESSAGE_SENT]


async def test_a_mail_whose_answer_was_lost_is_sent_again_as_the_same(shop: Shop, room: Mailroom) -> None:
    """Proves that a connection cut after DATA gives a second mail with the same Message-ID and link."""
    room.cut = True
    quote_id, messages = await sending(shop)
    with pytest.raises(ApplicationError):
        await deliver(shop, room, quote_id, *messages)
    room.cut = False
    await deliver(shop, room, quote_id, *messages)
    first, second = room.taken
    assert first.as_bytes() == second.as_bytes()
    assert await told(shop, quote_id) == [EventType.MESSAGE_SENT]


async def test_a_server_that_is_away_for_a_day_ends_the_message(shop: Shop, room: Mailroom) -> None:
    """Proves that a message is tried for 24 hours by its row's clock and then given up; tried is then the news of it."""
    room.data = "451 4.3.0 try later"
    quote_id, messages = await sending(shop)
    await age(shop, messages[0], timedelta(hours=23, minutes=59))
    with pytest.raises(ApplicationError):
        await deliver(shop, room, quote_id, *messages)
    await age(shop, messages[0], timedelta(minutes=2))
    with pytest.raises(ApplicationError):
        await deliver(shop, room, quote_id, *messages)
    (state, news) = await states(shop, quote_id)
    assert (state.status, state.last_error) == (DeliveryStatus.FAILED, "451 4.3.0 try later")
    assert (news.kind, news.recipient, news.status) == ("undelivered", OWNER, DeliveryStatus.PENDING)
    assert await told(shop, quote_id) == [EventType.MESSAGE_FAILED]


NOT_MADE = "the document cannot be made: its template failed"


async def test_a_document_that_cannot_be_made_holds_up_its_mail_for_ten_minutes(
    shop: Shop, room: Mailroom
) -> None:
    """Proves that the offer waits, goes out without its document then, does not promise one, and that the row says
    so and why; and that no word of the document reaches the error.
    """
    quote_id, messages = await sending(shop)
    with pytest.raises(ApplicationError) as again:
        await deliver(shop, room, quote_id, *messages, typesetter=BrokenTypesetter())
    assert str(again.value).endswith(f"1 of 1 messages not sent yet: {NOT_MADE}")
    (waiting,) = await states(shop, quote_id)
    assert (waiting.status, waiting.last_error) == (DeliveryStatus.PENDING, NOT_MADE)
    await age(shop, messages[0], timedelta(minutes=10))
    await deliver(shop, room, quote_id, *messages, typesetter=BrokenTypesetter())
    (mail,), (state,) = room.taken, await states(shop, quote_id)
    assert [*mail.iter_attachments()] == []
    assert "attached" not in " ".join(words(mail))
    assert (state.status, state.last_error) == (DeliveryStatus.SENT, f"without: {NOT_MADE}")


async def test_news_of_an_order_waits_for_its_certificate_for_less_than_a_minute(
    shop: Shop, room: Mailroom
) -> None:
    """Proves that shop and customer hear of it by the attempt after 31 seconds, and that the rows say what it lacks."""
    quote_id, messages = await sending(shop)
    await deliver(shop, room, quote_id, *messages)
    accepted = (await shop.act(quote_id, "accept", signer_name="J. Harker", signer_email=BUYER)).messages
    for message in accepted:
        await age(shop, message, timedelta(seconds=31))
    await deliver(shop, room, quote_id, *accepted, typesetter=BrokenTypesetter())
    assert [len([*mail.iter_attachments()]) for mail in room.taken] == [1, 0, 0]
    news = [state.last_error for state in await states(shop, quote_id) if state.kind is MessageKind.ACCEPTED]
    assert news == [f"without: {NOT_MADE}"] * 2
    number = (await shop.quote(quote_id)).number
    at = Installation(cast("Any", None), shop.database, cast("Any", None))
    (lacking,) = await quotes.documents(at)
    assert f"missing, and the emails were sent without it ({NOT_MADE}): " in lacking.what
    assert number in lacking.quotes
    assert "--repair" in lacking.do
    assert (number, "its document has been made") in [each async for each in quotes.make_documents(at)]
    assert await quotes.documents(at) == []


async def test_a_confirmation_sent_again_after_links_have_ended_has_none(shop: Shop, room: Mailroom) -> None:
    """Proves that nobody is sent a link that is over, with a day on which it ended; the certificate still goes along."""
    quote_id, _ = await sending(shop)
    await shop.act(quote_id, "accept", signer_name="J. Harker", signer_email=BUYER)
    early = (await shop.act(quote_id, "resend", recipients=[BUYER])).messages
    await deliver(shop, room, quote_id, *early)
    await shop.desk.fast_forward(quote_id, LINK_DAYS + 1)
    late = (await shop.act(quote_id, "resend", recipients=[BUYER])).messages
    await deliver(shop, room, quote_id, *late)
    assert ["/q/" in part for mail in room.taken for part in words(mail)] == [True] * 2 + [False] * 2
    assert [len([*mail.iter_attachments()]) for mail in room.taken] == [1, 1]


async def test_a_document_that_is_made_in_time_goes_with_its_mail(shop: Shop, room: Mailroom) -> None:
    """Proves that a trouble which passes costs no document, for the acceptance's mails as well."""
    quote_id, messages = await sending(shop)
    await deliver(shop, room, quote_id, *messages)
    accepted = (await shop.act(quote_id, "accept", signer_name="J. Harker", signer_email=BUYER)).messages
    with pytest.raises(ApplicationError, match="2 of 2 messages not sent yet: the document cannot be made"):
        await deliver(shop, room, quote_id, *accepted, typesetter=BrokenTypesetter())
    await deliver(shop, room, quote_id, *accepted)
    assert [len([*mail.iter_attachments()]) for mail in room.taken] == [1, 1, 1]
    assert {state.last_error for state in await states(shop, quote_id)} == {None}
    for mail in room.taken[1:]:
        assert "certificate of acceptance is attached" in " ".join(" ".join(words(mail)).split())


async def test_an_old_message_is_still_offered_once(shop: Shop, room: Mailroom) -> None:
    """Proves that a message which waited while no worker ran is not given up untried."""
    quote_id, messages = await sending(shop)
    await age(shop, messages[0], timedelta(days=3))
    await deliver(shop, room, quote_id, *messages)
    assert len(room.taken) == 1


async def test_the_time_machine_ages_no_message(shop: Shop, room: Mailroom) -> None:
    """Proves that a quote whose clock is ahead by days keeps its 24 hours of attempts."""
    quote_id = await shop.new_quote()
    async with shop.database.write() as w:
        await add_offset(w, quote_id, timedelta(days=7))
    messages = (await shop.act(quote_id, "send", recipients=[BUYER])).messages
    room.data = "451 4.3.0 try later"
    with pytest.raises(ApplicationError):
        await deliver(shop, room, quote_id, *messages)


async def test_a_name_that_would_add_a_header_fails_and_sends_nothing(shop: Shop, room: Mailroom) -> None:
    """Proves that a seller's name which slipped past the API still reaches no header."""
    quote_id, messages = await sending(shop)
    async with shop.database.write() as w:
        await put_seller(w, SELLER.__class__(name="K =?utf-8?q?=0ABcc:_x=40y.example?=", email=SELLER.email))
    await deliver(shop, room, quote_id, *messages)
    state = (await states(shop, quote_id))[0]
    assert state.status is DeliveryStatus.FAILED
    assert (state.last_error or "").startswith("seller name: ")
    assert room.taken == []


async def test_without_a_sellers_address_a_message_waits(shop: Shop, room: Mailroom) -> None:
    """Proves that a setting which a person can mend loses no mail."""
    quote_id, messages = await sending(shop)
    async with shop.database.write() as w:
        await put_seller(w, SELLER.__class__(name="K"))
    with pytest.raises(ApplicationError, match="the seller has no email address yet"):
        await deliver(shop, room, quote_id, *messages)
    async with shop.database.write() as w:
        await put_seller(w, SELLER)
    await deliver(shop, room, quote_id, *messages)
    assert len(room.taken) == 1


async def test_a_life_sends_its_mails_to_those_concerned(shop: Shop, room: Mailroom) -> None:
    """Proves kind and recipient of each mail of many lives, and that no mail holds an internal figure."""
    accepted = await shop.sent_quote()
    rejected, cancelled, expired, extended = [await shop.sent_quote() for _ in range(4)]
    results = [
        (accepted, await shop.act(accepted, "accept", signer_name="Jonathan Harker", signer_email=BUYER)),
        (rejected, await shop.act(rejected, "reject", reason="Too late for us.")),
        (cancelled, await shop.act(cancelled, "cancel", reason=INTERNAL)),
        (expired, await shop.expire(expired)),
        (extended, await shop.act(extended, "extend", valid_days=60)),
    ]
    for quote_id, result in results:
        await deliver(shop, room, quote_id, *result.messages)
    subjects = sorted((str(mail["To"]), str(mail["Subject"]).split()[3].rstrip(",")) for mail in room.taken)
    assert subjects == sorted(
        [
            (BUYER, "accepted"),
            (OWNER, "accepted"),
            (OWNER, "declined"),
            (BUYER, "withdrawn"),
            (BUYER, "expired"),
            (OWNER, "expired"),
            (BUYER, "now"),
        ]
    )
    for mail in room.taken:
        assert INTERNAL not in mail.as_string()
        for part in words(mail):
            assert INTERNAL not in part
            assert "1350.11" not in part


async def test_a_record_that_is_away_asks_for_another_attempt(shop: Shop, room: Mailroom) -> None:
    """Proves that without the record nothing is sent, and that no word of it is lost to the error's text."""
    away = Shop(Database.connect("postgresql://nobody:x@127.0.0.1:1/none"), shop.tokens)
    with pytest.raises(ApplicationError, match="DatabaseUnavailableError") as again:
        await deliver(away, room, "q", "00000000-0000-0000-0000-000000000009")
    assert again.value.type == NOT_SENT
    await away.database.close()
    assert room.taken == []


async def test_no_token_is_stored(shop: Shop, room: Mailroom) -> None:
    """Proves that neither links nor messages hold what opens the page."""
    quote_id, messages = await sending(shop)
    await deliver(shop, room, quote_id, *messages)
    (path,) = await shop.paths(quote_id)
    token = path.removeprefix("/q/")
    async with shop.database.read() as r:
        assert len(await list_links(r, quote_id)) == 1
        for table in ("customer_links", "messages", "quote_events", "commands"):
            rows = await r.rows(sa.text(f"SELECT t::text AS row FROM {table} t"))  # noqa: S608 - our own names
            assert not [row for row in rows if token in row["row"]]
