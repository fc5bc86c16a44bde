"""Orders of accepted quotes, handed over to a receiver on loopback: once, signed, under one key, for as long as it takes."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from standardwebhooks import Webhook

from adapters.settings import Settings
from adapters.webhooks.signed_post import new_secret
from api.openapi.what_is_posted import OrderPost
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from domain.proof.order import GIVE_UP_AFTER
from tests.api.caller import SIGNER, Caller, fits, problem
from tests.api.conftest import api_key, calling, prepared_database, settings_for, working
from tests.unit.webhooks.receiver import Received, Receiver, receiving, saying
from tests.waiting import eventually

PO = {**SIGNER, "purchase_order_number": "PO-4711"}
BROKEN = b"HTTP/1.1 500 No\r\nRetry-After: 1\r\n\r\n"


def taking(reference: str) -> bytes:
    """The answer of a system that has taken an order."""
    body = json.dumps({"reference": reference}).encode()
    return b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


class Desk:
    """A shop that posts its orders: a caller with a key for all, what it posts to, and with which secret."""

    def __init__(self, caller: Caller, receiver: Receiver, secret: str) -> None:
        self.caller, self.receiver, self.secret = caller, receiver, secret

    async def accepted(self, **fields: Any) -> dict[str, Any]:
        """A quote that is sent and accepted."""
        self.receiver.received.clear()
        return await self.caller.done(await self.caller.sent(**fields), "accept", PO)

    async def quote(self, quote: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = (await self.caller.get(f"/quotes/{quote['id']}")).json()
        return found

    async def comes_to(self, quote: dict[str, Any], status: str) -> dict[str, Any]:
        """The quote's order, once it has come to that, and what it refers to is on the quote too."""

        async def has() -> bool:
            found = await self.quote(quote)
            whole = status != "handed_over" or found["order_reference"] is not None
            return found["order"]["status"] == status and whole

        await eventually(has, f"the order is {status}")
        found: dict[str, Any] = (await self.quote(quote))["order"]
        return found


@pytest_asyncio.fixture(scope="module")
async def database_url(postgres: Postgres) -> str:
    """Of a record of its own: another app on the same one would start its workflows on a queue of another worker."""
    return await prepared_database(postgres, "orders")


@pytest.fixture(scope="module")
def settings(database_url: str, temporal: Temporal, mail_server: MailServer) -> Settings:
    return settings_for(database_url, temporal.address, mail_server.smtp_url)


@pytest_asyncio.fixture(scope="module")
async def shop(settings: Settings, database_url: str) -> AsyncIterator[Desk]:
    """The product with a queue of its own, where orders are posted to this machine."""
    secret = new_secret()
    async with receiving(saying(taking("SO-1"))) as receiver:
        more = {"orders": "http", "order_url": receiver.url, "order_secret": secret}
        given = {"webhook_allow": "127.0.0.0/8", "task_queue": "order-tests", **more}
        own = settings.model_copy(update={**given, "order_secret": type(settings.secret)(secret)})
        key = await api_key(database_url, "quote", "admin")
        async with working(own) as app, calling(app, key) as caller:
            yield Desk(caller, receiver, secret)


@pytest.fixture
def desk(shop: Desk) -> Desk:
    """One whose receiver takes everything."""
    shop.receiver.respond = saying(taking("SO-1"))
    return shop


async def test_what_was_ordered_is_posted_whole_and_the_reference_comes_back(desk: Desk) -> None:
    """Signed, under the acceptance's key; the quote's answer and its events say under what it was taken."""
    quote = await desk.accepted(external_id="ERP-ORDER-1")
    order = await desk.comes_to(quote, "handed_over")
    assert (order["reference"], order["last_error"]) == ("SO-1", None)
    assert order["at"] is not None
    [got] = desk.receiver.received
    assert Webhook(desk.secret).verify(got.body, got.headers)
    fits(OrderPost, json.loads(got.body))
    told = json.loads(got.body)["data"]
    assert got.headers["idempotency-key"] == got.headers["webhook-id"] == told["key"]
    found = await desk.quote(quote)
    assert told["quote"]["external_id"] == "ERP-ORDER-1"
    assert (told["quote"]["id"], told["quote"]["number"]) == (quote["id"], quote["number"])
    assert told["purchase_order_number"] == found["purchase_order_number"] == "PO-4711"
    assert (told["accepted_total"], told["quote"]["version"]) == (
        found["accepted_total"],
        found["accepted_version"],
    )
    assert [line["total"] for line in told["lines"]] == [line["total"] for line in found["accepted_lines"]]
    assert told["selection"] == found["selection"]
    assert told["customer"]["name"] == found["customer_name"]
    assert {kind: len(sha) for kind, sha in told["documents"].items()} == {"quote": 64, "acceptance": 64}
    events = (await desk.caller.get(f"/quotes/{quote['id']}/events")).json()["data"]
    [event] = [each for each in events if each["type"] == "quote.order_handed_over"]
    assert event["data"]["reference"] == "SO-1"
    annul = {"reason": "No.", "agreed_with": "Ada"}
    problem(await desk.caller.post(f"/quotes/{quote['id']}/annul", annul), 409, "order_handed_over")
    problem(await desk.caller.post(f"/quotes/{quote['id']}/order/retry"), 409, "order_not_failed")


