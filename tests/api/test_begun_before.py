"""An upgrade: a quote begun before ids had numbers goes on under the id that it had, whoever speaks to its run."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.service import RPCError

from adapters.db.database import Database
from adapters.settings import Settings
from adapters.tokens import LinkTokens
from api.desk.time_machine.journey import TimeMachine
from cli.doctor.examine import Installation
from cli.doctor.quotes import give_run, lacking_runs
from tests.api.caller import Caller
from tests.api.conftest import SECRET, worker_client
from tests.integration.db.desk import Desk
from tests.integration.db.test_workflow_ids import begun_before


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """As its owner: a clock is moved, and the past is made."""
    database = Database.connect(database_url, pool_size=2)
    yield database
    await database.close()


@pytest_asyncio.fixture
async def client(settings: Settings) -> Client:
    return await worker_client(settings)


@pytest.fixture
def desk(database: Database) -> Desk:
    """Writes quotes that no workflow knows of."""
    return Desk(database, LinkTokens(SECRET))


async def test_it_is_signalled_queried_repaired_and_expires_there(
    caller: Caller, desk: Desk, database: Database, client: Client, settings: Settings
) -> None:
    """Its run is lost and given back by the doctor, it is moved in time to its end, and reopened; there is never a run
    under the other form of id.
    """
    quote_id = await desk.sent()
    await begun_before(database, quote_id)
    number = (await desk.found(quote_id)).number
    run = client.get_workflow_handle(f"quote-{quote_id}")
    at = Installation(settings, database, client)
    [lacking] = [each async for each in lacking_runs(at) if each.quote.id == quote_id]
    await give_run(at, lacking.quote)
    assert [each async for each in lacking_runs(at) if each.quote.id == quote_id] == []
    first = (await run.describe()).run_id

    extended = await caller.done({"id": quote_id}, "extend", {"valid_days": 10})
    assert extended["links"]["temporal_ui"].endswith(f"/workflows/{run.id}")
    live = (await caller.get(f"/quotes/{quote_id}/live")).json()
    assert (live["workflow_id"], live["state_version"]) == (run.id, extended["state_version"])
    assert (await run.describe()).run_id == first

    machine = await TimeMachine.of(quote_id, database, client, settings.task_queue)
    await machine.forward(timedelta(days=12), lambda _stop: None)
    ended = await client.get_workflow_handle(run.id, run_id=first).result()
    assert (ended["outcome"], ended["number"]) == ("The quote is expired.", number)
    await caller.done({"id": quote_id}, "extend", {"valid_days": 30})
    assert (await run.describe()).run_id != first
    with pytest.raises(RPCError, match="not found"):
        await client.get_workflow_handle(f"{number}-{quote_id[-6:]}").describe()
