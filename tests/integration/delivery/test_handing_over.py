"""Orders on their way to another system, which answers as badly as it likes: what stands on record of each attempt."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa
import structlog
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import handing_over
from activities.documents import Documents
from activities.handing_over import NOT_TAKEN, HandOverOrders
from adapters.db.database import Database
from adapters.db.parties.seller import Seller, put_seller
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record.orders import ANNULLED, TOO_LATE, ask_order_again
from adapters.db.record.save import save
from adapters.db.tables import commands, messages, orders
from adapters.pdf.quotes import QuotePdf
from adapters.pdf.typesetter import Typesetter
from adapters.telemetry import traces
from adapters.telemetry.open_telemetry import OpenTelemetry
from adapters.tokens import LinkTokens
from adapters.webhooks.signed_post import MOST_BYTES, WebhookSender, new_secret
from adapters.webhooks.targets import read_networks
from cli.local.postgres.server import Postgres
from domain.proof.order import OrderWay
from domain.quotes.record import OrderState, RecordRequest, RecordResult
from tests.api.conftest import SECRET
from tests.integration.db.desk import SIGNER, Desk
from tests.integration.delivery.outgoing import PlainTypesetter
from tests.unit.webhooks.receiver import Received, Receiver, receiving, saying
from workflows.ports import HandOverRequest, HandOverResult

HERE = read_networks("127.0.0.0/8")
ANNUL = {"reason": "Not built.", "agreed_with": "Ada"}


class OrderingDesk(Desk):
    """One where accepted quotes are posted; `secret` signs, and documents are set by the `typesetter`."""

    secret = new_secret()
    typesetter: Typesetter = PlainTypesetter()

    async def save(self, request: RecordRequest) -> RecordResult:
        """As the activity does it."""
        async with self.database.write() as w:
            return await save(w, request, self.tokens, OrderWay.HTTP)

    async def ordered(self, **fields: Any) -> str:
        """A quote whose order waits; its id."""
        quote_id = await self.sent(**fields)
        assert (await self.do(quote_id, "accept", SIGNER)).hands_over
        return quote_id

    async def hand_over(self, quote_id: str, url: str, sender: WebhookSender) -> HandOverResult:
        """One attempt, as a worker makes it."""
        documents = Documents(self.database, QuotePdf(self.typesetter))
        activity = HandOverOrders(self.database, documents, sender, url=url, secret=self.secret)
        found: HandOverResult = await ActivityEnvironment().run(
            activity.hand_over, HandOverRequest(quote_id=quote_id)
        )
        return found

    async def order(self, quote_id: str) -> OrderState:
        """How it fares."""
        async with self.database.read() as r:
            view = await PgQuotes(r).find(quote_id)
        assert view is not None
        return view.order

    async def row(self, quote_id: str) -> dict[str, Any]:
        """The same, as it is kept."""
        async with self.database.read() as r:
            row = await r.row(sa.select(orders).where(orders.c.quote_id == quote_id))
        assert row is not None
        return dict(row)

    async def emails(self, quote_id: str) -> list[dict[str, Any]]:
        """Those that tell of an order which could not be handed over."""
        data = messages.c.data
        told = data["reason"].label("why"), data["taken_too_late"].label("taken_too_late")
        asked = sa.select(messages.c.id, messages.c.recipient, *told)
        async with self.database.read() as r:
            found = await r.rows(
                asked.where(messages.c.quote_id == quote_id, messages.c.kind == "order_failed")
            )
        return [dict(row) for row in found]


@pytest_asyncio.fixture(scope="module")
async def database(postgres: Postgres, template: str) -> AsyncIterator[Database]:
    """A migrated database of this module's own, with a seller."""
    opened = Database.connect(await postgres.create_database("handing_over", template=template))
    async with opened.write() as w:
        await put_seller(w, Seller(name="ACME Tooling", email="quotes@tooling.example.com"))
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
def desk(database: Database) -> OrderingDesk:
    return OrderingDesk(database, LinkTokens(SECRET))


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """The system that makes orders; each test says how it answers."""
    async with receiving(saying(b"")) as opened:
        yield opened


