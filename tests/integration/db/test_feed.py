"""The feed of all quotes' events: each once, in one order, whoever commits when."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, cast
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
import sqlalchemy as sa
from temporalio.client import Client

from adapters.db import migrate
from adapters.db.database import Database
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record import outbox
from adapters.db.record.feed import (
    START,
    FeedNews,
    FeedPosition,
    UnknownPositionError,
    feed_end,
    feed_page,
    held_up_since,
    states_then,
)
from adapters.settings import Settings
from adapters.tokens import LinkTokens
from cli.doctor import installation as doctor
from cli.doctor.examine import Installation
from cli.local.postgres.server import Postgres
from domain.proof.feed_event import FeedEvent
from domain.quotes.events import EventType
from domain.quotes.fold import fold
from tests.integration.db.desk import SIGNER, Desk
from tests.waiting import eventually

SECONDS = float(os.environ.get("FIRM_OFFER_FEED_SECONDS", "3"))
"""How long writers and follower race; `make faults` sets more."""
WRITERS = 40
SHARED = 12
"""Quotes that they write: several at a time wait for the same one."""


@pytest_asyncio.fixture
async def desk(postgres: Postgres, template: str, tokens: LinkTokens) -> AsyncIterator[Desk]:
    """Of a database of the test's own."""
    database = Database.connect(await postgres.create_database(f"feed_{uuid4().hex}", template=template))
    yield Desk(database, tokens)
    await database.close()


class Follower:
    """A program that follows the feed by its cursor alone."""

    def __init__(self, database: Database, position: FeedPosition = START, *types: EventType) -> None:
        self.database, self.position, self.types = database, position, types
        self.seen: list[FeedEvent] = []
        self.places: list[FeedPosition] = []

    async def read(self, limit: int = 7) -> bool:
        """One page; whether there was anything."""
        async with self.database.read() as r:
            page = await feed_page(r, self.position, types=self.types, limit=limit)
        self.seen += page.events
        self.places += page.positions
        self.position = page.following
        return bool(page.events)

    async def drain(self) -> list[FeedEvent]:
        """All that is there."""
        while await self.read():
            pass
        return self.seen

    @property
    def ids(self) -> list[str]:
        return [event.id for event in self.seen]


async def recorded(database: Database) -> set[str]:
    async with database.read() as r:
        rows = await r.rows(
            sa.text("SELECT CAST(quote_id AS text) || '-' || sequence AS id FROM quote_events")
        )
    return {row["id"] for row in rows}


def orderly(follower: Follower) -> None:
    """Never back, nothing twice, and those of a quote in their order."""
    assert len(set(follower.ids)) == len(follower.ids)
    places = [(p.epoch, p.transaction) for p in follower.places]
    assert places == sorted(places)
    last: dict[str, int] = {}
    for event in follower.seen:
        assert event.sequence == last.get(event.quote_id, 0) + 1
        last[event.quote_id] = event.sequence


async def test_a_follower_sees_every_event_once(desk: Desk) -> None:
    """Page by page, and on from where it stopped."""
    first = await desk.sent(external_id="PO-7")
    follower = Follower(desk.database)
    await follower.drain()
    assert [(e.quote_id, e.event.type) for e in follower.seen] == [
        (first, EventType.CREATED),
        (first, EventType.SENT),
    ]
    assert {(e.number, e.external_id) for e in follower.seen} == {((await desk.found(first)).number, "PO-7")}
    second = await desk.draft()
    await desk.do(first, "accept", SIGNER)
    assert [e.id for e in (await follower.drain())[2:]] == [f"{second}-1", f"{first}-3"]
    assert set(follower.ids) == await recorded(desk.database)
    orderly(follower)


async def test_types_are_chosen(desk: Desk) -> None:
    """Their order is that of the whole."""
    ids = [await desk.sent() for _ in range(3)]
    for each in reversed(ids):
        await desk.do(each, "accept", SIGNER)
    follower = Follower(desk.database, START, EventType.SENT, EventType.ACCEPTED)
    await follower.read(limit=4)
    await follower.drain()
    wanted = [f"{each}-2" for each in ids] + [f"{each}-3" for each in reversed(ids)]
    assert follower.ids == wanted


