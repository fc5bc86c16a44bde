"""Everything that the chapters work with, on a stack of the story's own: free ports, a folder that goes away with it."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from temporalio.client import Client

from adapters.db.database import Database
from adapters.db.record.clocks import now_for
from adapters.settings import Settings
from adapters.temporal.client import connect
from api.desk.time_machine.journey import Stop, TimeMachine
from cli.local.datadir import DataDir
from cli.local.demo.customer import CaughtMail, Customer
from cli.local.demo.telling import Teller, check
from cli.local.mail import MailServer
from cli.local.processes.process import stop_all
from cli.local.seed.demo_data import CUSTOMERS, DemoQuote
from cli.local.seed.seed import Shop
from cli.local.stack import LocalStack, Product


class DemoStack(LocalStack):
    """Uses no server that the environment names: the story leaves nothing behind."""

    def __init__(self, data: DataDir, quotes: Sequence[DemoQuote] = ()) -> None:
        super().__init__(data, port=0, say=_silent)
        self.quotes = quotes
        self._servers.database_url = ""
        self._servers.temporal_address = self._servers.temporal_ui_url = ""

    @property
    def product(self) -> Product:
        """API and worker, once all is started."""
        if self._product is None:
            raise RuntimeError("the stack is not started")
        return self._product

    @property
    def mail(self) -> MailServer:
        """The inbox."""
        return self._servers.mail

    @property
    def temporal_ui_url(self) -> str:
        """The Temporal Web UI."""
        return self._servers.temporal_ui_url

    async def stop(self) -> None:
        """Leaves no process."""
        await stop_all(*self._processes())


@asynccontextmanager
async def demo_stack(quotes: Sequence[DemoQuote] = ()) -> AsyncIterator[DemoStack]:
    """A running one, which begins with these quotes. Whatever ends the block, processes and data are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="firm-offer-demo-"))
    try:
        with DataDir(folder) as data:
            stack = DemoStack(data, quotes)
            try:
                await stack.start()
                yield stack
            finally:
                await stack.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _silent(_text: str) -> None:
    """The story tells itself."""


QuoteJson = dict[str, Any]
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The shop's program, the customers' browser, the inbox, and the time machine."""

    stack: DemoStack
    teller: Teller
    mails: CaughtMail
    shop: Shop
    browser: httpx.AsyncClient
    database: Database
    client: Client
    settings: Settings

    async def customer_id(self, name: str) -> str:
        """A customer of the demo data; it is there already."""
        return await self.shop.customer(name, CUSTOMERS[name])

    def buyer(self, name: str, person: str) -> Customer:
        """Somebody at that customer."""
        return Customer(self.browser, name=person, email=CUSTOMERS[name]["email"])

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The API, which must do what it is asked."""
        return await self.shop.call(method, path, body, str(uuid4()))

    async def quote(self, quote: QuoteJson) -> QuoteJson:
        """As it is recorded now."""
        return await self.call("GET", f"/quotes/{quote['id']}")

    async def now(self, quote: QuoteJson) -> datetime:
        """The quote's own time."""
        async with self.database.read() as r:
            return await now_for(r, quote["id"])

    async def tell(self, quote: QuoteJson, text: str) -> None:
        """A line of the story, at the quote's present time."""
        self.teller.at(await self.now(quote), text)

    async def wait_until(self, quote: QuoteJson, instant: datetime) -> list[Stop]:
        """Let the quote's time pass; what fell due on the way."""
        machine = await TimeMachine.of(quote["id"], self.database, self.client, self.settings.task_queue)
        stops: list[Stop] = []
        by = instant - await self.now(quote)
        check(by > timedelta(0), "time that passes")
        await machine.forward(by, stops.append)
        return stops


@asynccontextmanager
async def staged(stack: DemoStack, teller: Teller) -> AsyncIterator[Stage]:
    """A stage on a running stack."""
    settings = Settings.model_validate(stack.settings())
    database = Database.connect(settings.database_url.get_secret_value(), pool_size=2)
    headers = {"Authorization": f"Bearer {stack.api_key}"}
    direct: dict[str, Any] = {"timeout": _PATIENCE, "trust_env": False}  # no proxy stands before loopback
    async with (
        httpx.AsyncClient(base_url=f"{stack.url}/api/v1", headers=headers, **direct) as http,
        httpx.AsyncClient(base_url=stack.url, follow_redirects=True, **direct) as browser,
    ):
        try:
            yield Stage(
                stack=stack,
                teller=teller,
                mails=CaughtMail(stack.mail, teller),
                shop=Shop(http),
                browser=browser,
                database=database,
                client=await connect(settings),
                settings=settings,
            )
        finally:
            await database.close()
