"""What happens at once happens as if one after the other."""

import asyncio
import time

import sqlalchemy as sa

from adapters.db.database import Database
from adapters.db.inbox.requests import NewCommand, Stored
from adapters.db.inbox.store import store
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record import outbox
from domain.quotes.fold import fold
from domain.quotes.payloads import KINDS
from domain.quotes.record import RecordStatus
from tests.integration.db.desk import SIGNER, Desk
from tests.waiting import eventually


async def chain_is_whole(database: Database, quote_id: str) -> None:
    async with database.read() as r:
        events = await PgQuotes(r).events(quote_id)
        view = await PgQuotes(r).find(quote_id)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert view is not None
    assert fold(event.event for event in events) == view.quote


async def test_racing_attempts_at_one_request_write_once(desk: Desk, database: Database) -> None:
    """Eight attempts at once: all are told `recorded` with the same messages, one wrote. For a command, a
    create, a refusal and an expiry.
    """
    quote_id, draft, expiring = await desk.draft(), await desk.draft(), await desk.sent()
    send = await desk.store(quote_id, "send", {"recipients": ["a@acme.example"]})
    create = await desk.store_create()
    early = await desk.store(draft, "accept", SIGNER)
    requests = [
        (await desk.request(quote_id, send.envelope), 2),
        (await desk.request(create.quote_id, create.envelope), 1),
        (await desk.request(draft, early.envelope), 2),
        (await desk.expire(expiring), 3),
    ]
    for request, events in requests:
        results = await asyncio.gather(*(desk.save(request) for _ in range(8)))
        assert {result.status for result in results} == {RecordStatus.RECORDED}
        assert len({tuple(sorted(result.messages)) for result in results}) == 1
        async with database.read() as r:
            assert len(await PgQuotes(r).events(request.quote_id)) == events
        await chain_is_whole(database, request.quote_id)


async def test_racing_decisions_on_one_state_have_one_winner(desk: Desk, database: Database) -> None:
    """Accept, reject, cancel and expiry decided on the same state: the one received first is recorded, the others have
    to wait for it or are stale.
    """
    for _ in range(5):
        quote_id = await desk.sent()
        commands = [
            await desk.store(quote_id, "accept", SIGNER),
            await desk.store(quote_id, "reject"),
            await desk.store(quote_id, "cancel"),
        ]
        requests = [await desk.request(quote_id, command.envelope) for command in commands]
        requests.append(await desk.expire(quote_id))
        results = await asyncio.gather(*(desk.save(request) for request in requests))
        statuses = [result.status for result in results]
        assert statuses[0] is RecordStatus.RECORDED
        assert set(statuses[1:]) <= {RecordStatus.STALE, RecordStatus.PRECEDED}
        assert (await desk.found(quote_id)).state_version == 3
        await chain_is_whole(database, quote_id)


async def test_what_is_stored_while_the_lock_is_waited_for_is_seen(desk: Desk, database: Database) -> None:
    """A cancel waits for the quote's row lock; meanwhile an accept is stored that came before it. It is decided first."""
    quote_id = await desk.sent()
    cancel = await desk.request(quote_id, (await desk.store(quote_id, "cancel")).envelope)
    async with database.write() as w:
        await w.run(sa.text("SELECT FROM quotes WHERE id = CAST(:id AS uuid) FOR UPDATE"), {"id": quote_id})
        saving = asyncio.create_task(desk.save(cancel))
        await eventually(lambda: _someone_waits(database), "the cancel waits")
        new = NewCommand(asked=KINDS["accept"].from_data(SIGNER), quote_id=quote_id, actor="key:test")
        async with database.write_each() as inbox:
            accept = await store(inbox, new, arrived=time.monotonic() - 10)
    result = await saving
    assert isinstance(accept, Stored)
    assert (result.status, result.earlier) == (RecordStatus.PRECEDED, (accept.envelope,))


async def _someone_waits(database: Database) -> bool:
    async with database.read() as r:
        return bool(await r.value(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


async def test_mails_and_decisions_share_one_chain(desk: Desk, database: Database) -> None:
    """Ten mails reported sent while commands are recorded: every event has its place, none is lost."""
    quote_id = await desk.draft()
    send = await desk.store(quote_id, "send", {"recipients": [f"r{n}@acme.example" for n in range(10)]})
    sent = await desk.save(await desk.request(quote_id, send.envelope))

    async def report(message_id: str) -> bool:
        async with database.write() as w:
            return await outbox.mark_sent(w, message_id)

    decisions = [desk.do(quote_id, "resend", {"recipients": ["late@acme.example"]}) for _ in range(1)]
    done = await asyncio.gather(*map(report, [*sent.messages, *sent.messages]), *decisions)
    assert done.count(True) == 10
    async with database.read() as r:
        assert len(await PgQuotes(r).events(quote_id)) == 2 + 10 + 1
    await chain_is_whole(database, quote_id)