async def test_where_the_answer_is_lost_the_repeat_has_the_same_key_and_the_same_body(desk: Desk) -> None:
    """The system takes it and breaks the connection: it knows the second by the key, and says the same reference."""

    async def respond(_: Received, writer: asyncio.StreamWriter) -> None:
        if len(desk.receiver.received) > 1:
            writer.write(taking("SO-2"))

    desk.receiver.respond = respond
    quote = await desk.accepted()
    assert (await desk.comes_to(quote, "handed_over"))["reference"] == "SO-2"
    first, second = desk.receiver.received
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.body == second.body


@pytest.mark.parametrize(
    ("said", "reference"), [(b"HTTP/1.1 204 No\r\n\r\n", None), (taking(" "), None), (taking("A-1"), "A-1")]
)
async def test_who_names_no_reference_goes_by_the_quotes_number(
    desk: Desk, said: bytes, reference: str | None
) -> None:
    desk.receiver.respond = saying(said)
    quote = await desk.accepted()
    order = await desk.comes_to(quote, "handed_over")
    assert order["reference"] == (reference or quote["number"])


async def test_one_that_fails_is_told_and_tried_again(desk: Desk) -> None:
    """While it is away the order is pending with what was answered; Retry-After says when the next attempt is."""

    async def respond(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(BROKEN if len(desk.receiver.received) < 3 else taking("SO-3"))

    desk.receiver.respond = respond
    quote = await desk.accepted()

    async def says_so() -> bool:
        order = (await desk.quote(quote))["order"]
        return (order["status"], order["last_error"]) == ("pending", "answered 500")

    await eventually(says_so, "what was answered stands on the quote")
    await desk.comes_to(quote, "handed_over")
    assert len({each.headers["webhook-id"] for each in desk.receiver.received}) == 1


async def test_who_writes_the_reference_himself_ends_the_attempts(desk: Desk) -> None:
    """As an ERP that answers badly and calls back well."""
    desk.receiver.respond = saying(BROKEN)
    quote = await desk.accepted()
    await eventually(lambda: desk.receiver.received, "it was tried")
    answer = await desk.caller.put(f"/quotes/{quote['id']}/order", {"reference": "SO-BY-HAND"})
    assert answer.json()["order"]["status"] == "handed_over"
    desk.receiver.respond = saying(taking("SO-LATE"))
    client = desk.caller.http._transport.app.state.services.runs.client  # type: ignore[attr-defined]
    handle = client.get_workflow_handle(quote["links"]["temporal_ui"].rpartition("/")[2])
    await asyncio.wait_for(handle.result(), 30)
    assert (await desk.quote(quote))["order"]["reference"] == "SO-BY-HAND"


async def test_one_that_was_annulled_is_not_handed_over(desk: Desk) -> None:
    """Whatever is answered later."""
    desk.receiver.respond = saying(BROKEN)
    quote = await desk.accepted()
    await eventually(lambda: desk.receiver.received, "it was tried")
    await desk.caller.done(quote, "annul", {"reason": "Not built.", "agreed_with": "Ada"})
    order = await desk.comes_to(quote, "failed")
    assert "annulled" in order["last_error"]
    problem(await desk.caller.post(f"/quotes/{quote['id']}/order/retry"), 409, "order_not_failed")


async def test_410_is_final_told_by_mail_and_tried_anew_by_a_person(desk: Desk) -> None:
    """The owner gets one email, the order stands as failed, and a retry hands it over under the same key."""
    desk.receiver.respond = saying(b"HTTP/1.1 410 Gone\r\n\r\n")
    quote = await desk.accepted()
    order = await desk.comes_to(quote, "failed")
    assert order["last_error"] == "answered 410"

    async def is_told() -> bool:
        mails = (await desk.caller.get(f"/quotes/{quote['id']}/messages")).json()["data"]
        return [each["status"] for each in mails if each["kind"] == "order_failed"] == ["sent"]

    await eventually(is_told, "the shop is told once")
    assert len(desk.receiver.received) == 1
    desk.receiver.respond = saying(taking("SO-4"))
    listed = {"order_status": ["failed", "pending"], "status": "accepted"}
    assert [each["id"] for each in (await desk.caller.get("/quotes", params=listed)).json()["data"]] == [
        quote["id"]
    ]
    again = await desk.caller.post(f"/quotes/{quote['id']}/order/retry")
    assert (again.status_code, again.json()["order"]["status"]) == (200, "pending")
    problem(await desk.caller.post(f"/quotes/{quote['id']}/order/retry"), 409, "order_not_failed")
    assert (await desk.comes_to(quote, "handed_over"))["reference"] == "SO-4"
    first, second = desk.receiver.received
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)


async def test_after_days_it_is_given_up(desk: Desk, database_url: str) -> None:
    """By the quote's clock, which is moved."""
    desk.receiver.respond = saying(BROKEN)
    quote = await desk.accepted()
    await eventually(lambda: desk.receiver.received, "it was tried")
    connection = await asyncpg.connect(database_url)
    ahead = GIVE_UP_AFTER - timedelta(hours=1)
    put = "INSERT INTO clock_offsets VALUES ($1, $2) ON CONFLICT (quote_id) DO UPDATE SET ahead = excluded.ahead"
    await connection.execute(put, quote["id"], ahead)
    tried = len(desk.receiver.received)
    await eventually(lambda: len(desk.receiver.received) > tried, "it is tried on")
    assert (await desk.quote(quote))["order"]["status"] == "pending"
    await connection.execute(put, quote["id"], GIVE_UP_AFTER + timedelta(minutes=1))
    await desk.comes_to(quote, "failed")
    await connection.close()
