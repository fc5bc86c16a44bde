"""Real servers for whoever asks: each is started at its first use and stopped at the end of the session.

Their data is thrown away with pytest's temporary folders, so PostgreSQL does not wait for the disk.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import settings

from cli.stack.mail import Mail
from cli.stack.postgres import Postgres
from cli.stack.temporal import Temporal

ROOT = Path(__file__).parent

# A busy machine is no defect of the code: an example may take its time.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


LONGEST_FIRST = ("faults", "browser", "integration", "workflow", "api", "unit")
"""Files are handed to parallel runs in this order, so that none begins with minutes of waiting when the others end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorts by room; within a room everything stays in its order."""
    items.sort(key=lambda item: LONGEST_FIRST.index(item.path.relative_to(ROOT).parts[0]))


@pytest_asyncio.fixture(scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    """A running PostgreSQL; `await postgres.create_database(name, template=...)` makes one for a test."""
    async with Postgres(tmp_path_factory.mktemp("postgres"), durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: Postgres) -> str:
    """Of an empty database."""
    return postgres.url()


@pytest_asyncio.fixture(scope="session")
async def temporal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Temporal]:
    """A running Temporal server that can skip time. Who kills or freezes it has it running at the end."""
    async with Temporal(tmp_path_factory.mktemp("temporal")) as server:
        yield server


@pytest.fixture(scope="session")
def temporal_address(temporal: Temporal) -> str:
    return temporal.address


@pytest_asyncio.fixture(scope="session")
async def mail_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mail]:
    """A running mail server: `smtp_url`, `url`, and `await messages()` for what it has caught."""
    async with Mail(tmp_path_factory.mktemp("mail")) as server:
        yield server
