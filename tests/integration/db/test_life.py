"""A whole life through inbox, decision and record adds up."""

from itertools import pairwise

from adapters.db.database import Database
from adapters.db.quotes.repository import PgQuotes
from domain.proof.verify import chain_hash
from domain.quotes.events import EventType
from domain.quotes.fold import fold
from domain.quotes.record import RecordStatus
from domain.quotes.status import QuoteStatus
from tests.integration.db.desk import LINES, SIGNER, Desk


async def whole_life(desk: Desk) -> str:
    """Draft, revised, sent, revised, sent again, resent, extended, expired, extended, refused, accepted."""
    quote_id = await desk.draft()
    await desk.do(quote_id, "revise", {"lines": LINES})
    await desk.do(quote_id, "send", {"recipients": ["a@acme.example", "b@acme.example"]})
    await desk.do(quote_id, "revise", {"lines": LINES, "notes": "Cheaper"})
    await desk.do(quote_id, "send", {"recipients": ["a@acme.example"]})
    await desk.do(quote_id, "resend", {"recipients": ["c@acme.example"]})
    await desk.do(quote_id, "extend", {"valid_days": 60})
    await desk.fast_forward(quote_id, 61)
    assert (await desk.save(await desk.expire(quote_id))).status is RecordStatus.RECORDED
    await desk.do(quote_id, "extend", {"valid_days": 90})
    await desk.do(quote_id, "accept", SIGNER, shown_version=1)
    await desk.do(quote_id, "accept", SIGNER)
    return quote_id


async def test_the_events_add_up_to_the_snapshot(desk: Desk, database: Database) -> None:
    """`fold` over the events read back is the quote read back, field by field, after a life of all commands."""
    quote_id = await whole_life(desk)
    async with database.read() as r:
        events = await PgQuotes(r).events(quote_id)
        view = await PgQuotes(r).find(quote_id)
    assert view is not None
    assert view.quote.status is QuoteStatus.ACCEPTED
    assert fold(event.event for event in events) == view.quote == await desk.found(quote_id)
    assert [event.event.type for event in events].count(EventType.COMMAND_REFUSED) == 1


async def test_the_chain_binds_each_event_to_those_before(desk: Desk, database: Database) -> None:
    """Sequences have no gap, each event names the hash before, and each hash follows from what is stored."""
    quote_id = await whole_life(desk)
    async with database.read() as r:
        events = await PgQuotes(r).events(quote_id)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert events[0].previous_hash == ""
    assert all(later.previous_hash == earlier.hash for earlier, later in pairwise(events))
    for event in events:
        assert event.hash == chain_hash(
            quote_id=quote_id,
            sequence=event.sequence,
            event=event.event,
            previous_hash=event.previous_hash,
        )


async def test_versions_are_read_as_they_were_written(desk: Desk, database: Database) -> None:
    """Content comes back equal to its hash, and the seller's row is kept with the versions that were sent."""
    quote_id = await whole_life(desk)
    quote = await desk.found(quote_id)
    async with database.read() as r:
        versions = await PgQuotes(r).versions(quote_id)
        third = await PgQuotes(r).version(quote_id, 3)
        assert await PgQuotes(r).version(quote_id, 4) is None
    assert [version.number for version in versions] == [1, 2, 3]
    assert third == versions[2]
    for version, ref in zip(versions, quote.versions, strict=True):
        assert version.content.content_hash == version.content_hash == ref.content_hash
        assert version.created_at == ref.created_at
    assert [version.seller is not None for version in versions] == [False, True, True]