async def test_what_commits_late_holds_up_what_came_after(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event whose transaction began before another's is not passed over: the other waits for it."""
    held, free = await desk.draft(), await desk.draft()
    follower = Follower(desk.database)
    await follower.drain()
    late = await asyncpg.connect(desk.database.url)
    transaction = late.transaction()
    await transaction.start()
    await late.execute(_REMARK, held, EventType.REMINDED)
    await desk.do(free, "send")
    assert not await follower.read()
    async with desk.database.read() as r:
        found = await held_up_since(r, 0)
    assert found is not None
    assert "process" in found[1]
    monkeypatch.setattr("cli.doctor.installation.FEED_SECONDS", 0)
    at = Installation(
        settings=Settings.model_construct(), database=desk.database, client=cast("Client", None)
    )
    [finding] = await doctor.feed(at)
    assert (finding.since, found[1] in finding.what) == (found[0], True)
    await transaction.commit()
    await late.close()
    await follower.drain()
    assert follower.ids[2:] == [f"{held}-2", f"{free}-2"]
    assert await doctor.feed(at) == []


_REMARK = """
INSERT INTO quote_events (quote_id, sequence, type, at, actor, data, previous_hash, hash, cause)
SELECT quote_id, sequence + 1, CAST($2 AS text), now(), 'system', '{}', hash, repeat('0', 64), gen_random_uuid()
FROM quote_events WHERE quote_id = CAST($1 AS uuid) ORDER BY sequence DESC LIMIT 1
"""


_OLD = """
INSERT INTO quote_events (quote_id, sequence, type, at, actor, data, previous_hash, hash, cause, recorded_at)
VALUES ($1, CAST($2 AS integer), 'quote.reminded', now(), 'system', '{}', CASE CAST($2 AS integer) WHEN 1 THEN '' ELSE 'x' END, repeat('0', 64),
    gen_random_uuid(), $3)
"""


async def test_who_comes_to_a_quote_later_is_told_later(desk: Desk) -> None:
    """Whichever transaction has the lower number: the mail's end is begun, a decision comes in between, and only then
    the end's event is written. Nobody is told of the decision before it is certain that nothing comes in front of it.
    """
    quote_id = await desk.sent()
    async with desk.database.read() as r:
        [mail] = await outbox.list_messages(r, quote_id)
    types = (EventType.EXTENDED, EventType.MESSAGE_SENT)
    followers = [Follower(desk.database), Follower(desk.database, START, *types)]
    await followers[0].drain()
    holder = await asyncpg.connect(desk.database.url)
    transaction = holder.transaction()
    await transaction.start()
    await holder.execute("SELECT FROM messages WHERE quote_id = CAST($1 AS uuid) FOR UPDATE", quote_id)
    async with desk.database.write() as w:
        ending = asyncio.create_task(outbox.mark_sent(w, mail.id))
        await eventually(lambda: _somebody_waits(desk.database), "its transaction has a number, and waits")
        await desk.do(quote_id, "extend", {"valid_days": 90})
        await transaction.rollback()
        await ending
        for each in followers:
            assert not await each.read()
    await holder.close()
    for each in followers:
        await each.drain()
        assert each.ids[-2:] == [f"{quote_id}-3", f"{quote_id}-4"]
        assert tuple(event.event.type for event in each.seen[-2:]) == types
    orderly(followers[0])


async def _somebody_waits(database: Database) -> bool:
    async with database.read() as r:
        return bool(await r.value(_WAITS))


_WAITS = sa.text(
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
)


async def test_forty_writers_that_commit_in_any_order(desk: Desk) -> None:
    """Several at each quote, some with a number from before it was theirs. Each transaction waits for a while before it
    commits, some are rolled back, and meanwhile one follows all of it and another one type.
    """
    quotes = [await desk.draft() for _ in range(SHARED)]
    types = (EventType.REMINDED, EventType.VIEWED)
    done, follower, typed = asyncio.Event(), Follower(desk.database), Follower(desk.database, START, types[0])

    async def write(chance: random.Random) -> None:
        connection = await asyncpg.connect(desk.database.url)
        while not done.is_set():
            quote_id = chance.choice(quotes)
            transaction = connection.transaction()
            await transaction.start()
            if chance.random() < 0.5:
                await connection.execute("SELECT pg_current_xact_id()")
            await connection.execute("SELECT FROM quotes WHERE id = CAST($1 AS uuid) FOR UPDATE", quote_id)
            await connection.execute(_REMARK, quote_id, chance.choice(types))
            await asyncio.sleep(chance.choice([0, 0, 0.01, 0.1, 0.4]))
            if chance.random() < 0.2:
                await transaction.rollback()
            else:
                await transaction.commit()
        await connection.close()

    async def follow(each: Follower) -> None:
        while not done.is_set():
            if not await each.read(limit=20):
                await asyncio.sleep(0.01)

    writers = [write(random.Random(number)) for number in range(WRITERS)]
    running = [asyncio.create_task(each) for each in (*writers, follow(follower), follow(typed))]
    await asyncio.wait(running, timeout=SECONDS, return_when=asyncio.FIRST_EXCEPTION)
    await eventually(
        lambda: len(typed.seen) > WRITERS or any(each.done() for each in running),
        "they follow while others write",
    )
    done.set()
    await asyncio.gather(*running)
    await follower.drain()
    await typed.drain()
    assert set(follower.ids) == await recorded(desk.database)
    orderly(follower)
    assert typed.ids == [each.id for each in follower.seen if each.event.type is types[0]]


async def test_another_server_begins_an_epoch(desk: Desk) -> None:
    """Where the record has come to a server that counts from 1, new events come behind all that there were, and cursors of
    before lead to them; those of a copy that went another way are refused.
    """
    old = await desk.sent()
    follower = Follower(desk.database)
    await follower.drain()
    async with desk.database.write() as w:
        # As a restored record looks to the server: begun by another, whose transactions had far higher numbers.
        await w.run(sa.text("UPDATE feed_epochs SET cluster = 'another/00000001'"))
        await w.run(sa.text("ALTER TABLE quote_events DISABLE TRIGGER quote_events_written_once"))
        await w.run(sa.text("UPDATE quote_events SET feed_transaction = feed_transaction + 1000000000"))
        await w.run(sa.text("ALTER TABLE quote_events ENABLE TRIGGER quote_events_written_once"))
    restored = Follower(desk.database)
    assert len(await restored.drain()) == 2
    new = await desk.draft()
    await desk.do(old, "accept", SIGNER)
    assert [e.id for e in (await restored.drain())[2:]] == [f"{new}-1", f"{old}-3"]
    assert [p.epoch for p in restored.places] == [1, 1, 2, 2]
    orderly(restored)
    async with desk.database.write() as w:
        await w.run(sa.text("UPDATE feed_epochs SET cluster = 'a third/00000001' WHERE epoch = 2"))
    with pytest.raises(UnknownPositionError):
        await restored.read()


async def test_positions_that_nobody_has_come_to_are_refused(desk: Desk) -> None:
    """Of the future, and of an epoch that there was not."""
    await desk.draft()
    async with desk.database.read() as r:
        end = (await feed_end(r)).position
        assert not (await feed_page(r, end, limit=5)).events
        for more in (
            {"epoch": end.epoch + 1},
            {"transaction": end.transaction + 1_000_000},
            {"mark": "other"},
        ):
            place = {"epoch": end.epoch, "transaction": end.transaction, "mark": end.mark, **more}
            wrong = FeedPosition(quote_id=START.quote_id, sequence=0, **place)  # type: ignore[arg-type]
            with pytest.raises(UnknownPositionError):
                await feed_page(r, wrong, limit=5)


async def test_the_quote_as_it_was_then(desk: Desk) -> None:
    """For each event, what the events up to it add up to; the last one is the quote as it stands."""
    first, second = await desk.sent(), await desk.sent()
    await desk.do(first, "accept", SIGNER)
    await desk.do(second, "extend", {"valid_days": 90})
    await desk.do(second, "cancel")
    follower = Follower(desk.database)
    await follower.drain()
    async with desk.database.read() as r:
        then = await states_then(r, follower.seen)
        for quote_id in (first, second):
            views = await PgQuotes(r).events(quote_id)
            for view in views:
                upto = fold(each.event for each in views[: view.sequence])
                assert then[f"{quote_id}-{view.sequence}"] == upto
            assert then[f"{quote_id}-{len(views)}"] == await desk.found(quote_id)


async def test_who_waits_is_woken(desk: Desk) -> None:
    """By what is written after it has looked, from wherever it comes."""
    quote = await desk.draft()
    news = FeedNews(desk.database)
    try:
        seen = news.count
        waiting = asyncio.create_task(news.wait(seen, 60))
        await waiting  # the first look is one
        seen = news.count
        waiting = asyncio.create_task(news.wait(seen, 60))
        await desk.do(quote, "send")
        await waiting
        assert news.count == seen + 1
        await news.wait(news.count, 0.01)
        await eventually(lambda: news._looking is None or news._looking.done(), "nobody waits, nobody looks")
    finally:
        await news.close()


async def test_events_of_before_keep_their_order(postgres: Postgres, template: str) -> None:
    """They are in the feed by the time of their writing, but never against their order within a quote."""
    url = await postgres.create_database("before_the_feed", template=template)
    await asyncio.to_thread(migrate.downgrade, url, "0031")
    connection = await asyncpg.connect(url)
    await connection.execute("SET session_replication_role = replica")
    quotes = [f"00000000-0000-0000-0000-00000000000{number}" for number in (1, 2)]
    written: list[tuple[int, int, str]] = [
        (0, 1, "10:00"),
        (1, 1, "10:01"),
        (1, 2, "10:02"),
        (0, 2, "09:00"),
        (0, 3, "10:03"),
    ]
    for which, sequence, clock in written:
        at = datetime.fromisoformat(f"2026-01-01T{clock}Z")
        await connection.execute(_OLD, quotes[which], sequence, at)
    await asyncio.to_thread(migrate.upgrade, url)
    rows: list[Any] = await connection.fetch(
        "SELECT CAST(quote_id AS text) AS id, sequence, feed_epoch FROM quote_events ORDER BY feed_epoch, feed_transaction"
    )
    await connection.close()
    assert [(row["id"], row["sequence"]) for row in rows] == [
        (quotes[0], 1),
        (quotes[0], 2),
        (quotes[1], 1),
        (quotes[1], 2),
        (quotes[0], 3),
    ]
    assert {row["feed_epoch"] for row in rows} == {0}
