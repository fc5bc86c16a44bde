"""What the relay takes: whole quotes in order, put off longer each time, each by one relay."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from adapters.db.database import Database
from adapters.db.inbox import store, undecided
from adapters.db.inbox.requests import UndecidedCommand
from tests.integration.db.desk import SIGNER, Desk

AT_ONCE = timedelta(0)


async def take(
    database: Database, *, older_than: timedelta = AT_ONCE, limit: int = 100
) -> Sequence[UndecidedCommand]:
    async with database.write() as w:
        return await store.due_for_relay(w, older_than=older_than, limit=limit)


async def make_due(database: Database) -> None:
    async with database.write() as w:
        await w.run(sa.text("UPDATE commands SET next_attempt_at = clock_timestamp() WHERE outcome IS NULL"))


async def settle_all(desk: Desk, database: Database) -> None:
    """Leave nothing undecided to the next test."""
    await make_due(database)
    for waiting in await take(database):
        await desk.save(await desk.request(waiting.quote_id, waiting.envelope))


async def test_a_quotes_commands_come_in_order_with_the_create_first(desk: Desk, database: Database) -> None:
    """By received time, though the quote's clock was moved; the oldest quote first; decided ones left out."""
    first, second = await desk.store_create(), await desk.store_create()
    send = await desk.store(first.quote_id, "send", {"recipients": ["a@acme.example"]})
    accept = await desk.store(first.quote_id, "accept", SIGNER)
    decided = await desk.draft()
    taken = await take(database)
    assert [waiting.envelope for waiting in taken] == [
        first.envelope,
        send.envelope,
        accept.envelope,
        second.envelope,
    ]
    assert decided not in {waiting.quote_id for waiting in taken}
    assert taken[0].summary == first.summary
    await settle_all(desk, database)
    assert await take(database) == []


async def test_what_was_taken_is_put_off_longer_each_time(desk: Desk, database: Database) -> None:
    """By 2, 4, 8 seconds and so on up to 60; fresh commands are left to the API for a while."""
    create = await desk.store_create()
    assert await take(database, older_than=timedelta(minutes=1)) == []
    waits = []
    for _ in range(8):
        await make_due(database)
        assert len(await take(database)) == 1
        assert await take(database) == []
        async with database.read() as r:
            wait = await r.value(
                sa.text("SELECT next_attempt_at - last_attempt_at FROM commands WHERE id = :id"),
                {"id": create.envelope.command_id},
            )
        waits.append(round(wait.total_seconds()))
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
    await settle_all(desk, database)


async def test_a_new_command_brings_the_put_off_ones_along(desk: Desk, database: Database) -> None:
    """Else it would overtake them."""
    create = await desk.store_create()
    await take(database)
    send = await desk.store(create.quote_id, "send", {"recipients": ["a@acme.example"]})
    assert [waiting.envelope for waiting in await take(database)] == [create.envelope, send.envelope]
    await settle_all(desk, database)


async def test_two_relays_never_take_the_same_command(desk: Desk, database: Database) -> None:
    """Four at once over thirty quotes, with their transactions held open: each command is taken once."""
    for _ in range(30):
        await desk.store_create()

    async def take_some() -> list[str]:
        async with database.write() as w:
            taken = await store.due_for_relay(w, older_than=AT_ONCE, limit=10)
            await asyncio.sleep(0.05)
        return [waiting.envelope.command_id for waiting in taken]

    taken = [id_ for ids in await asyncio.gather(*(take_some() for _ in range(4))) for id_ in ids]
    assert len(taken) == len(set(taken)) > 0
    await settle_all(desk, database)


async def test_a_relay_that_was_a_little_late_takes_nothing_twice(desk: Desk, database: Database) -> None:
    """Also where another one took a command, and was done with it, after this one had begun to look."""
    for _ in range(3):
        await desk.store_create()
    slow = undecided._SQL.replace(
        "min(stored_at) AS since", "min(stored_at) AS since, (SELECT pg_sleep(0.3))"
    )

    async def be_late() -> list[str]:
        async with database.write_each() as w:
            rows = await w.rows(sa.text(slow), {"older_than": AT_ONCE, "limit": 100})
        return [str(row["id"]) for row in rows]

    late = asyncio.create_task(be_late())
    await asyncio.sleep(0.15)
    first = [waiting.envelope.command_id for waiting in await take(database)]
    assert len(first) == 3
    assert await late == []
    await settle_all(desk, database)


async def test_limit_counts_quotes(desk: Desk, database: Database) -> None:
    """A quote is never torn apart by it."""
    for _ in range(3):
        create = await desk.store_create()
        await desk.store(create.quote_id, "cancel")
    assert len({waiting.quote_id for waiting in await take(database, limit=2)}) == 2
    await settle_all(desk, database)
