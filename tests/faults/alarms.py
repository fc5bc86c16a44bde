"""Faults of which an operator is to hear: how each is made on the whole product, which alerts follow, and how it is mended."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg
import httpx

from adapters.webhooks.signed_post import new_secret
from cli.local.free_ports import LOOPBACK, free_ports
from domain.proof.feed_event import RETRIES
from domain.quotes.status import QuoteStatus
from tests.api.caller import PART, SIGNER, Caller
from tests.faults.prometheus import Prometheus
from tests.faults.stack import FaultStack
from tests.unit.mail.smtp_server import Mailroom, served
from tests.unit.webhooks.receiver import OK, Received, Receiver, Respond, receiving, saying
from tests.waiting import eventually

REFUSED: Final = b"HTTP/1.1 500 No\r\n\r\n"
GONE: Final = b"HTTP/1.1 410 Gone\r\n\r\n"
AT_ONCE: Final = 60
"""Callers who ask for more than can be decided."""

FAULT_SECONDS: Final = 240.0
"""Within which a fault must have come to what the test waits for, however slow the machine."""


def taking(reference: str) -> Respond:
    """How the order system takes an order."""
    body = json.dumps({"reference": reference}).encode()
    return saying(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


@dataclass
class Scene:
    """The whole product, what it talks to, and Prometheus, which watches it."""

    stack: FaultStack
    caller: Caller
    prometheus: Prometheus
    orders: Receiver
    receiver: Receiver
    _meanwhile: list[asyncio.Task[None]] = field(default_factory=list)
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def sql(self, statement: str, *values: Any) -> int:
        """Change the record by hand, as its owner; how many rows."""
        connection = await asyncpg.connect(self.stack.postgres.url())
        try:
            count = (await connection.execute(statement, *values)).rpartition(" ")[2]
            return int(count) if count.isdigit() else 0
        finally:
            await connection.close()

    async def ahead(self, quote: dict[str, Any], minutes: int) -> None:
        """So much time passes for a quote."""
        await self.sql(
            "INSERT INTO clock_offsets (quote_id, ahead) VALUES ($1, make_interval(mins => $2))"
            " ON CONFLICT (quote_id) DO UPDATE SET ahead = excluded.ahead",
            quote["id"],
            minutes,
        )

    async def webhook(self, receiver: Receiver) -> str:
        """An endpoint that is told of quotes that are sent; its id."""
        answer = await self.caller.post("/webhooks", {"url": receiver.url, "types": ["quote.sent"]})
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return str(answer.json()["id"])

    async def becomes(self, quote: dict[str, Any], status: str) -> None:
        """Wait until the quote's order has come to that."""

        async def has() -> bool:
            found = (await self.caller.get(f"/quotes/{quote['id']}")).json()["order"]
            return bool(found["status"] == status and (status != "pending" or found["last_error"]))

        await eventually(has, f"the order is {status}", seconds=FAULT_SECONDS)

    def meanwhile(self, ask: Callable[[], Awaitable[object]], *, at_once: int = 1) -> None:
        """Ask again and again, until the fault is mended."""

        async def asking() -> None:
            while True:
                with suppress(httpx.HTTPError):
                    await ask()

        self._meanwhile += [asyncio.create_task(asking()) for _ in range(at_once)]

    async def enter(self, context: Any) -> Any:
        """Something that goes when the fault is mended."""
        return await self._open.enter_async_context(context)

    async def mended(self) -> None:
        """Nobody asks any more, and what was there for the fault alone is gone, webhooks and moved clocks too; the product is
        whole.
        """
        for task in self._meanwhile:
            task.cancel()
        await asyncio.gather(*self._meanwhile, return_exceptions=True)
        self._meanwhile.clear()
        await self._open.aclose()
        self._open = AsyncExitStack()
        self.orders.respond, self.receiver.respond = taking("SO-1"), saying(OK)
        if self.stack.mail.process is None or not self.stack.mail.process.running:
            await self.stack.mail.start()
        await self.stack.whole()
        await self.sql("UPDATE clock_offsets SET ahead = interval '0'")
        for each in (await self.caller.get("/webhooks")).json()["data"]:
            await self.caller.delete(f"/webhooks/{each['id']}")


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    """All of it runs."""
    async with receiving(taking("SO-1")) as orders, receiving(saying(OK)) as receiver:
        more = {
            "FIRM_OFFER_ORDERS": "http",
            "FIRM_OFFER_ORDER_URL": orders.url,
            "FIRM_OFFER_ORDER_SECRET": new_secret(),
            "FIRM_OFFER_WEBHOOK_ALLOW": "127.0.0.0/8",
        }
        async with FaultStack(folder / "stack", more) as stack:
            targets = _addressed(stack)
            await stack.whole()
            async with (
                Prometheus(folder / "prometheus", targets, stack.key) as prometheus,
                stack.caller() as caller,
            ):
                yield Scene(stack, caller, prometheus, orders, receiver)


