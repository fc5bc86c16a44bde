"""`firm-offer doctor --repair` after a restore by hand: whatever waits gets a run, not open quotes alone."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest_asyncio

from adapters.db.database import Database
from adapters.settings import Settings
from adapters.temporal.client import connect
from tests.integration.backup.shell import Env, Life, change, told
from tests.shell import firm_offer
from worker import running_worker

OPEN = "3 open quotes without a run, so that no reminder is sent and the offer does not expire"
CLOSED = "2 quotes without a run, although emails or commands are waiting"
DEAF = "1 quote with emails that its run does not know of"


@pytest_asyncio.fixture
async def database(env: Env, dump: Path) -> AsyncIterator[Database]:
    """Restored, and nothing else was done but to prepare Temporal. What waits has just begun to."""
    assert (await firm_offer("restore", dump, "--record-only", env=env)).exit_code == 0
    assert (await firm_offer("temporal-setup", env=env)).exit_code == 0
    database = Database.connect(env["DATABASE_URL"], pool_size=5)
    await change(database, "UPDATE messages SET created_at = clock_timestamp()")
    await change(database, "UPDATE commands SET stored_at = clock_timestamp()")
    yield database
    await database.close()


async def two_minutes_pass(database: Database) -> None:
    """For whatever waits."""
    await change(database, "UPDATE messages SET created_at = created_at - interval '2 minutes'")
    await change(database, "UPDATE commands SET stored_at = stored_at - interval '2 minutes'")


async def findings(env: Env) -> list[str]:
    """What the check `runs` says, without the numbers of quotes."""
    checks = json.loads((await firm_offer("doctor", "--json", env=env)).stdout)["checks"]
    (runs,) = [check for check in checks if check["name"] == "runs"]
    assert all("doctor --repair" in finding["do"] for finding in runs["findings"])
    return [finding["what"].partition(":")[0] for finding in runs["findings"]]


@asynccontextmanager
async def working(env: Env, database: Database) -> AsyncIterator[None]:
    """A worker, until nothing waits any more."""
    settings = Settings.model_validate(env)
    waits = "SELECT id FROM messages WHERE status IN ('pending', 'sending') UNION SELECT id FROM commands WHERE outcome IS NULL"
    async with running_worker(await connect(settings, lazy=False), settings, database):
        yield
        async with asyncio.timeout(60):
            while await told(database, waits):  # noqa: ASYNC110 - the worker's doing
                await asyncio.sleep(0.1)


async def test_whatever_waits_gets_a_run(env: Env, database: Database, life: Life) -> None:
    """A closed quote's mails and a quote that is not recorded yet, once they have waited for a minute."""
    assert await findings(env) == [OPEN]
    await two_minutes_pass(database)
    assert await findings(env) == [OPEN, CLOSED]
    repaired = await firm_offer("doctor", "--repair", env=env)
    assert repaired.stdout.count("repaired Q-") == len(life.waiting)
    async with working(env, database):
        assert await findings(env) == []


async def test_a_run_learns_of_mails(env: Env, database: Database, life: Life) -> None:
    """One that was left open, and whose mails the record has as unsent."""
    await two_minutes_pass(database)
    await firm_offer("doctor", "--repair", env=env)
    async with working(env, database):
        pass
    await change(
        database,
        "INSERT INTO messages (id, key, quote_id, version, cause, kind, audience, recipient, message_id, link_id, data, "
        "created_at) SELECT gen_random_uuid(), key || '-again', quote_id, version, cause, kind, audience, recipient, "
        "message_id, link_id, data, created_at - interval '2 minutes' FROM messages WHERE quote_id = :quote",
        quote=life.open,
    )
    assert await findings(env) == [DEAF]
    async with working(env, database):
        repaired = await firm_offer("doctor", "--repair", env=env)
        assert repaired.stdout.count("repaired Q-") == 1
    assert await findings(env) == []
