"""When something is away: what is stored is answered honestly and decided later, and nothing is lost."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from fastapi import FastAPI

from adapters.db.database import Database
from adapters.settings import Settings
from api.app import create_app
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from tests.api.caller import PART, SIGNER, Caller, problem
from tests.api.conftest import api_key, calling, prepared, running, settings_for, worker_client
from worker import running_worker

ALL_WELL = dict.fromkeys(("database", "migrations", "writes", "temporal", "namespace"), "ok")


@pytest_asyncio.fixture(scope="module")
async def own_temporal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Temporal]:
    """A server of this module's own, to be killed and frozen."""
    async with Temporal(tmp_path_factory.mktemp("temporal")) as server:
        yield server


@pytest_asyncio.fixture(scope="module")
async def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    """As above, for the database."""
    async with Postgres(tmp_path_factory.mktemp("postgres"), durable=False) as server:
        yield server


@pytest_asyncio.fixture(scope="module")
async def own_settings(own_postgres: Postgres, own_temporal: Temporal, mail_server: MailServer) -> Settings:
    await prepared(own_postgres.url())
    return settings_for(own_postgres.url(), own_temporal.address, mail_server.smtp_url, queue="outages")


@pytest_asyncio.fixture(scope="module")
async def own_app(own_settings: Settings) -> AsyncIterator[FastAPI]:
    async with running(create_app(settings=own_settings)) as app:
        yield app


@pytest_asyncio.fixture
async def own(own_app: FastAPI, own_postgres: Postgres) -> AsyncIterator[Caller]:
    async with calling(own_app, await api_key(own_postgres.url(), "quote")) as caller:
        yield caller


async def _work(settings: Settings, ready: asyncio.Event) -> None:
    database = Database.connect(settings.database_url.get_secret_value())
    async with running_worker(await worker_client(settings), settings, database):
        ready.set()
        await asyncio.Event().wait()


@pytest_asyncio.fixture
async def own_worker(own_settings: Settings) -> AsyncIterator[None]:
    ready = asyncio.Event()
    task = asyncio.create_task(_work(own_settings, ready))
    await ready.wait()
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_without_a_worker_a_create_is_stored_and_pending(own: Caller, own_settings: Settings) -> None:
    """202 after at most two seconds and a little, with id, number and where to ask; reading says that it is
    pending; a command by that id is stored too; both are decided once a worker runs, in their order.
    """
    customer = await own.customer()
    key = {"Idempotency-Key": "create-without-worker"}
    body = {"customer_id": customer["id"], "specification": PART}
    began = time.monotonic()
    created = await own.post("/quotes", body, headers=key)
    assert time.monotonic() - began < 3
    pending = created.json()
    assert (created.status_code, pending["status"], pending["workflow"]) == (202, "pending", "no_answer")
    assert pending["number"].startswith("Q-20")
    problem(await own.get(f"/quotes/{pending['quote_id']}"), 404, "quote_pending")
    problem(await own.post(f"/quotes/{pending['quote_id']}/send"), 404, "quote_pending")
    repeated = await own.post("/quotes", body, headers=key)
    assert (repeated.status_code, repeated.json()["command_id"]) == (202, pending["command_id"])
    send = await own.post(f"/quotes/{pending['quote_id']}/send", {"recipients": ["a@acme.example.com"]})
    assert send.status_code == 202
    ready = asyncio.Event()
    work = asyncio.create_task(_work(own_settings, ready))
    try:
        assert (await own.decided(created))["status"] == "applied"
        assert (await own.decided(send))["status"] == "applied"
        replayed = await own.post("/quotes", body, headers=key)
        assert (replayed.status_code, replayed.json()["id"]) == (201, pending["quote_id"])
        assert (await own.get(f"/quotes/{pending['quote_id']}")).json()["status"] == "sent"
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def test_when_temporal_is_away_commands_wait_for_the_relay(
    own: Caller, own_worker: None, own_temporal: Temporal
) -> None:
    """202 within the budget, then at once when the breaker is open; all is decided when Temporal is back."""
    quotes = [await own.sent() for _ in range(5)]
    own_temporal.kill()
    try:
        answers, times = [], []
        for quote in quotes:
            began = time.monotonic()
            answers.append(await own.post(f"/quotes/{quote['id']}/accept", SIGNER))
            times.append(time.monotonic() - began)
        assert [answer.status_code for answer in answers] == [202] * 5
        assert {answer.json()["workflow"] for answer in answers} == {"no_answer"}
        assert max(times) < 3
        assert max(times[3:]) < 0.5
        problem(await own.get(f"/quotes/{quotes[0]['id']}/live"), 503, "workflow_unavailable")
        assert (await own.get(f"/quotes/{quotes[0]['id']}")).status_code == 200
        not_ready = problem(await own.http.get("/readyz"), 503, "not_ready")
        assert not_ready["checks"] == ALL_WELL | {"temporal": "failed", "namespace": "unreachable"}
    finally:
        await own_temporal.start()
    assert [(await own.decided(answer))["status"] for answer in answers] == ["applied"] * 5
    for quote in quotes:
        assert (await own.get(f"/quotes/{quote['id']}")).json()["status"] == "accepted"


