"""Real servers for whoever asks: each is started at its first use and stopped at the end of the session.

Their data is thrown away with pytest's temporary folders, so PostgreSQL does not wait for the disk.
"""

import gc
import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from adapters.logs import configure_logging
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal

ROOT = Path(__file__).parent

# A busy machine is no defect of the code: an example may take its time.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# Python looks through all objects for rings of them whenever a few hundred came to stay: a tenth of the suite's time.
gc.set_threshold(100_000, 20, 100)


# The same in the Temporal servers that tests start: an eighth of their time, for some memory.
os.environ.setdefault("GOGC", "400")


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: nobody need look through it again."""
    gc.freeze()


def _without_the_products_handlers() -> None:
    root = logging.getLogger()
    root.handlers = [each for each in root.handlers if type(each).__module__ != configure_logging.__module__]
    root.setLevel(logging.WARNING)


@pytest.fixture(autouse=True)
def logs_are_not_handed_on() -> Iterator[None]:
    """Whoever opens the product in the tests' own process sends its logs to standard error, which the next test reads."""
    _without_the_products_handlers()
    yield
    _without_the_products_handlers()


WAITING = ("faults", "browser", "integration", "workflow")
"""Rooms whose tests mostly wait, those with the longest first; the tests of the other rooms mostly compute."""

SHARING = ("faults", "browser")
"""Rooms whose files share what is dear to start: the whole product as processes, a browser. One run has them all."""

APART = ("test_broken_ways.py", "test_hostile_mail.py", "test_many_processes.py")
"""Of these rooms, the files that share nothing, or the servers alone."""


def unit(nodeid: str) -> str:
    """What of the suite stays together when parallel runs divide it: a room, or a file."""
    file = nodeid.partition("::")[0]
    _, room, *_ = file.split("/")
    return room if room in SHARING and not file.endswith(APART) else file


class ByUnit(LoadFileScheduling):  # type: ignore[misc]  # has no types
    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByUnit:
    return ByUnit(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mixes units that wait with units that compute, so that parallel runs do both at any time; the longest waits
    come first, so that none begins when the others end. Within a unit everything stays in its order.
    """
    units: dict[str, list[pytest.Item]] = {}
    for item in items:
        units.setdefault(unit(item.nodeid), []).append(item)
    rooms = {name: tests[0].path.relative_to(ROOT).parts[0] for name, tests in units.items()}
    waiting = [name for name in units if rooms[name] in WAITING]
    waiting.sort(key=lambda name: WAITING.index(rooms[name]))
    computing = [name for name in units if rooms[name] not in WAITING]
    places = [
        ((index + 1) / len(kind), name) for kind in (waiting, computing) for index, name in enumerate(kind)
    ]
    places.sort(key=lambda place: place[0])
    items[:] = [item for _, name in places for item in units[name]]


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
async def mail_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MailServer]:
    """A running mail server: `smtp_url`, `url`, and `await messages()` for what it has caught."""
    async with MailServer(tmp_path_factory.mktemp("mail")) as server:
        yield server