def answering(status: str, body: bytes = b"", *headers: str) -> bytes:
    """An HTTP answer."""
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers))
    return head.encode() + b"\r\n" + body


@pytest.mark.parametrize(
    ("answer", "error", "wait"),
    [
        (answering("302 Found", b"", "Location: https://erp.example.com/"), "answered 302", None),
        (answering("307 Moved", b"", "Location: http://127.0.0.1/"), "answered 307", None),
        (answering("400 Bad", b'{"reference": "SO-1"}'), "answered 400", None),
        (answering("401 No"), "answered 401", None),
        (answering("404 No"), "answered 404", None),
        (answering("409 Known"), "answered 409", None),
        (answering("422 No"), "answered 422", None),
        (answering("429 Slowly", b"", "Retry-After: 7"), "answered 429", timedelta(seconds=7)),
        (answering("503 Away", b"", "Retry-After: soon"), "answered 503", None),
        (b"220 mail.example.com ESMTP\r\n", "the answer is no HTTP, or was cut off", None),
        (answering("200 OK", b"{}")[:-1], "the answer is no HTTP, or was cut off", None),
    ],
)
async def test_what_does_not_take_it_is_told_and_asked_again(
    desk: OrderingDesk, receiver: Receiver, answer: bytes, error: str, wait: timedelta | None
) -> None:
    """The same order under the same key, also where it was told that the request is wrong: somebody may mend it there. Nobody
    is followed.
    """
    quote_id, sender = await desk.ordered(), WebhookSender(HERE)
    receiver.respond = saying(answer)
    with pytest.raises(ApplicationError, match=f"^{NOT_TAKEN}: the order was not taken: {error}$") as raised:
        await desk.hand_over(quote_id, receiver.url, sender)
    assert (raised.value.type, raised.value.non_retryable) == (NOT_TAKEN, False)
    assert raised.value.next_retry_delay == wait
    order = await desk.order(quote_id)
    assert (order.status, order.last_error) == ("pending", error)
    receiver.respond = saying(answering("201 Made", b'{"reference": "SO-1"}'))
    taken = await desk.hand_over(quote_id, receiver.url, sender)
    assert taken.command is not None
    assert taken.command.payload == {"reference": "SO-1"}
    order = await desk.order(quote_id)
    assert (order.status, order.last_error) == ("handed_over", None)
    first, second = receiver.received
    assert (first.headers["idempotency-key"], first.body) == (second.headers["idempotency-key"], second.body)
    assert (await desk.row(quote_id))["attempts"] == 2
    assert await desk.hand_over(quote_id, receiver.url, sender) == HandOverResult(), "nothing waits any more"
    assert len(receiver.received) == 2


async def test_one_that_hangs_is_left(desk: OrderingDesk, receiver: Receiver) -> None:
    """When its time is over, and the order waits on."""

    async def hang(_: Received, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3600)

    receiver.respond = hang
    quote_id = await desk.ordered()
    with pytest.raises(ApplicationError, match="no answer within 0 seconds"):
        await desk.hand_over(quote_id, receiver.url, WebhookSender(HERE, seconds=0.4))
    order = await desk.order(quote_id)
    assert (order.status, order.last_error) == ("pending", "no answer within 0 seconds")


@pytest.mark.parametrize(
    "body",
    [
        b"OK",
        b'{"reference": "SO-',
        b'{"reference": "' + 201 * b"x" + b'"}',
        b'{"reference": "SO\\u001b[2J"}',
        b'{"reference": "SO-\xff"}',
        b'{"filler": "' + MOST_BYTES * b"x" + b'", "reference": "SO-1"}',
    ],
    ids=["text", "cut", "too long", "control", "no UTF-8", "past 64 KiB"],
)
async def test_who_took_it_has_it_whatever_was_said(
    desk: OrderingDesk, receiver: Receiver, body: bytes
) -> None:
    """By the status; what is no reference counts as none, and the quote's number stands for it."""
    receiver.respond = saying(answering("200 OK", body))
    quote_id = await desk.ordered()
    taken = await desk.hand_over(quote_id, receiver.url, WebhookSender(HERE))
    assert taken.command is not None
    await desk.save(await desk.request(quote_id, taken.command))
    quote = await desk.found(quote_id)
    assert quote.order_reference == quote.number


