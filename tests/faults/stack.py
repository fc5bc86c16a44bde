"""The whole product as processes that can be killed: PostgreSQL, Temporal, mail, API and workers. The last cost
seconds of processor time, so API and workers are started for whoever first wants the product `whole`.
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import httpx
from temporalio.client import Client

from adapters.db.database import Database
from adapters.settings import Settings
from adapters.temporal.client import connect
from cli.local.datadir import DataDir
from cli.local.free_ports import free_ports
from cli.local.mail import MailServer
from cli.local.mail.store import MailStore
from cli.local.postgres.server import Postgres
from cli.local.processes.process import ChildProcess
from cli.local.processes.until import http_ok, together, until
from cli.local.stack import Product
from cli.local.temporal.server import Temporal
from tests.api.caller import Caller
from tests.api.conftest import SECRET, api_key, prepared
from tests.roles import as_product

QUEUE = "faults"
PARTS = ("postgres", "temporal", "api", "worker", "deliveries")
CONNECTIONS = httpx.Limits(max_connections=200, max_keepalive_connections=200)


class FaultStack:
    """`kill` and `restart` take a part by its name, one of PARTS; `whole` starts whatever is not running. `more` are settings
    of API and workers.
    """

    def __init__(self, folder: Path, more: Mapping[str, str] | None = None) -> None:
        self._more = dict(more or {})
        self._data = DataDir(folder)
        self._port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self._port}"
        self.postgres = Postgres(folder / "postgres", durable=False)
        self.temporal = Temporal(folder / "temporal")
        self.mail = MailServer(folder / "mail")
        self.caught = MailStore(folder / "mail")
        self._product: Product | None = None
        self.key = ""

    async def start(self) -> None:
        """The servers, from nothing."""
        await together(self._database(), self.temporal.start(), self.mail.start())
        self._product = Product(self._data, port=self._port, env=os.environ | self.environment())

    async def stop(self) -> None:
        """None of it is left."""
        if self._product is not None:
            for process in self._product.processes:
                process.kill()
        self.temporal.kill()
        self.postgres.kill()
        self.mail.kill()
        self._data.close()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def environment(self) -> dict[str, str]:
        """The settings of API and worker."""
        return {
            "DATABASE_URL": as_product(self.postgres.url()),
            "TEMPORAL_ADDRESS": self.temporal.address,
            "TEMPORAL_NAMESPACE": "default",
            "SMTP_URL": self.mail.smtp_url,
            "FIRM_OFFER_SECRET": SECRET,
            "FIRM_OFFER_ENV": "test",
            "FIRM_OFFER_URL": self.url,
            "FIRM_OFFER_TASK_QUEUE": QUEUE,
            "PYTHONUNBUFFERED": "1",
            **self._more,
        }

    @property
    def settings(self) -> Settings:
        """As API and worker read them."""
        return Settings.model_validate(self.environment())

    def process(self, part: str) -> ChildProcess:
        """The process of a part."""
        assert self._product is not None
        held = {
            "postgres": self.postgres.process,
            "temporal": self.temporal.process,
            "api": self._product.api,
            "worker": self._product.worker,
            "deliveries": self._product.deliveries,
        }[part]
        assert held is not None
        return held

    def kill(self, part: str) -> None:
        """SIGKILL, also of its children."""
        self.process(part).kill()

    async def restart(self, part: str) -> None:
        """Bring a part back and wait until it answers; the worker finds its work by itself."""
        if self.process(part).running:
            return
        if part == "postgres":
            await self.postgres.start()
        elif part == "temporal":
            await self.temporal.start()
        else:
            self.process(part).start()
        if part == "api":
            await until(lambda: http_ok(self._port, "/livez"), self.process(part))

    async def whole(self) -> None:
        """Everything runs, whatever was done to it before."""
        assert self._product is not None
        for part in PARTS:
            if part == "api" and not any(process.running for process in self._product.processes):
                await self._product.start()
            elif self.process(part).running:
                self.process(part).thaw()
            else:
                await self.restart(part)

    @asynccontextmanager
    async def caller(self, *, patience: float = 15) -> AsyncIterator[Caller]:
        """A caller with many connections of its own."""
        headers = {"Authorization": f"Bearer {self.key}"}
        async with httpx.AsyncClient(
            base_url=self.url, headers=headers, timeout=patience, limits=CONNECTIONS
        ) as http:
            yield Caller(http)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """A look at the record, past the API."""
        database = Database.connect(self.postgres.url(), pool_size=4)
        try:
            yield database
        finally:
            await database.close()

    async def client(self) -> Client:
        """A client of the Temporal server."""
        return await connect(self.settings, lazy=False)

    async def _database(self) -> None:
        await self.postgres.start()
        await prepared(self.postgres.url())
        self.key = await api_key(self.postgres.url(), "quote", "admin")
