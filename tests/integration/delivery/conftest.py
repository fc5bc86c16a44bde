"""A shop whose messages wait, and a mail server that may be spoilt."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from adapters.db import migrate
from adapters.db.database import Database
from cli.local.postgres.server import Postgres
from tests.api.customer.shop import Shop
from tests.unit.mail.smtp_server import Mailroom, mailroom


@pytest_asyncio.fixture(scope="module")
async def database(postgres: Postgres) -> AsyncIterator[Database]:
    """A migrated database of this module's own."""
    url = await postgres.create_database("delivery")
    await asyncio.to_thread(migrate.upgrade, url)
    opened = Database.connect(url)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def shop(database: Database) -> Shop:
    """A shop with a buyer."""
    opened = Shop(database)
    await opened.open()
    return opened


@pytest_asyncio.fixture
async def room() -> AsyncIterator[Mailroom]:
    """The mail server."""
    async with mailroom() as opened:
        yield opened