@pytest.mark.parametrize(
    ("scheme", "allowed", "error"),
    [
        ("http", "", "it must start with https://"),
        (
            "https",
            "",
            "it is in a network of one's own, or of a special purpose, and FIRM_OFFER_WEBHOOK_ALLOW does not name it",
        ),
        (
            "http",
            "10.0.0.0/8",
            "it is in a network of one's own, or of a special purpose, and FIRM_OFFER_WEBHOOK_ALLOW does not name it",
        ),
    ],
)
async def test_no_order_goes_into_a_network_that_is_not_opened(
    desk: OrderingDesk, receiver: Receiver, scheme: str, allowed: str, error: str
) -> None:
    """Not even a connection is made, and the order waits until the setting is mended."""
    quote_id, url = await desk.ordered(), receiver.url.replace("http:", f"{scheme}:")
    with pytest.raises(ApplicationError, match=NOT_TAKEN):
        await desk.hand_over(quote_id, url, WebhookSender(read_networks(allowed)))
    order = await desk.order(quote_id)
    assert (order.status, order.last_error) == ("pending", f"not sent there: {error}")
    assert receiver.received == []


async def test_what_comes_too_late_is_to_be_cancelled_there(desk: OrderingDesk, receiver: Receiver) -> None:
    """The acceptance is annulled while the other system takes the order: somebody is told, once, and the quote stays as it is."""
    quote_id = await desk.ordered()

    async def take(_: Received, writer: asyncio.StreamWriter) -> None:
        await desk.do(quote_id, "annul", ANNUL)
        assert (await desk.order(quote_id)).last_error == ANNULLED
        writer.write(answering("201 Made", b'{"reference": "SO-1"}'))

    receiver.respond = take
    result = await desk.hand_over(quote_id, receiver.url, WebhookSender(HERE))
    [email] = await desk.emails(quote_id)
    assert (result.command, result.messages) == (None, (email["id"],))
    assert (email["recipient"], email["why"]) == ("quotes@tooling.example.com", TOO_LATE)
    assert email["taken_too_late"]
    order, quote = await desk.order(quote_id), await desk.found(quote_id)
    assert (order.status, order.last_error) == ("failed", TOO_LATE)
    assert (quote.is_annulled, quote.order_reference) == (True, None)
    async with desk.database.write() as w:
        assert not await ask_order_again(w, quote_id)
    assert await desk.hand_over(quote_id, receiver.url, WebhookSender(HERE)) == HandOverResult()
    assert len(receiver.received) == 1


async def test_one_that_is_taken_while_an_annulment_waits_is_to_be_cancelled_there(
    desk: OrderingDesk, receiver: Receiver
) -> None:
    """The annulment came first and is decided first: the order's command finds no order any more, and somebody is told."""
    quote_id = await desk.ordered()
    receiver.respond = saying(answering("201 Made", b'{"reference": "SO-1"}'))
    annulment = await desk.store(quote_id, "annul", ANNUL)
    taken = await desk.hand_over(quote_id, receiver.url, WebhookSender(HERE))
    assert taken.command is not None
    result = await desk.save(await desk.request(quote_id, annulment.envelope))
    await desk.save(await desk.request(quote_id, taken.command))
    [email] = await desk.emails(quote_id)
    assert email["id"] in result.messages
    assert (email["why"], email["taken_too_late"]) == (TOO_LATE, True)
    order, quote = await desk.order(quote_id), await desk.found(quote_id)
    assert (order.status, order.last_error) == ("failed", TOO_LATE)
    assert (quote.is_annulled, quote.order_reference) == (True, None)


