"""What happens at once happens as if one after the other."""

import asyncio

from adapters.db.database import Database
from adapters.db.quotes import queries
from adapters.db.record import outbox
from domain.quotes.fold import fold
from domain.quotes.record import RecordStatus
from tests.integration.db.desk import SIGNER, Desk


async def chain_is_whole(database: Database, quote_id: str) -> None:
    async with database.read() as r:
        events = await queries.find_events(r, quote_id)
        view = await queries.find_quote(r, quote_id)
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
        results = await asyncio.gather(*(desk.quotes.save(request) for _ in range(8)))
        assert {result.status for result in results} == {RecordStatus.RECORDED}
        assert len({tuple(sorted(result.messages)) for result in results}) == 1
        async with database.read() as r:
            assert len(await queries.find_events(r, request.quote_id)) == events
        await chain_is_whole(database, request.quote_id)


async def test_racing_decisions_on_one_state_have_one_winner(desk: Desk, database: Database) -> None:
    """Accept, reject, cancel and expiry decided on the same state: one is recorded, the others are stale."""
    for _ in range(5):
        quote_id = await desk.sent()
        commands = [
            await desk.store(quote_id, "accept", SIGNER),
            await desk.store(quote_id, "reject"),
            await desk.store(quote_id, "cancel"),
        ]
        requests = [await desk.request(quote_id, command.envelope) for command in commands]
        requests.append(await desk.expire(quote_id))
        results = await asyncio.gather(*(desk.quotes.save(request) for request in requests))
        statuses = [result.status for result in results]
        assert statuses.count(RecordStatus.RECORDED) == 1
        assert statuses.count(RecordStatus.STALE) == 3
        assert (await desk.found(quote_id)).state_version == 3
        await chain_is_whole(database, quote_id)


async def test_mails_and_decisions_share_one_chain(desk: Desk, database: Database) -> None:
    """Ten mails reported sent while commands are recorded: every event has its place, none is lost."""
    quote_id = await desk.draft()
    send = await desk.store(quote_id, "send", {"recipients": [f"r{n}@acme.example" for n in range(10)]})
    sent = await desk.quotes.save(await desk.request(quote_id, send.envelope))

    async def report(message_id: str) -> bool:
        async with database.write() as w:
            return await outbox.mark_sent(w, message_id)

    decisions = [desk.do(quote_id, "resend", {"recipients": ["late@acme.example"]}) for _ in range(1)]
    done = await asyncio.gather(*map(report, [*sent.messages, *sent.messages]), *decisions)
    assert done.count(True) == 10
    async with database.read() as r:
        assert len(await queries.find_events(r, quote_id)) == 2 + 10 + 1
    await chain_is_whole(database, quote_id)
