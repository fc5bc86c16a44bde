"""`GET /quotes/{id}/messages`: every kind of mail, in every state of its delivery, with the mail server's answer."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
import sqlalchemy as sa
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.delivery import DeliverMessages
from activities.documents import Documents
from adapters.db.database import Database
from adapters.db.record import outbox
from adapters.mail.sender import SmtpSender
from adapters.pdf.quotes import QuotePdf
from adapters.pdf.typesetter import Typesetter
from adapters.tokens import LinkTokens
from api.app import create_app
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from domain.quotes.events import Event, Reminded
from domain.quotes.notices import MessageKind
from domain.quotes.record import RecordRequest
from tests.api.caller import Caller, problem
from tests.api.conftest import SECRET, api_key, calling, running, settings_for
from tests.api.customer.shop import BUYER, OWNER, Shop
from tests.roles import migrated
from tests.unit.mail.smtp_server import Mailroom, mailroom
from workflows.ports import DeliverRequest

NOBODY, SLOW = "nobody@harker-hydraulics.example", "slow@harker-hydraulics.example"
NO_SUCH_USER = f"550 5.1.1 no such user {NOBODY}"
GREYLISTED = "450 4.2.1 greylisted, come back in 300 seconds"
SIGNER = {"signer_name": "Jonathan Harker", "signer_email": BUYER}
FIELDS = {
    *("id", "kind", "audience", "recipient", "version", "message_id", "status"),
    *("attempts", "last_error", "created_at", "sent_at"),
}


@pytest_asyncio.fixture
async def shop(postgres: Postgres) -> AsyncIterator[Shop]:
    """A shop on a database of its own."""
    url = await postgres.create_database("api_messages")
    await migrated(url)
    database = Database.connect(url)
    opened = Shop(database, LinkTokens(SECRET))
    await opened.open()
    yield opened
    await database.close()


@pytest_asyncio.fixture
async def reader(shop: Shop, postgres: Postgres, temporal: Temporal) -> AsyncIterator[Caller]:
    """A caller of the API on that database."""
    url = postgres.url("api_messages")
    settings = settings_for(url, temporal.address, "smtp://127.0.0.1:1", queue="api-messages")
    async with (
        running(create_app(settings=settings)) as app,
        calling(app, await api_key(url, "read", "quote")) as caller,
    ):
        yield caller


async def deliver(shop: Shop, room: Mailroom, quote_id: str, messages: tuple[str, ...]) -> None:
    """One attempt, as a worker makes it."""
    documents = Documents(shop.database, QuotePdf(Typesetter()))
    sender = SmtpSender(room.url, step_seconds=1)
    activity = DeliverMessages(shop.database, documents, sender, shop.tokens, public_url="https://x.example")
    try:
        await ActivityEnvironment().run(
            activity.deliver, DeliverRequest(quote_id=quote_id, messages=messages)
        )
    except ApplicationError as again:
        assert "not sent yet" in str(again)  # noqa: PT017 - only some of them are
    await sender.close()


async def remind(shop: Shop, quote_id: str) -> tuple[str, ...]:
    """What the workflow does when a reminder is due."""
    quote = await shop.quote(quote_id)
    event = Event.of(Reminded(days_left=3, valid_until=quote.valid_until), at=None, actor="system")
    result = await shop.desk.save(
        RecordRequest(
            quote_id=quote_id, cause="reminder:3", base_state_version=quote.state_version, events=(event,)
        )
    )
    return result.messages


async def every_kind(shop: Shop) -> dict[str, tuple[str, ...]]:
    """Quotes whose mails are of all kinds: the messages of each."""
    kinds: dict[str, tuple[str, ...]] = {}
    ends: tuple[tuple[str, dict[str, Any]], ...] = (
        ("accept", SIGNER),
        ("reject", {}),
        ("cancel", {}),
        ("", {}),
    )
    for end, payload in ends:
        quote_id = await shop.new_quote()
        made = [*(await shop.act(quote_id, "send", recipients=[BUYER])).messages]
        made += await remind(shop, quote_id)
        made += (await shop.act(quote_id, "extend", valid_days=60)).messages
        for request in ("request_change", "request_extension"):
            made += (await shop.act(quote_id, request, recipient=BUYER, shown_version=1)).messages
        shown: dict[str, Any] = {"recipients": [f"colleague-of-{BUYER}"], "recipient": BUYER}
        made += (await shop.act(quote_id, "share", **shown, shown_version=1)).messages
        await shop.revise(quote_id)
        made += (await shop.act(quote_id, "send", recipients=[OWNER])).messages
        made += (await (shop.act(quote_id, end, **payload) if end else shop.expire(quote_id))).messages
        if end == "accept":
            made += (await shop.act(quote_id, "annul", reason="Not built.", agreed_with="Ada Buyer")).messages
        kinds[quote_id] = tuple(made)
    return kinds


async def shown(reader: Caller, quote_id: str) -> list[dict[str, Any]]:
    """What the API tells."""
    answer = await reader.get(f"/quotes/{quote_id}/messages")
    assert answer.status_code == 200
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


async def test_every_kind_of_mail_is_told_with_its_state(shop: Shop, reader: Caller) -> None:
    """Proves that each kind is listed, before and after its delivery (that of a failure where there is one)."""
    quotes = await every_kind(shop)
    waiting = [mail for quote_id in quotes for mail in await shown(reader, quote_id)]
    assert {mail["kind"] for mail in waiting} == set(MessageKind) - {
        MessageKind.UNDELIVERED,
        MessageKind.ORDER_FAILED,
    }
    assert {(mail["status"], mail["attempts"], mail["sent_at"]) for mail in waiting} == {("pending", 0, None)}
    async with mailroom() as room:
        for quote_id, messages in quotes.items():
            await deliver(shop, room, quote_id, messages)
    out = [mail for quote_id in quotes for mail in await shown(reader, quote_id)]
    assert [mail["id"] for mail in out] == [mail["id"] for mail in waiting]
    assert all(mail.keys() == FIELDS and mail["sent_at"] for mail in out)
    assert {(mail["status"], mail["attempts"], mail["last_error"]) for mail in out} == {("sent", 1, None)}
    assert {mail["message_id"] for mail in out} == {taken["Message-ID"] for taken in room.taken}


async def test_every_state_is_told_with_attempts_and_the_servers_answer(shop: Shop, reader: Caller) -> None:
    """Proves that a refusal for good and one for now are told word for word, and that a mail which somebody has
    taken shows as being sent.
    """
    quote_id = await shop.new_quote()
    messages = (await shop.act(quote_id, "send", recipients=[BUYER, NOBODY, SLOW])).messages
    again = (await shop.act(quote_id, "resend", recipients=[BUYER])).messages
    async with mailroom() as room:
        room.rcpt_only = {NOBODY: NO_SUCH_USER, SLOW: GREYLISTED}
        for _ in range(2):
            await deliver(shop, room, quote_id, messages)
    async with shop.database.write_each() as w:
        await outbox.claim(w, again[0])
    told = {
        (mail["recipient"], mail["status"], mail["attempts"], mail["last_error"])
        for mail in await shown(reader, quote_id)
    }
    assert told == {
        (BUYER, "sent", 1, None),
        (NOBODY, "failed", 1, NO_SUCH_USER),
        (SLOW, "pending", 2, GREYLISTED),
        (BUYER, "sending", 1, None),
        (OWNER, "sent", 1, None),
    }
    assert [mail["kind"] for mail in await shown(reader, quote_id)].count("undelivered") == 1


async def test_a_quote_says_how_its_mails_fare_and_is_found_by_it(shop: Shop, reader: Caller) -> None:
    """Alone, in lists and as a filter: all well, one that waits, one that failed, what is skipped since, and cured."""

    async def fares(quote_id: str) -> tuple[str, str | None]:
        quote = (await reader.get(f"/quotes/{quote_id}")).json()
        for state in ("ok", "trouble", "failed"):
            params = {"delivery": state, "customer_id": shop.customer_id}
            found = (await reader.get("/quotes", params=params)).json()["data"]
            assert {each["delivery"] for each in found} <= {state}
            assert (quote_id in {each["id"] for each in found}) == (quote["delivery"] == state)
        return quote["delivery"], quote["delivery_reason"]

    quote_id, draft = await shop.new_quote(), await shop.new_quote()
    messages = (await shop.act(quote_id, "send", recipients=[NOBODY, SLOW])).messages
    assert await fares(quote_id) == ("ok", None)
    async with mailroom() as room:
        room.rcpt_only = {SLOW: GREYLISTED}
        slow = next(mail["id"] for mail in await shown(reader, quote_id) if mail["recipient"] == SLOW)
        await deliver(shop, room, quote_id, (slow,))
        assert await fares(quote_id) == ("trouble", f"The quote to {SLOW} is still waiting: {GREYLISTED}")
        room.rcpt_only = {SLOW: GREYLISTED, NOBODY: NO_SUCH_USER}
        await deliver(shop, room, quote_id, messages)
        lost = f"The quote to {NOBODY} was not delivered: {NO_SUCH_USER}"
        assert await fares(quote_id) == ("failed", lost)
        room.rcpt_only = {NOBODY: NO_SUCH_USER}
        await deliver(shop, room, quote_id, messages + await remind(shop, quote_id))
        assert await fares(quote_id) == ("failed", lost)
        reminders = [mail for mail in await shown(reader, quote_id) if mail["kind"] == "reminder"]
        assert {(mail["recipient"], mail["status"]) for mail in reminders} == {
            (NOBODY, "skipped"),
            (SLOW, "sent"),
        }
        room.rcpt_only = {}
        again = await shop.act(quote_id, "resend", recipients=[NOBODY])
        await deliver(shop, room, quote_id, again.messages)
    assert await fares(quote_id) == await fares(draft) == ("ok", None)
    problem(await reader.get("/quotes", params={"delivery": "lost"}), 422, "validation_failed")


async def test_an_address_that_was_refused_is_not_sent_to_unless_it_is_named(
    shop: Shop, reader: Caller
) -> None:
    """`resend` without recipients goes to the others; where nobody is left it says so by field, and a name tries it."""
    quote_id, lonely = await shop.new_quote(), await shop.new_quote()
    async with mailroom() as room:
        room.rcpt_only = {NOBODY: NO_SUCH_USER}
        for id_, recipients in ((quote_id, [NOBODY, BUYER]), (lonely, [NOBODY.upper(), NOBODY])):
            room.rcpt_only[NOBODY.upper()] = NO_SUCH_USER
            messages = (await shop.act(id_, "send", recipients=recipients)).messages
            await deliver(shop, room, id_, messages)
    assert (await reader.post(f"/quotes/{quote_id}/resend")).status_code == 202
    assert await asked_for(shop, quote_id) == [BUYER]
    told = problem(await reader.post(f"/quotes/{lonely}/resend"), 422, "validation_failed")
    (error,) = told["errors"]
    assert (error["pointer"], error["code"]) == ("/recipients", "required")
    assert "refused for good" in error["message"]
    assert (await reader.post(f"/quotes/{lonely}/resend", {"recipients": [NOBODY]})).status_code == 202
    assert await asked_for(shop, lonely) == [NOBODY]


async def asked_for(shop: Shop, quote_id: str) -> list[str]:
    """The recipients of the one command of the quote that is not decided."""
    asked = "SELECT payload -> 'recipients' FROM commands WHERE quote_id = :id AND outcome IS NULL"
    async with shop.database.read() as r:
        found: list[str] = await r.value(sa.text(asked), {"id": quote_id})
    return found


async def test_what_was_skipped_is_verified_like_any_end(shop: Shop, reader: Caller) -> None:
    """The row and its event hold each other."""
    quote_id = await shop.new_quote()
    messages = (await shop.act(quote_id, "send", recipients=[NOBODY])).messages
    async with mailroom() as room:
        room.rcpt_only = {NOBODY: NO_SUCH_USER}
        await deliver(shop, room, quote_id, messages)
        await deliver(shop, room, quote_id, await remind(shop, quote_id))

    async def verified() -> dict[str, Any]:
        answer = await reader.get(f"/quotes/{quote_id}/events", params={"verify": True})
        found: dict[str, Any] = answer.json()["verification"]
        return found

    assert (await verified())["sound"]
    async with shop.database.write() as w:
        await w.run(sa.text("UPDATE messages SET status = 'failed' WHERE status = 'skipped'"))
    (mismatch,) = (await verified())["mismatches"]
    assert (mismatch["expected"], mismatch["found"]) == ("skipped", "failed")
