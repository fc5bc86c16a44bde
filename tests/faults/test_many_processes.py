"""Two API processes and two workers share one PostgreSQL and one Temporal, and any of them may die at any
moment: what was acknowledged is on record, once, and each mail goes out under one Message-ID.
"""

import asyncio
import itertools
import os
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
from temporalio.client import Client

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
from tests.waiting import eventually

APIS, WORKERS = 2, 2
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
        """All six, kinds mixed: the order in which they are killed."""
        mixed = itertools.zip_longest(self.workers, self.apis.values())
        return [process for pair in mixed for process in pair if process is not None]

    async def start(self) -> None:
        """Returns when both APIs are ready; the workers find their work by themselves."""
        for process in self.processes:
            process.start()
        for port, process in self.apis.items():
            await until(partial(http_ok, port, "/readyz"), process)

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
async def fleet(
    postgres: Postgres, temporal: Temporal, mail_server: MailServer, tmp_path: Path
) -> AsyncIterator[Fleet]:
    """Four running processes on a database of their own."""
    url = await prepared_database(postgres, "many_processes")
    settings = {
        "DATABASE_URL": as_product(url),
        "TEMPORAL_ADDRESS": temporal.address,
        "TEMPORAL_NAMESPACE": "default",
        "SMTP_URL": mail_server.smtp_url,
        "FIRM_OFFER_SECRET": SECRET,
        "FIRM_OFFER_ENV": "test",
        "FIRM_OFFER_TASK_QUEUE": "many-processes",
    }
    fleet = Fleet(tmp_path, {**os.environ, **settings}, await api_key(url, "quote"))
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


async def _all_sent(fleet: Fleet, client: Client, quote: str) -> list[dict[str, Any]]:
    """The quote's mails, when all are out."""
    run = run_of(await fleet.read(f"/quotes/{quote}"))
    async with asyncio.timeout(LONGEST):
        while True:
            messages: list[dict[str, Any]] = (await fleet.read(f"/quotes/{quote}/messages"))["data"]
            if messages and all(message["status"] == "sent" for message in messages):
                return messages
            await report_dead(client, run, living=[worker.pid for worker in fleet.workers])
            await asyncio.sleep(0.2)


async def test_four_processes_of_which_each_is_killed_lose_and_double_nothing(
    fleet: Fleet, temporal: Temporal, mail_server: MailServer
) -> None:
    """Every acknowledged change is there exactly once, whichever process took, decided or repeated it, and no
    mail has two Message-IDs. A mail comes twice at most where its worker was killed between sending and noting.
    """
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
        messages = await _all_sent(fleet, client, quote)
        events = [event["type"] for event in (await fleet.read(f"/quotes/{quote}/events"))["data"]]
        assert events.count("quote.document_made") == (2 if status == "accepted" else 1)
        changes = [event for event in events if event not in BESIDE]
        assert changes == ["quote.created", "quote.sent", f"quote.{status}"]
        kinds = Counter((message["kind"], message["recipient"]) for message in messages)
        assert set(kinds.values()) == {1}
        assert {kind for kind, _ in kinds} == {"sent", status}
        outbox.update(message["message_id"] for message in messages)
    assert set(outbox.values()) == {1}

    caught = Counter(mail["message_id"] for mail in await mail_server.messages())
    arrived = {message_id: caught[message_id] for message_id in outbox}
    assert min(arrived.values()) == 1
    assert sum(arrived.values()) - len(arrived) <= 4 * WORKERS
