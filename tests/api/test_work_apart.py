"""Decisions and deliveries by workers of their own: what the one does not get done holds up nothing of the other."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr

from adapters.db.database import Database
from adapters.settings import Settings
from api.app import create_app
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from tests.api.caller import SIGNER, Caller
from tests.api.conftest import api_key, calling, prepared_database, running, settings_for, worker_client
from tests.api.test_front import badges
from tests.waiting import eventually
from worker import running_worker
from workflows.contract import WorkKind

FEW, MANY = 4, 55
"""Quotes at once, and in all: more deliveries than one process has slots for."""


@pytest_asyncio.fixture(scope="module")
async def apart(postgres: Postgres, temporal: Temporal, mail_server: MailServer) -> Settings:
    """With a database and queues of this file's own."""
    url = await prepared_database(postgres, "work_apart")
    return settings_for(url, temporal.address, mail_server.smtp_url, queue="work-apart")


@pytest_asyncio.fixture(scope="module")
async def apart_app(apart: Settings) -> AsyncIterator[FastAPI]:
    async with running(create_app(settings=apart)) as app:
        yield app


@pytest_asyncio.fixture
async def shop(apart: Settings, apart_app: FastAPI, postgres: Postgres) -> AsyncIterator[Caller]:
    async with calling(apart_app, await api_key(postgres.url("work_apart"), "quote")) as caller:
        yield caller


@asynccontextmanager
async def working(settings: Settings, work: WorkKind) -> AsyncIterator[None]:
    """A process that does this alone."""
    database = Database.connect(settings.database_url.get_secret_value())
    async with running_worker(await worker_client(settings), settings, database, [work]):
        yield
    await database.close()


NOT_OUT = {"pending", "sending"}


async def mails(shop: Caller, quote: dict[str, str]) -> list[str]:
    """The statuses of a quote's mails."""
    told = (await shop.get(f"/quotes/{quote['id']}/messages")).json()
    return [message["status"] for message in told["data"]]


async def test_each_does_its_own_and_nothing_else(shop: Caller, apart: Settings) -> None:
    """Decided without anybody who delivers; delivered without anybody who decides."""
    async with working(apart, WorkKind.DECISIONS):
        quote = await shop.sent()
        assert await mails(shop, quote) == ["pending"]
    async with working(apart, WorkKind.DELIVERIES):

        async def out() -> bool:
            return await mails(shop, quote) == ["sent"]

        await eventually(out, "the offer is sent")
        accepted = await shop.post(f"/quotes/{quote['id']}/accept", SIGNER)
        assert accepted.status_code == 202
        assert (await shop.get(f"/quotes/{quote['id']}")).json()["status"] == "sent"
    async with working(apart, WorkKind.DECISIONS):
        assert (await shop.decided(accepted))["status"] == "applied"


async def test_mails_that_hang_hold_up_no_decision(shop: Caller, apart: Settings) -> None:
    """A mail server that takes connections and says nothing: more deliveries wait for it than there are slots, and a
    quote is decided from draft to acceptance.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=2 * MANY) as silent:
        smtp_url = SecretStr(f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        hanging = apart.model_copy(update={"smtp_url": smtp_url})
        await decided_beside_them(shop, hanging)


async def decided_beside_them(shop: Caller, hanging: Settings) -> None:
    async with working(hanging, WorkKind.DECISIONS), working(hanging, WorkKind.DELIVERIES):
        customer, turns = (await shop.customer())["id"], asyncio.Semaphore(FEW)

        async def one() -> dict[str, Any]:
            async with turns:
                return await shop.sent(customer_id=customer)

        sent = await asyncio.gather(*(one() for _ in range(MANY)))

        assert {state for quote in sent for state in await mails(shop, quote)} <= NOT_OUT
        accepted = await shop.done(sent[0], "accept", SIGNER)
        assert accepted["status"] == "accepted"
        assert set(await mails(shop, accepted)) <= NOT_OUT


@pytest.mark.parametrize("work", WorkKind)
async def test_the_product_s_page_tells_which_of_them_is_there(
    temporal: Temporal, apart: Settings, work: WorkKind
) -> None:
    """Each under its name, as Temporal has seen them."""
    settings = apart.model_copy(update={"task_queue": f"only-{work}"})
    async with running(create_app(settings=settings)) as app, calling(app, "none") as browser:

        async def found() -> dict[str, str]:
            told = badges((await browser.http.get("/")).text)
            return {name: told[name] for name in ("Worker", "Deliveries")}

        assert await found() == {"Worker": "down", "Deliveries": "down"}
        names = {WorkKind.DECISIONS: "Worker", WorkKind.DELIVERIES: "Deliveries"}
        wanted = {name: "up" if kind is work else "down" for kind, name in names.items()}
        async with working(settings, work):

            async def is_told() -> bool:
                return await found() == wanted

            await eventually(is_told, "the page shows the worker that is there")