async def test_a_frozen_temporal_costs_nobody_more_than_the_budget(
    own: Caller, own_worker: None, own_temporal: Temporal
) -> None:
    """The port is open and nobody answers: the worst kind of outage."""
    quote = await own.sent()
    own_temporal.freeze()
    try:
        began = time.monotonic()
        answer = await own.post(f"/quotes/{quote['id']}/accept", SIGNER)
        assert time.monotonic() - began < 3
        began = time.monotonic()
        assert (await own.http.get("/readyz")).status_code == 503
        assert time.monotonic() - began < 2
    finally:
        own_temporal.thaw()
    assert (await own.decided(answer))["status"] == "applied"


async def test_when_the_database_is_away_the_answer_is_503(
    own: Caller, own_worker: None, own_postgres: Postgres
) -> None:
    """With Retry-After, for reading and changing, and it works again by itself."""
    quote = await own.sent()
    own_postgres.kill()
    try:
        for answer in (
            await own.get(f"/quotes/{quote['id']}"),
            await own.post(f"/quotes/{quote['id']}/accept", SIGNER),
            await own.post("/customers", {"name": "A", "email": "a@acme.example.com"}),
        ):
            problem(answer, 503, "database_unavailable")
            assert int(answer.headers["retry-after"]) >= 1
        not_ready = problem(await own.http.get("/readyz"), 503, "not_ready")
        assert not_ready["checks"]["database"] == "unreachable"
        assert (await own.http.get("/livez")).status_code == 200
    finally:
        await own_postgres.start()
    assert (await own.done(quote, "accept", SIGNER))["status"] == "accepted"


async def test_a_database_that_takes_no_changes_is_503_and_not_ready(
    own: Caller, own_worker: None, own_postgres: Postgres
) -> None:
    """Reading goes on, the answer says why nothing is stored, and it works again by itself."""
    quote = await own.sent()
    administrator = await asyncpg.connect(own_postgres.url())

    async def reloaded(change: str, shows: str) -> None:
        await administrator.execute(change)
        await administrator.execute("SELECT pg_reload_conf()")
        async with asyncio.timeout(10):
            while await administrator.fetchval("SHOW default_transaction_read_only") != shows:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    try:
        await reloaded("ALTER SYSTEM SET default_transaction_read_only = on", "on")
        for answer in (
            await own.post(f"/quotes/{quote['id']}/accept", SIGNER),
            await own.post("/customers", {"name": "A", "email": "a@acme.example.com"}),
        ):
            told = problem(answer, 503, "database_unavailable")
            assert "read-only" in told["detail"]
            assert int(answer.headers["retry-after"]) >= 1
        assert (await own.get(f"/quotes/{quote['id']}")).status_code == 200
        not_ready = problem(await own.http.get("/readyz"), 503, "not_ready")
        assert not_ready["checks"] == ALL_WELL | {"writes": "read_only"}
        assert "accepts no changes" in (await own.http.get("/")).text
    finally:
        await administrator.execute("SET default_transaction_read_only = off")
        await administrator.execute("ALTER SYSTEM RESET default_transaction_read_only")
        await administrator.execute("SELECT pg_reload_conf()")
        await administrator.close()
    async with asyncio.timeout(10):
        while (await own.http.get("/readyz")).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert (await own.done(quote, "accept", SIGNER))["status"] == "accepted"


async def test_without_its_namespace_it_is_not_ready(own_settings: Settings) -> None:
    """A Temporal that answers and has no place for quotes runs none."""
    nowhere = own_settings.model_copy(update={"temporal_namespace": "nowhere"})
    async with running(create_app(settings=nowhere)) as app, calling(app, "none") as caller:
        not_ready = problem(await caller.http.get("/readyz"), 503, "not_ready")
        assert not_ready["checks"] == ALL_WELL | {"namespace": "failed"}
        assert "namespace for quotes is missing" in (await caller.http.get("/")).text


async def test_ready_when_all_is_there(own: Caller) -> None:
    """Database, migrations and Temporal."""
    answer = await own.http.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "checks": ALL_WELL})


async def test_a_database_that_is_not_migrated_is_not_ready(
    own_postgres: Postgres, own_temporal: Temporal, mail_server: MailServer, tmp_path: Path
) -> None:
    """A program that is newer than its tables takes no requests."""
    url = await own_postgres.create_database(f"empty_{tmp_path.name[-1]}")
    settings = settings_for(url, own_temporal.address, mail_server.smtp_url, queue="empty")
    async with running(create_app(settings=settings)) as app, calling(app, "none") as caller:
        not_ready = problem(await caller.http.get("/readyz"), 503, "not_ready")
        assert not_ready["checks"]["migrations"] == "failed"
