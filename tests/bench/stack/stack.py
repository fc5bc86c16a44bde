"""A whole product on free ports in a folder of its own, with the bare processes beside it."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from temporalio.client import Client

from adapters.db.migrate import upgrade
from cli.local.datadir import DataDir
from cli.local.errors import StackError
from cli.local.free_ports import free_ports
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.processes.process import ChildProcess, stop_all
from cli.local.processes.until import http_ok, together, until
from cli.local.stack import PROJECT, Product
from cli.local.temporal.server import PORTS, Temporal
from tests.bench.bare.life import QUEUE, connected
from tests.bench.bare.lives import polled
from tests.bench.stack.caller import Caller
from tests.bench.stack.others import ENDPOINT, Others, others
from tests.bench.stack.shop import Shop, prepared

TASK_QUEUE = "bench-quotes"
_ATTEMPTS = 3
"""Another program may take a port between its choice and its use: then once more, with others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What measurements work with. `pids` are the processes whose time is told."""

    shop: Shop
    bare_api: Caller
    temporal: Temporal
    client: Client
    database_url: str
    smtp_url: str
    postgres_log: Path
    pids: Mapping[str, int]
    others: Others


@asynccontextmanager
async def bench(beside: Collection[str] = ()) -> AsyncIterator[Bench]:
    """Servers with empty databases, and those other systems beside them; nothing is left of them afterwards."""
    with TemporaryDirectory(prefix="firm-offer-bench-") as folder, DataDir(Path(folder)) as data:
        async with others(beside) as systems:
            stack, bench = await _started(data, systems)
            try:
                yield bench
            finally:
                await stack.stop()


async def _started(data: DataDir, systems: Others) -> tuple["_Stack", Bench]:
    attempts = 0
    while True:
        attempts += 1
        stack = _Stack(data, systems)
        try:
            return stack, await stack.start()
        except BaseException as failure:
            await stack.stop()
            if attempts == _ATTEMPTS or not isinstance(failure, StackError):
                raise


class _Stack:
    def __init__(self, data: DataDir, systems: Others) -> None:
        self._data = data
        self._others = systems
        path = data.path
        # Drawn together: a port of one is not drawn for another before it is bound.
        postgres, smtp, inbox, self._api_port, self._bare_port, *temporal = free_ports(5 + PORTS)
        self._postgres_log = data.log("postgres")
        self._postgres = Postgres(path / "postgres", port=postgres, log=self._postgres_log)
        self._temporal = Temporal(path / "temporal", ports=temporal)
        self._mail = MailServer(path / "mail", smtp_port=smtp, http_port=inbox, log=data.log("mail"))
        self._processes: dict[str, ChildProcess] = {}
        self._callers: list[Caller] = []

    async def start(self) -> Bench:
        await together(self._postgres.start(), self._temporal.start(), self._mail.start())
        url = self._postgres.url()
        await asyncio.to_thread(upgrade, url)
        env = self._environment(url)
        key = await prepared(url, env["FIRM_OFFER_SECRET"])
        product = Product(self._data, port=self._api_port, env=env)
        bare = self._bare(env)
        self._processes = {
            "api": product.api,
            "worker": product.worker,
            "deliveries": product.deliveries,
            **bare,
        }
        for process in bare.values():
            process.start()
        await product.start()
        await until(lambda: http_ok(self._bare_port, "/docs"), bare["bare API"])
        client = await connected(self._temporal.address)
        await until(lambda: polled(client, TASK_QUEUE), product.worker)
        await until(lambda: polled(client, QUEUE), bare["bare worker"])
        self._callers = [Caller(self._api_port, key), Caller(self._bare_port, key)]
        shop = Shop(self._callers[0])
        await shop.open()
        if ENDPOINT in self._others.kinds:
            await shop.tell(self._others.url)
        return Bench(
            shop=shop,
            bare_api=self._callers[1],
            temporal=self._temporal,
            client=client,
            database_url=url,
            smtp_url=self._mail.smtp_url,
            postgres_log=self._postgres_log,
            pids={name: process.pid for name, process in self._all().items()},
            others=self._others,
        )

    async def stop(self) -> None:
        for caller in self._callers:
            caller.close()
        await stop_all(*self._all().values())

    def _all(self) -> dict[str, ChildProcess]:
        servers = {
            "temporal": self._temporal.process,
            "mail": self._mail.process,
            "postgres": self._postgres.process,
        }
        return self._processes | {name: process for name, process in servers.items() if process is not None}

    def _bare(self, env: Mapping[str, str]) -> dict[str, ChildProcess]:
        python = sys.executable
        api = [
            python,
            "-m",
            "uvicorn",
            "tests.bench.bare.api:create",
            "--factory",
            "--port",
            str(self._bare_port),
        ]
        worker = [python, "-m", "tests.bench.bare.life", self._temporal.address]
        return {
            "bare API": ChildProcess(
                "Bare API", [*api, "--no-access-log"], self._data.log("bare-api"), env, PROJECT
            ),
            "bare worker": ChildProcess("Bare worker", worker, self._data.log("bare-worker"), env, PROJECT),
        }

    def _environment(self, database_url: str) -> dict[str, str]:
        foreign = ("TEMPORAL_", "FIRM_OFFER_", "PYTHONDONTWRITEBYTECODE")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return inherited | {
            "FIRM_OFFER_URL": f"http://127.0.0.1:{self._api_port}",
            "FIRM_OFFER_SECRET": secrets.token_hex(32),
            "DATABASE_URL": database_url,
            "FIRM_OFFER_TASK_QUEUE": TASK_QUEUE,
            "TEMPORAL_ADDRESS": self._temporal.address,
            "SMTP_URL": self._mail.smtp_url,
            **self._others.settings,
        }