def _addressed(stack: FaultStack) -> dict[str, list[str]]:
    """Give each process addresses at which it tells its metrics: they, by the jobs of Prometheus."""
    workers, sdk = ("worker", "deliveries"), ("api", "worker", "deliveries")
    ports = iter(free_ports(len(workers) + len(sdk)))
    at: dict[tuple[str, str], str] = {}
    for setting, parts in (("FIRM_OFFER_WORKER_ADDRESS", workers), ("FIRM_OFFER_TEMPORAL_METRICS", sdk)):
        for part in parts:
            process = stack.process(part)
            at[setting, part] = f"{LOOPBACK}:{next(ports)}"
            process.env = {**(process.env or {}), setting: at[setting, part]}
    return {
        "firm-offer-api": [stack.url.removeprefix("http://")],
        "firm-offer-worker": [at["FIRM_OFFER_WORKER_ADDRESS", part] for part in workers],
        "firm-offer-temporal-sdk": [at["FIRM_OFFER_TEMPORAL_METRICS", part] for part in sdk],
    }


@dataclass(frozen=True)
class Fault:
    """`make` it, and these `alerts` follow; `settle` puts away what it leaves in the record."""

    name: str
    alerts: frozenset[str]
    make: Callable[[Scene], Awaitable[None]]
    settle: Callable[[Scene], Awaitable[None]] | None = None

    def __str__(self) -> str:
        return self.name


FAULTS: list[Fault] = []
"""In an order in which none makes another one's alerts fire before it."""


def _fault(*alerts: str, settle: Callable[[Scene], Awaitable[None]] | None = None) -> Callable[..., Any]:
    def keep(make: Callable[[Scene], Awaitable[None]]) -> Callable[[Scene], Awaitable[None]]:
        name = make.__name__.strip("_").replace("_", " ")
        FAULTS.append(Fault(name, frozenset(f"FirmOffer{each}" for each in alerts), make, settle))
        return make

    return keep


async def _all_ordered(at: Scene) -> None:
    quotes = await at.caller.get("/quotes", params=[("order_status", "failed"), ("order_status", "pending")])
    for each in quotes.json()["data"]:
        await at.caller.put(f"/quotes/{each['id']}/order", {"reference": "by hand"})


@_fault("WebhooksLate", "WebhooksParked")
async def _a_receiver_answers_500(at: Scene) -> None:
    """For an hour to one event, and to another one until it is given up."""
    at.receiver.respond = saying(REFUSED)
    await at.webhook(at.receiver)
    late, parked = await at.caller.sent(), await at.caller.sent()
    tried = "quote_id = $1 AND status = 'pending' AND attempts > 0"

    async def has_failed() -> bool:
        an_hour = "UPDATE webhook_deliveries SET created_at = created_at - interval '61 minutes' WHERE "
        return await at.sql(an_hour + tried, late["id"]) > 0

    async def is_at_its_last_attempt() -> bool:
        last = "UPDATE webhook_deliveries SET attempts = $2, next_attempt_at = clock_timestamp() WHERE "
        return await at.sql(last + tried, parked["id"], len(RETRIES)) > 0

    await eventually(has_failed, "the first attempt has failed", seconds=FAULT_SECONDS)
    await eventually(is_at_its_last_attempt, "the first attempt has failed", seconds=FAULT_SECONDS)


