"""A migrated database per test, copied from a template that is migrated once; folders may widen its scope."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from adapters.db import migrate
from adapters.db.database import Database
from adapters.tokens import LinkTokens
from cli.local.postgres.server import Postgres
from tests.api.conftest import SECRET
from tests.integration.db.desk import Desk


@pytest_asyncio.fixture(scope="session")
async def template(postgres: Postgres) -> str:
    """The name of a migrated database to which nobody is connected."""
    url = await postgres.create_database("template_record")
    await asyncio.to_thread(migrate.upgrade, url)
    return "template_record"


@pytest_asyncio.fixture
async def database(postgres: Postgres, template: str) -> AsyncIterator[Database]:
    """One of a test's own."""
    database = Database.connect(await postgres.create_database(f"own_{uuid4().hex}", template=template))
    yield database
    await database.close()


@pytest.fixture
def desk(database: Database) -> Desk:
    """Drives quotes' lives as the API and the workflow do; no workflow knows of them."""
    return Desk(database, LinkTokens(SECRET))