async def test_who_writes_a_reference_before_the_answer_comes_is_right(
    desk: OrderingDesk, receiver: Receiver
) -> None:
    """Whatever the answer says, and also where it does not take the order: one reference, and one event."""
    for answer in (
        answering("201 Made", b'{"reference": "SO-1"}'),
        answering("410 Gone"),
        answering("500 No"),
    ):
        quote_id = await desk.ordered()

        async def take(
            _: Received, writer: asyncio.StreamWriter, quote_id: str = quote_id, answer: bytes = answer
        ) -> None:
            await desk.do(quote_id, "hand_over", {"reference": "SO-BY-HAND"})
            writer.write(answer)

        receiver.respond = take
        if answer.startswith(b"HTTP/1.1 500"):
            with pytest.raises(ApplicationError, match=NOT_TAKEN):
                await desk.hand_over(quote_id, receiver.url, WebhookSender(HERE))
            result = await desk.hand_over(quote_id, receiver.url, WebhookSender(HERE))
        else:
            result = await desk.hand_over(quote_id, receiver.url, WebhookSender(HERE))
        assert result == HandOverResult()
        order = await desk.order(quote_id)
        assert (order.status, order.last_error) == ("handed_over", None)
        assert (await desk.found(quote_id)).order_reference == "SO-BY-HAND"
        assert await desk.emails(quote_id) == []


async def test_two_attempts_at_once_hand_it_over_once(desk: OrderingDesk, receiver: Receiver) -> None:
    """As where a worker was given up that was not dead: the other system knows both by the key, and the quote learns once."""
    both = asyncio.Barrier(2)

    async def take(_: Received, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(60):
            await both.wait()
        writer.write(answering("201 Made", b'{"reference": "SO-1"}'))

    receiver.respond = take
    quote_id = await desk.ordered()
    attempts = (desk.hand_over(quote_id, receiver.url, WebhookSender(HERE)) for _ in range(2))
    results = await asyncio.gather(*attempts)
    assert len([result for result in results if result.command is not None]) == 1
    assert len({got.headers["idempotency-key"] for got in receiver.received}) == 1
    asked = sa.select(sa.func.count()).where(commands.c.quote_id == quote_id, commands.c.name == "hand_over")
    async with desk.database.read() as r:
        assert await r.value(asked) == 1


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Traces are on."""
    kept = InMemorySpanExporter()
    put_back = traces.record_by(OpenTelemetry("tests", SimpleSpanProcessor(kept)))
    yield kept
    put_back()


async def test_nobody_is_told_a_secret(
    desk: OrderingDesk, receiver: Receiver, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the log, nor an error, nor a span, nor the record has what signs, what stands in the address, what was answered,
    or whose order it is.
    """
    url = f"http://127.0.0.1:{receiver.port}/orders?token=hunter2"
    told: list[object] = []
    # Also where another test has had the loggers made already.
    log = structlog.testing.LogCapture()
    monkeypatch.setattr(handing_over, "_log", structlog.wrap_logger(None, processors=[log]))
    with traces.span("tests", traces.SpanKind.INTERNAL, begins=True):
        for answer in ("500 hunter2", "410 hunter2", "201 Made"):
            quote_id = await desk.ordered()
            receiver.respond = saying(answering(answer, b'{"error": "hunter2"}', "X-Told: hunter2"))
            try:
                told.append(await desk.hand_over(quote_id, url, WebhookSender(HERE)))
            except ApplicationError as failed:
                told += [repr(failed), failed.message, failed.details, failed.__cause__]
            told += [await desk.order(quote_id), await desk.row(quote_id), await desk.emails(quote_id)]
    assert {line["event"] for line in log.entries} >= {"order_delayed", "order_failed", "order_handed_over"}
    told += [log.entries, [span.to_json() for span in spans.get_finished_spans()]]
    assert "POST order" in str(told)
    customer = json.loads(receiver.received[0].body)["data"]["customer"]
    for secret in (
        desk.secret.removeprefix("whsec_"),
        "hunter2",
        customer["name"],
        customer["email"],
        SIGNER["signer_name"],
    ):
        assert secret not in str(told)
