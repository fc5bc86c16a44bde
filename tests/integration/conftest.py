"""A migrated database per test, copied from a template that is migrated once; folders may widen its scope."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
import pytest_asyncio

from adapters.db import migrate
from adapters.db.database import Database
from adapters.tokens import LinkTokens
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from tests.api.conftest import SECRET, api_key, prepared_database, served, settings_for, worker_client
from tests.integration.db.desk import Desk
from worker import running_worker


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


@asynccontextmanager
async def served_product(
    postgres: Postgres, temporal: Temporal, mail_server: MailServer, name: str
) -> AsyncIterator[tuple[str, str]]:
    """The whole product on a database of this name: where it is served, and a key of it."""
    database_url = await prepared_database(postgres, name)
    settings = settings_for(database_url, temporal.address, mail_server.smtp_url, queue=name)
    database = Database.connect(settings.database_url.get_secret_value())
    with socket.create_server(("127.0.0.1", 0)) as port:
        address = f"http://127.0.0.1:{port.getsockname()[1]}"
        async with served(settings, port), running_worker(await worker_client(settings), settings, database):
            yield address, await api_key(database_url, "quote")
    await database.close()
