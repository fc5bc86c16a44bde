"""A migrated database per module: what these tests write disturbs none of them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.db.database import Database
from adapters.tokens import LinkTokens
from cli.local.postgres.server import Postgres
from tests.api.conftest import SECRET
from tests.integration.db.desk import Desk


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
