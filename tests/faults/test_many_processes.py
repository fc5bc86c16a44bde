"""Two API processes, three workers that decide and three that deliver share one PostgreSQL and one Temporal, and any of them may die
at any moment: what was acknowledged is on record, once, each mail goes out under one Message-ID, each acceptance is told, and each
order is posted under one key.
"""

import asyncio
import itertools
import os
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
from standardwebhooks import Webhook
from temporalio.client import Client

from adapters.webhooks.signed_post import new_secret
from cli.local.datadir import DataDir
from cli.local.free_ports import free_ports
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.processes.process import ChildProcess
from cli.local.processes.until import http_ok, until
from cli.local.stack import Product
from cli.local.temporal.server import Temporal
from tests.api.caller import PART, SIGNER, V1, run_of
from tests.api.conftest import SECRET, api_key, prepared_database
from tests.faults.killing import report_dead
from tests.roles import as_product
from tests.unit.webhooks.receiver import OK, Receiver, receiving, saying
from tests.waiting import eventually

APIS, WORKERS = 2, 3
LIVES, AT_ONCE = 9, 4
BETWEEN = 3
"""So many changes after a process was started the next one is killed, and so many after that it is started again."""

LONGEST = 150
ENDS: dict[str, tuple[dict[str, Any], str]] = {
    "accept": (SIGNER, "accepted"),
    "reject": ({"reason": "Too late for us."}, "rejected"),
    "cancel": ({"reason": "The part was dropped."}, "cancelled"),
}
BESIDE = {"quote.document_made", "quote.message_sent"}
"""What deliveries write, whenever they come to it."""
ORDER_SECRET = new_secret()


