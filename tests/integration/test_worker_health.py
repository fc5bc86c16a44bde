"""A worker says whether Temporal hears it: of itself, not of others, and as long as that is so."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from adapters import worker_health
from adapters.db.database import Database
from adapters.temporal.client import connect
from adapters.temporal.polling import last_polls, not_taken, tasks_of
from adapters.worker_health import complaint
from cli.local.free_ports import free_ports
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from tests.api.conftest import prepared_database, settings_for
from worker import reporting_health, running_worker
from workflows.contract import WorkKind

MANY = 8


async def becomes(holds: Callable[[str | None], bool], file: Path) -> None:
    """Wait until the complaint is as wanted."""
    async with asyncio.timeout(60):
        while not holds(complaint(file, now=time.time())):  # noqa: ASYNC110 - another task writes it
            await asyncio.sleep(0.05)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Written ten times a second."""
    monkeypatch.setattr(worker_health, "SECONDS", 0.1)
    return tmp_path / "health"


async def test_a_worker_says_how_it_is(
    postgres: Postgres, temporal: Temporal, mail_server: MailServer, file: Path
) -> None:
    """Well once Temporal hears it, not while Temporal hangs, well again after, and silent when it has ended."""
    url = await prepared_database(postgres, "worker_health")
    made = settings_for(url, temporal.address, mail_server.smtp_url, queue=f"health-{uuid4().hex}")
    settings = made.model_copy(update={"worker_health_file": file})
    client = await connect(settings, lazy=False)
    async with reporting_health(client, settings):
        await becomes(
            lambda found: (
                "for workflow and activity and delivery and webhook workflow and webhook tasks" in str(found)
            ),
            file,
        )
    database = Database.connect(settings.database_url.get_secret_value())
    async with running_worker(client, settings, database), reporting_health(client, settings):
        await becomes(lambda found: found is None, file)
        temporal.freeze()
        try:
            await becomes(lambda found: "is not responding" in str(found), file)
        finally:
            temporal.thaw()
        await becomes(lambda found: found is None, file)
    assert "not written" in str(complaint(file, now=time.time()))
    await database.close()


async def test_a_worker_that_delivers_alone_is_not_missed_elsewhere(
    postgres: Postgres, temporal: Temporal, mail_server: MailServer, file: Path
) -> None:
    """Well by what its own work consists of; whoever expects decisions of it is told that it makes none."""
    url = await prepared_database(postgres, "delivers_alone")
    made = settings_for(url, temporal.address, mail_server.smtp_url, queue=f"apart-{uuid4().hex}")
    settings = made.model_copy(update={"worker_health_file": file})
    client = await connect(settings, lazy=False)
    database = Database.connect(settings.database_url.get_secret_value())
    async with running_worker(client, settings, database, [WorkKind.DELIVERIES]):
        async with reporting_health(client, settings, [WorkKind.DELIVERIES]):
            await becomes(lambda found: found is None, file)
        async with reporting_health(client, settings):
            await becomes(lambda found: "for workflow and activity tasks" in str(found), file)
    await database.close()


@activity.defn
async def nothing() -> None:
    """Nobody asks for it."""


async def test_every_one_of_many_workers_is_seen(temporal: Temporal) -> None:
    """Also one that asks at a single partition of the queue, where not all are asked of; and nobody but them."""
    queue = f"many-{uuid4().hex}"
    names = [f"worker-{number}" for number in range(MANY)]
    (_, tasks) = tasks_of(queue, [WorkKind.DECISIONS])
    async with AsyncExitStack() as workers:
        for name in names:
            client = await Client.connect(temporal.address, identity=name)
            worker = Worker(
                client, task_queue=queue, activities=[nothing], max_concurrent_activity_task_polls=1
            )
            await workers.enter_async_context(worker)
        async with asyncio.timeout(30):
            while len(await last_polls(client, tasks)) < MANY:  # noqa: ASYNC110 - the server learns of them
                await asyncio.sleep(0.05)
        assert sorted(await last_polls(client, tasks)) == names
        for name in names:
            assert await not_taken(client, [tasks], identity=name) == []
        assert await not_taken(client, [tasks], identity="somebody else") == ["activity"]


async def test_a_worker_answers_at_its_address(
    postgres: Postgres, temporal: Temporal, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How it is, and what it counts; nothing once it has ended."""
    monkeypatch.setattr(worker_health, "SECONDS", 0.1)
    url = await prepared_database(postgres, "worker_address")
    made = settings_for(url, temporal.address, mail_server.smtp_url, queue=f"address-{uuid4().hex}")
    [port] = free_ports(1)
    settings = made.model_copy(update={"worker_address": f"127.0.0.1:{port}"})
    client = await connect(settings, lazy=False)
    database = Database.connect(settings.database_url.get_secret_value())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as http:
        async with reporting_health(client, settings):
            async with asyncio.timeout(60):
                while "polling" not in (unwell := await http.get("/readyz")).text:
                    assert unwell.status_code == httpx.codes.SERVICE_UNAVAILABLE
            assert (await http.get("/livez")).json() == {"status": "alive"}
        with pytest.raises(httpx.ConnectError):
            await http.get("/livez")
        async with running_worker(client, settings, database), reporting_health(client, settings):
            async with asyncio.timeout(60):
                while (await http.get("/readyz")).status_code != httpx.codes.OK:
                    pass
            assert "firm_offer_email_attempts_total" in (await http.get("/metrics")).text
            assert (await http.get("/elsewhere")).status_code == httpx.codes.NOT_FOUND
    await database.close()
