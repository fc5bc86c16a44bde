"""Everything that the chapters work with, put together once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from temporalio.client import Client

from adapters.db.database import Database
from adapters.db.record.clocks import now_for
from adapters.settings import Settings
from adapters.temporal.client import connect
from cli.local.demo.customer import Customer
from cli.local.demo.mails import Mails
from cli.local.demo.stack import DemoStack
from cli.local.demo.telling import Teller, check
from cli.local.seed.demo_data import CUSTOMERS
from cli.local.seed.seed import Shop
from cli.local.time_machine import Stop, TimeMachine

Quote = dict[str, Any]
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The shop's program, the customers' browser, the inbox, and the time machine."""

    stack: DemoStack
    teller: Teller
    mails: Mails
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

    async def quote(self, quote: Quote) -> Quote:
        """As it is recorded now."""
        return await self.call("GET", f"/quotes/{quote['id']}")

    async def now(self, quote: Quote) -> datetime:
        """The quote's own time."""
        async with self.database.read() as r:
            return await now_for(r, quote["id"])

    async def tell(self, quote: Quote, text: str) -> None:
        """A line of the story, at the quote's present time."""
        self.teller.at(await self.now(quote), text)

    async def wait_until(self, quote: Quote, instant: datetime) -> list[Stop]:
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
                mails=Mails(stack.mail, teller),
                shop=Shop(http),
                browser=browser,
                database=database,
                client=await connect(settings),
                settings=settings,
            )
        finally:
            await database.close()