class Fleet:
    """The product's processes, started by the same command lines as the local run's."""

    def __init__(self, folder: Path, env: dict[str, str], key: str) -> None:
        self._data = [DataDir(folder / str(number)) for number in range(WORKERS)]
        ports = free_ports(WORKERS)
        products = [Product(data, port=port, env=env) for data, port in zip(self._data, ports, strict=True)]
        self.workers = [each for product in products for each in (product.worker, product.deliveries)]
        self.apis = {port: product.api for port, product in zip(ports[:APIS], products[:APIS], strict=True)}
        self._turns = itertools.cycle(f"http://127.0.0.1:{port}{V1}" for port in self.apis)
        self.http = httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=15)

    @property
    def processes(self) -> list[ChildProcess]:
        """All eight, kinds mixed: the order in which they are killed."""
        mixed = itertools.zip_longest(self.workers, self.apis.values())
        return [process for pair in mixed for process in pair if process is not None]

    async def start(self) -> None:
        """Returns when both APIs are ready; the workers, which start then, find their work by themselves."""
        for process in self.apis.values():
            process.start()
        for port, process in self.apis.items():
            await until(partial(http_ok, port, "/readyz"), process, seconds=LONGEST)
        for process in self.workers:
            process.start()

    async def stop(self) -> None:
        """None of them is left."""
        await self.http.aclose()
        for process in self.processes:
            process.kill()
        for data in self._data:
            data.close()

    async def ask(self, method: str, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        """One request, by turns to either API; again, with the same key, while it gets no answer."""
        headers = {"Idempotency-Key": key} if key else {}
        async with asyncio.timeout(LONGEST):
            while True:
                try:
                    url = next(self._turns) + path
                    answer = await self.http.request(method, url, json=body, headers=headers)
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
                    continue
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    return answer
                await asyncio.sleep(0.2)

    async def read(self, path: str) -> Any:
        """What a GET answers."""
        answer = await self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def change(self, path: str, body: Any, key: str) -> str:
        """Make a change and see it acknowledged and applied; the id of what was changed."""
        answer = await self.ask("POST", path, body, key)
        taken = answer.json()
        if answer.status_code != httpx.codes.ACCEPTED:
            assert answer.status_code in {200, 201}, answer.text
            return str(taken["id"])
        async with asyncio.timeout(LONGEST):
            while True:
                command = await self.read(f"/commands/{taken['command_id']}")
                if command["status"] != "pending":
                    break
                await asyncio.sleep(0.2)
        assert command["status"] == "applied", command
        return str(taken["quote_id"])


@dataclass
class Lives:
    """What was acknowledged: how many changes, and each quote's id with the status it must have."""

    fleet: Fleet
    changes: int = 0
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    ended: dict[str, str] = field(default_factory=dict)

    async def live(self) -> None:
        """One quote from its customer to its end."""
        number = next(self.numbers)
        action = list(ENDS)[number % len(ENDS)]
        body, status = ENDS[action]
        change = self._change
        buyer = {"name": f"Buyer {number}", "email": f"buyer-{number}@many.example.com"}
        customer = await change("/customers", buyer, f"many-{number}-customer")
        made = {"customer_id": customer, "specification": PART}
        quote = await change("/quotes", made, f"many-{number}-create")
        await change(f"/quotes/{quote}/send", {}, f"many-{number}-send")
        await change(f"/quotes/{quote}/{action}", body, f"many-{number}-{action}")
        self.ended[quote] = status

    async def _change(self, path: str, body: Any, key: str) -> str:
        changed = await self.fleet.change(path, body, key)
        self.changes += 1
        return changed

    async def go_on(self, killing: "asyncio.Task[list[int]]") -> None:
        """One life after the other: those asked for, and on until the last process was killed."""
        while len(self.ended) < LIVES or not killing.done():
            await self.live()


@pytest_asyncio.fixture
async def orders() -> AsyncIterator[Receiver]:
    """The system that makes orders: it says nothing but that it took one."""
    async with receiving(saying(OK)) as receiver:
        yield receiver


@pytest_asyncio.fixture
async def hook() -> AsyncIterator[Receiver]:
    """Who is told of acceptances."""
    async with receiving(saying(OK)) as receiver:
        yield receiver


@pytest_asyncio.fixture
async def fleet(
    postgres: Postgres, temporal: Temporal, mail_server: MailServer, orders: Receiver, tmp_path: Path
) -> AsyncIterator[Fleet]:
    """Eight running processes on a database of their own, which post orders."""
    url = await prepared_database(postgres, "many_processes")
    settings = {
        "DATABASE_URL": as_product(url),
        "TEMPORAL_ADDRESS": temporal.address,
        "TEMPORAL_NAMESPACE": "default",
        "SMTP_URL": mail_server.smtp_url,
        "FIRM_OFFER_SECRET": SECRET,
        "FIRM_OFFER_ENV": "test",
        "FIRM_OFFER_TASK_QUEUE": "many-processes",
        "FIRM_OFFER_WEBHOOK_ALLOW": "127.0.0.0/8",
        "FIRM_OFFER_ORDERS": "http",
        "FIRM_OFFER_ORDER_URL": orders.url,
        "FIRM_OFFER_ORDER_SECRET": ORDER_SECRET,
    }
    fleet = Fleet(tmp_path, {**os.environ, **settings}, await api_key(url, "quote", "admin"))
    try:
        await fleet.start()
        yield fleet
    finally:
        await fleet.stop()


async def _kill_each(fleet: Fleet, lives: Lives) -> list[int]:
    """SIGKILL to one process after the other, each started again; how many lives had ended at each kill."""
    moments = []

    async def changed() -> None:
        at = lives.changes + BETWEEN
        await eventually(lambda: lives.changes >= at, "changes go on", seconds=LONGEST)

    for victim in fleet.processes:
        await changed()
        moments.append(len(lives.ended))
        victim.kill()
        await changed()
        victim.start()
    return moments


async def _changes(fleet: Fleet, quote: str) -> list[str]:
    events = (await fleet.read(f"/quotes/{quote}/events"))["data"]
    return [event["type"] for event in events if event["type"] not in BESIDE]


async def _all_sent(fleet: Fleet, client: Client, quote: str, events: int) -> list[dict[str, Any]]:
    """The quote's mails, when all are out and there are so many events besides those of deliveries."""
    run = run_of(await fleet.read(f"/quotes/{quote}"))
    async with asyncio.timeout(LONGEST):
        while True:
            messages: list[dict[str, Any]] = (await fleet.read(f"/quotes/{quote}/messages"))["data"]
            there = len(await _changes(fleet, quote))
            if messages and there >= events and all(each["status"] == "sent" for each in messages):
                return messages
            await report_dead(client, run, living=[worker.pid for worker in fleet.workers])
            await asyncio.sleep(0.2)


async def _each_was_told(fleet: Fleet, client: Client, hook: dict[str, Any]) -> None:
    """Of the webhook: nothing waits for it."""
    async with asyncio.timeout(LONGEST):
        while (await fleet.read(f"/webhooks/{hook['id']}/deliveries?status=pending"))["data"]:
            await report_dead(client, f"webhook-{hook['id']}", living=[each.pid for each in fleet.workers])
            await asyncio.sleep(0.2)


def _ids_by_quote(receiver: Receiver, secret: str) -> dict[str, set[str]]:
    """Of which quote what was posted, under which ids; all of it signed, and the same each time under one id."""
    bodies: dict[str, bytes] = {}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for got in receiver.received:
        id_ = got.headers["webhook-id"]
        told = Webhook(secret).verify(got.body, got.headers)["data"]
        assert bodies.setdefault(id_, got.body) == got.body
        assert got.headers.get("idempotency-key", id_) == id_
        found[told["quote"]["id"]].add(id_)
    return found


async def test_eight_processes_of_which_each_is_killed_lose_and_double_nothing(
    fleet: Fleet, temporal: Temporal, mail_server: MailServer, orders: Receiver, hook: Receiver
) -> None:
    """Every acknowledged change is there exactly once, whichever process took, decided or repeated it, and no
    mail has two Message-IDs, no acceptance two ids of a webhook, no order two keys. Something is sent twice at most where
    its worker was killed between sending and noting.
    """
    asked = {"url": hook.url, "types": ["quote.accepted"]}
    endpoint = (await fleet.ask("POST", "/webhooks", asked, "many-webhook")).json()
    lives = Lives(fleet)
    killing = asyncio.create_task(_kill_each(fleet, lives))
    await asyncio.gather(*(lives.go_on(killing) for _ in range(AT_ONCE)))
    moments = await killing
    assert len(lives.ended) >= LIVES
    assert max(moments) < len(lives.ended), "the last kill came when all was over"

    client = await Client.connect(temporal.address)
    outbox: Counter[str] = Counter()
    for quote, status in lives.ended.items():
        assert (await fleet.read(f"/quotes/{quote}"))["status"] == status
        after = ["quote.order_handed_over"] if status == "accepted" else []
        changes = ["quote.created", "quote.sent", f"quote.{status}", *after]
        messages = await _all_sent(fleet, client, quote, len(changes))
        assert await _changes(fleet, quote) == changes
        events = [event["type"] for event in (await fleet.read(f"/quotes/{quote}/events"))["data"]]
        assert events.count("quote.document_made") == (2 if status == "accepted" else 1)
        kinds = Counter((message["kind"], message["recipient"]) for message in messages)
        assert set(kinds.values()) == {1}
        assert {kind for kind, _ in kinds} == {"sent", status}
        outbox.update(message["message_id"] for message in messages)
    assert set(outbox.values()) == {1}

    caught = Counter(mail["message_id"] for mail in await mail_server.messages())
    arrived = {message_id: caught[message_id] for message_id in outbox}
    assert min(arrived.values()) == 1
    assert sum(arrived.values()) - len(arrived) <= 4 * WORKERS

    accepted = {quote for quote, status in lives.ended.items() if status == "accepted"}
    await _each_was_told(fleet, client, endpoint)
    for receiver, secret, at_once in ((hook, endpoint["secret"], 10), (orders, ORDER_SECRET, 20)):
        ids = _ids_by_quote(receiver, secret)
        assert set(ids) == accepted
        assert {len(each) for each in ids.values()} == {1}
        assert len(receiver.received) - len(ids) <= at_once * WORKERS