@_fault("WebhookDisabled")
async def _a_receiver_is_gone(at: Scene) -> None:
    at.receiver.respond = saying(GONE)
    await at.webhook(at.receiver)
    await at.caller.sent()


@_fault("OrdersFailed", "OrdersLate", settle=_all_ordered)
async def _the_order_system_refuses(at: Scene) -> None:
    """One order for an hour, and another one for good."""
    late, failed = await at.caller.sent(), await at.caller.sent()

    async def respond(got: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(REFUSED if late["id"].encode() in got.body else GONE)

    at.orders.respond = respond
    for quote, status in ((late, "pending"), (failed, "failed")):
        await at.becomes(await at.caller.done(quote, "accept", SIGNER), status)
    await at.ahead(late, 61)


@_fault("EmailsLate")
async def _the_mail_server_is_down(at: Scene) -> None:
    at.stack.mail.kill()
    await at.ahead(await at.caller.sent(), 11)


@_fault("EmailsFailed")
async def _the_mail_server_refuses_a_recipient(at: Scene) -> None:
    at.stack.mail.kill()
    room = Mailroom()
    room.rcpt = "550 5.1.1 no such user"
    await at.enter(served(room, port=at.stack.mail.smtp_port))
    await at.caller.sent()


async def _table_is_back(at: Scene) -> None:
    await at.sql("ALTER TABLE lost RENAME TO parts_lists")


@_fault("ServerErrors", settle=_table_is_back)
async def _a_table_is_lost(at: Scene) -> None:
    await at.sql("ALTER TABLE parts_lists RENAME TO lost")
    assert (await at.caller.get(f"/parts-lists/{uuid4()}")).status_code == httpx.codes.INTERNAL_SERVER_ERROR


@_fault("WorkerDown", "CommandsUndecided", "AnswersLate", "ExpiryOverdue")
async def _the_worker_is_killed(at: Scene) -> None:
    """While people go on asking, and an offer ends."""
    offer, draft = await at.caller.sent(), await at.caller.draft()
    at.stack.kill("worker")
    at.meanwhile(lambda: at.caller.post(f"/quotes/{draft['id']}/send"))
    await at.ahead(offer, 40 * 24 * 60)


@_fault("Overloaded")
async def _more_is_asked_than_can_be_decided(at: Scene) -> None:
    customer = (await at.caller.customer())["id"]
    body = {"customer_id": customer, "specification": PART}
    at.meanwhile(lambda: at.caller.http.post("/api/v1/quotes", json=body), at_once=AT_ONCE)


@_fault("RelayBehind")
async def _temporal_hangs(at: Scene) -> None:
    """Killed, it would leave its ports to others for more than a minute."""
    draft = await at.caller.draft()
    at.stack.temporal.freeze()
    at.meanwhile(lambda: at.caller.post(f"/quotes/{draft['id']}/send"))


@_fault("RecordAway")
async def _postgresql_is_killed(at: Scene) -> None:
    at.stack.kill("postgres")


@_fault("ApiDown")
async def _the_api_is_killed(at: Scene) -> None:
    at.stack.kill("api")


async def live(at: Scene) -> None:
    """A bit of what a shop does, of which every system hears, and the end of all that came of it."""
    before = len(at.receiver.received)
    hook = await at.webhook(at.receiver)
    for _ in range(3):
        accepted = await at.caller.done(await at.caller.sent(), "accept", SIGNER)
        await at.becomes(accepted, "handed_over")
    await at.caller.draft()
    rejected = await at.caller.done(await at.caller.sent(), "reject", {"reason": "Too dear."})
    assert rejected["status"] == QuoteStatus.REJECTED
    told = "the receiver was told of each"
    await eventually(lambda: len(at.receiver.received) >= before + 4, told, seconds=FAULT_SECONDS)
    await at.caller.delete(f"/webhooks/{hook}")
