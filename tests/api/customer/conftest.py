"""A shop, and its customer's browser before the whole product."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from adapters.db.database import Database
from adapters.settings import Settings
from adapters.temporal.client import connect
from adapters.tokens import LinkTokens
from api.app import create_app
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from tests.api.conftest import SECRET, prepared_database, running, settings_for
from tests.api.customer.shop import Shop
from worker import running_worker


@pytest_asyncio.fixture(scope="session")
async def page_settings(postgres: Postgres, temporal: Temporal, mail_server: MailServer) -> Settings:
    """Of a database and a task queue of these tests' own."""
    url = await prepared_database(postgres, "customer_page")
    return settings_for(url, temporal.address, mail_server.smtp_url, queue="customer-page")


@pytest_asyncio.fixture(scope="session")
async def database(page_settings: Settings, postgres: Postgres) -> AsyncIterator[Database]:
    """The record, as its owner sees it."""
    opened = Database.connect(postgres.url("customer_page"))
    yield opened
    await opened.close()


@pytest_asyncio.fixture(scope="session")
async def shop(database: Database) -> Shop:
    """The shop with its buyer."""
    opened = Shop(database, LinkTokens(SECRET))
    await opened.open()
    return opened


async def browser(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A browser before the app with these settings."""
    async with running(create_app(settings=settings)) as app:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=("192.0.2.7", 4711))
        headers = {"User-Agent": "Browser of a test"}
        async with httpx.AsyncClient(
            transport=transport, base_url="https://shop.test", headers=headers
        ) as http:
            yield http


@pytest_asyncio.fixture(scope="session")
async def customer(page_settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A customer's browser, with a worker behind the page."""
    database = Database.connect(page_settings.database_url.get_secret_value())
    async with running_worker(await connect(page_settings, lazy=False), page_settings, database):
        async for http in browser(page_settings):
            yield http
    await database.close()


@pytest_asyncio.fixture(scope="session")
async def unanswered(page_settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A customer's browser, where no worker runs."""
    async for http in browser(page_settings.model_copy(update={"task_queue": "nobody-listens"})):
        yield http
