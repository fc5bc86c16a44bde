"""The time machine between real servers: the record's clock and the workflow's move together."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest_asyncio
from temporalio.client import Client

from adapters.db.database import Database
from adapters.settings import Settings
from api.desk.time_machine.journey import Stop, TimeMachine
from tests.api.caller import SIGNER, Caller, problem
from tests.api.conftest import worker_client


class Machines:
    """A time machine for each quote."""

    def __init__(self, database: Database, client: Client, task_queue: str) -> None:
        self._database, self._client, self._task_queue = database, client, task_queue

    async def forward(self, quote: dict[str, Any], **by: float) -> tuple[datetime, list[str]]:
        """The quote's time after the journey, and what fell due on the way."""
        told: list[str] = []

        def tell(stop: Stop) -> None:
            told.append(stop.what.split(" (")[0].split(" 20")[0])

        machine = await TimeMachine.of(quote["id"], self._database, self._client, self._task_queue)
        return await machine.forward(timedelta(**by), tell), told


@pytest_asyncio.fixture
async def machines(settings: Settings, database_url: str) -> AsyncIterator[Machines]:
    """Time machines beside the product."""
    client = await worker_client(settings)
    database = Database.connect(database_url, pool_size=2)
    yield Machines(database, client, settings.task_queue)
    await database.close()


async def events(caller: Caller, quote: dict[str, Any], kind: str) -> list[datetime]:
    """When something happened, as the log says."""
    found = (await caller.get(f"/quotes/{quote['id']}/events", params={"limit": 100})).json()["data"]
    return [datetime.fromisoformat(event["at"]) for event in found if event["type"] == kind]


async def test_thirty_days_and_two_more(caller: Caller, machines: Machines) -> None:
    """Three reminders at their own times, each by one mail; then the end; then accepting is too late."""
    quote = await caller.sent()
    end = datetime.fromisoformat(quote["valid_until"])
    now, told = await machines.forward(quote, days=30)
    assert told == ["Reminder, 7 days left", "Reminder, 3 days left", "Reminder, 1 day left"]
    reminded = await events(caller, quote, "quote.reminded")
    assert [(end - at).days for at in reminded] == [7, 3, 1]
    assert all(timedelta(0) <= at - at.replace(minute=0, second=0) < timedelta(minutes=1) for at in reminded)
    assert (await caller.get(f"/quotes/{quote['id']}")).json()["status"] in {"sent", "expired"}
    _, told = await machines.forward(quote, days=2)
    assert [what[:11] for what in told] == ["Valid until"]
    late = await caller.post(f"/quotes/{quote['id']}/accept", SIGNER)
    refusal = problem(late, 409, "quote_expired")
    assert refusal["current_status"] == "expired"
    assert await events(caller, quote, "quote.expired") == [end]
    sent = (await caller.get(f"/quotes/{quote['id']}/messages")).json()["data"]
    kinds = [message["kind"] for message in sent]
    assert (kinds.count("reminder"), kinds.count("expired")) == (3, 2)
    assert now < datetime.fromisoformat(
        (await caller.get(f"/quotes/{quote['id']}/events?limit=100")).json()["data"][-1]["at"]
    )


async def test_a_reopened_quote_lives_on_in_its_own_time(caller: Caller, machines: Machines) -> None:
    """The new run starts at the wall clock; the machine brings it to the record's time, and it expires again."""
    quote = await caller.sent(valid_days=2)
    await machines.forward(quote, days=4)
    back = await caller.done(quote, "extend", {"valid_days": 3})
    assert (back["status"], back["is_expired"]) == ("sent", False)
    _, told = await machines.forward(quote, days=5)
    assert told[-1].startswith("Valid until")
    assert (await caller.get(f"/quotes/{quote['id']}")).json()["status"] == "expired"


async def test_a_closed_quote_ages_too(caller: Caller, machines: Machines) -> None:
    """Nothing is due any more, and its clock still moves."""
    quote = await caller.sent()
    await caller.done(quote, "accept", SIGNER)
    now, told = await machines.forward(quote, days=100)
    assert told == []
    assert now - datetime.fromisoformat(quote["created_at"]) > timedelta(days=99)
