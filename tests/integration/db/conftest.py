"""A migrated database per module, copied from a template that is migrated once."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.db import migrate
from adapters.db.database import Database
from adapters.tokens import LinkTokens
from cli.local.postgres.server import Postgres
from tests.integration.db.desk import Desk

SECRET = "a test's secret of at least 32 characters"


@pytest_asyncio.fixture(scope="session")
async def template(postgres: Postgres) -> str:
    """The name of a migrated database to which nobody is connected."""
    url = await postgres.create_database("template_record")
    await asyncio.to_thread(migrate.upgrade, url)
    return "template_record"


@pytest_asyncio.fixture(scope="module")
async def database_url(postgres: Postgres, template: str, request: pytest.FixtureRequest) -> str:
    """A migrated database for this module alone."""
    return await postgres.create_database(request.module.__name__.rpartition(".")[2], template=template)


@pytest_asyncio.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database.connect(database_url)
    yield database
    await database.close()


@pytest.fixture(scope="module")
def tokens() -> LinkTokens:
    return LinkTokens(SECRET)


@pytest.fixture(scope="module")
def desk(database: Database, tokens: LinkTokens) -> Desk:
    """Drives quotes' lives as the API and the workflow do."""
    return Desk(database, tokens)
