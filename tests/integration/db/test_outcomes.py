"""Whoever waits for a command's outcome hears of it at once, and in the end even if nobody tells."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import sqlalchemy as sa
from uuid6 import uuid7

from adapters.db import migrate
from adapters.db.database import Database
from adapters.db.inbox import outcomes
from adapters.db.inbox.outcomes import Outcomes
from adapters.tokens import LinkTokens
from cli.local.postgres.server import Postgres
from tests.integration.db.desk import Desk


@pytest_asyncio.fixture
async def listening(database: Database) -> AsyncIterator[Outcomes]:
    listening = Outcomes(database)
    await listening.start()
    yield listening
    await listening.close()


async def test_an_outcome_is_told_at_once(desk: Desk, listening: Outcomes) -> None:
    """Much sooner than the poll would find it, to everybody who waits for it and to nobody else."""
    create, other = await desk.store_create(), await desk.store_create()
    command_id = create.envelope.command_id
    with (
        listening.expect(command_id) as one,
        listening.expect(command_id) as two,
        listening.expect(other.envelope.command_id) as three,
    ):
        began = time.monotonic()
        await desk.save(await desk.request(create.quote_id, create.envelope))
        told = [await one.wait(2), await two.wait(2)]
        took = time.monotonic() - began
        assert await three.wait(0.01) is None
    assert [view.id for view in told if view] == [command_id, command_id]
    assert [view.status for view in told if view] == ["applied", "applied"]
    assert took < 0.4
    assert listening._waiting == {}


async def test_an_outcome_of_the_past_is_found(desk: Desk, listening: Outcomes) -> None:
    """`wait` alone asks for what was decided before; an undecided command gives None in time."""
    create, other = await desk.store_create(), await desk.store_create()
    await desk.save(await desk.request(create.quote_id, create.envelope))
    began = time.monotonic()
    found = await listening.wait(create.envelope.command_id, 2)
    assert time.monotonic() - began < 0.4
    assert found is not None
    assert found.quote_id == create.quote_id
    assert await listening.wait(other.envelope.command_id, 0.05) is None


async def test_what_nobody_told_of_is_found_by_the_poll(
    desk: Desk, database: Database, listening: Outcomes
) -> None:
    """A notification may be lost; the outcome is not."""
    create = await desk.store_create()
    with listening.expect(create.envelope.command_id) as expected:
        async with database.write() as w:
            await w.run(
                sa.text("UPDATE commands SET outcome = 'applied', decided_at = now() WHERE id = :id"),
                {"id": create.envelope.command_id},
            )
        assert await expected.wait(outcomes._POLL_SECONDS * 4) is not None


async def test_many_wait_at_once(desk: Desk, listening: Outcomes) -> None:
    """Forty outcomes at once reach forty waiters, each its own."""
    creates = [await desk.store_create() for _ in range(40)]
    requests = [await desk.request(create.quote_id, create.envelope) for create in creates]

    async def decide(position: int) -> str | None:
        with listening.expect(creates[position].envelope.command_id) as expected:
            await desk.save(requests[position])
            view = await expected.wait(3)
        return view.id if view else None

    told = await asyncio.gather(*map(decide, range(40)))
    assert told == [create.envelope.command_id for create in creates]


async def test_an_id_that_is_none_harms_nobody_else(desk: Desk, listening: Outcomes) -> None:
    """It is refused to the one who asks; an id in capitals is the same id."""
    with pytest.raises(ValueError, match="UUID"):
        await listening.wait("no-uuid", 0.1)
    create = await desk.store_create()
    await desk.save(await desk.request(create.quote_id, create.envelope))
    assert await listening.wait(create.envelope.command_id.upper(), 1) is not None


async def test_closing_ends_all_waiting(desk: Desk, database: Database) -> None:
    """Nobody is left hanging."""
    listening = Outcomes(database)
    await listening.start()
    create = await desk.store_create()
    waiting = asyncio.create_task(listening.wait(create.envelope.command_id, 30))
    await asyncio.sleep(0.05)
    await listening.close()
    assert await asyncio.wait_for(waiting, 1) is None


async def test_listening_comes_back_after_a_restart(tmp_path: Path) -> None:
    """Also where the server was away when it began. Nobody has to do anything."""
    server = Postgres(tmp_path / "postgres", durable=False)
    url = await server.start()
    await asyncio.to_thread(migrate.upgrade, url)
    await server.stop()
    database = Database.connect(url)
    listening = Outcomes(database)
    try:
        await listening.start()
        for _ in range(2):
            await server.stop()
            assert await listening.wait(str(uuid7()), outcomes._POLL_SECONDS + 0.2) is None
            await server.start()
            await asyncio.sleep(outcomes._LONGEST_PAUSE_SECONDS + 0.3)
            desk = Desk(database, LinkTokens("x" * 32))
            create = await desk.store_create()
            with listening.expect(create.envelope.command_id) as expected:
                await desk.save(await desk.request(create.quote_id, create.envelope))
                assert await expected.wait(0.4) is not None
    finally:
        await listening.close()
        await database.close()
        await server.stop()
