"""The deadline on the real record: what is stored a second before it counts, whichever way it arrives."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
import sqlalchemy as sa
from temporalio.api.enums.v1 import EventType

from adapters.db.inbox.requests import Stored
from adapters.db.parties.customers import NewCustomer, create_customer
from adapters.db.record.clocks import add_offset, now_for
from adapters.temporal.clock import RunClock
from cli.local.mail import MailServer
from domain.quotes.validity import GRACE
from tests.api.caller import SIGNER
from tests.faults.mails import unsent
from tests.faults.narrow import Desk, desk, working
from tests.faults.record import Recorded, complaints, recorded
from tests.faults.stack import FaultStack
from tests.waiting import eventually

SECOND = timedelta(seconds=1)
ABOUT_TO_FIRE = timedelta(seconds=3)
_COUNT = sa.text("SELECT count(*) FROM commands WHERE quote_id = CAST(:id AS uuid) AND outcome IS NOT NULL")
TIMERS = {
    EventType.EVENT_TYPE_TIMER_STARTED: 1,
    EventType.EVENT_TYPE_TIMER_FIRED: -1,
    EventType.EVENT_TYPE_TIMER_CANCELED: -1,
}
ORDERS = pytest.mark.parametrize("swapped", [False, True], ids=["in order", "swapped"])


@pytest_asyncio.fixture(scope="module")
async def made(shared_stack: FaultStack, mail_server: MailServer) -> AsyncIterator[Desk]:
    await shared_stack.whole()
    async with desk(shared_stack, shared_stack.temporal, mail_server, "deadline") as made:
        yield made


async def _offer(made: Desk) -> str:
    """A sent quote that is valid until tomorrow night."""
    async with made.database.write() as w:
        customer = (await create_customer(w, NewCustomer(name="ACME", email="buyer@acme.example"))).id
    async with working(made):
        quote_id = (await made.create(customer, valid_days=1)).quote_id
        await made.do(quote_id, "send", {"recipients": ["buyer@acme.example"]})
        await _decided(made, quote_id, 2)

        async def mailed() -> bool:  # no time is skipped while a delivery waits for a worker that has gone
            return await unsent(made.database) == 0

        # One that the worker of the test before took while it stopped is tried again after a minute of silence.
        await eventually(mailed, "the mail is out", seconds=150)
    return quote_id


async def _decided(made: Desk, quote_id: str, count: int) -> Recorded:
    async def done() -> bool:
        async with made.database.read() as r:
            outcomes = await r.value(_COUNT, {"id": quote_id})
        return bool(outcomes >= count)

    await eventually(done, f"{count} commands are decided")
    return await recorded(made.database, quote_id)


async def _move_to(made: Desk, quote_id: str, after: timedelta) -> None:
    """Let the record's clock stand so long after the deadline (before it, where negative)."""
    until = (await recorded(made.database, quote_id)).quote.valid_until
    async with made.database.write() as w:
        await add_offset(w, quote_id, until + after - await now_for(w, quote_id))


async def _yes(made: Desk, quote_id: str) -> Stored:
    return await made.store(quote_id, "accept", {**SIGNER, "signer_email": f"{uuid4().hex}@acme.example"})


def _outcome(found: Recorded, command: Stored) -> str | None:
    [view] = [c for c in found.commands if c.id == command.envelope.command_id]
    return view.code or str(view.status)


@ORDERS
async def test_a_second_before_and_a_second_after(made: Desk, swapped: bool) -> None:
    """Two yeses, stored a second before and after the deadline, arrive in either order: the first one counts."""
    quote_id = await _offer(made)
    await _move_to(made, quote_id, -SECOND)
    before = await _yes(made, quote_id)
    await _move_to(made, quote_id, SECOND)
    after = await _yes(made, quote_id)
    for command in (after, before) if swapped else (before, after):
        await made.signal(command)
    async with working(made):
        found = await _decided(made, quote_id, 4)
    assert [_outcome(found, c) for c in (before, after)] == ["applied", "already_decided"]
    assert (found.quote.status, await complaints(made.database, [quote_id])) == ("accepted", [])


async def test_a_late_command_arrives_alone(made: Desk) -> None:
    """The yes of a second before is in the inbox and nobody signals it. The cancel of a second after, which is
    allowed to a quote that nobody accepted, is decided only after it.
    """
    quote_id = await _offer(made)
    await _move_to(made, quote_id, -SECOND)
    before = await _yes(made, quote_id)
    await _move_to(made, quote_id, SECOND)
    async with working(made):
        after = await made.do(quote_id, "cancel")
        found = await _decided(made, quote_id, 4)
    assert [_outcome(found, c) for c in (before, after)] == ["applied", "quote_not_cancellable"]


async def test_a_second_after_is_too_late(made: Desk) -> None:
    """Also while the quote has not expired yet; an extension then opens it again."""
    quote_id = await _offer(made)
    await _move_to(made, quote_id, SECOND)
    async with working(made):
        late = await made.signal(await _yes(made, quote_id))
        assert _outcome(await _decided(made, quote_id, 3), late) == "quote_expired"
        await made.do(quote_id, "extend", {"valid_days": 3})
        again = await made.signal(await _yes(made, quote_id))
        found = await _decided(made, quote_id, 5)
    assert (_outcome(found, again), found.quote.status) == ("applied", "accepted")


async def test_the_timer_hears_the_inbox_before_it_ends_the_offer(made: Desk) -> None:
    """A yes of the last moment is in the inbox and nobody signals it: when the timer rings it is decided, and
    the quote does not expire. One of a second later is not heard, and the quote does.
    """
    ends = []
    for after in (timedelta(milliseconds=900), SECOND):
        quote_id = await _offer(made)
        await _move_to(made, quote_id, after)
        await _yes(made, quote_id)
        await _move_to(made, quote_id, GRACE)
        async with working(made):
            run = await made.run(quote_id)
            await RunClock(made.client, run.id).forward(timedelta(days=3))
            await run.result()
        ends.append((await recorded(made.database, quote_id)).quote.status)
    assert ends == ["accepted", "expired"]


async def test_the_records_clock_is_behind_temporals(made: Desk) -> None:
    """By Temporal's clock the offer is over, by the record's it is open for a minute more: the timer is set again, and a
    yes counts.
    """
    quote_id = await _offer(made)
    async with working(made):
        await _move_to(made, quote_id, -timedelta(minutes=1))
        await _bring_near(made, quote_id, -SECOND)
        handle = await made.run(quote_id)

        async def set_again() -> bool:
            kinds = [event.event_type for event in (await handle.fetch_history()).events]
            done = max(i for i, kind in enumerate(kinds) if kind == EventType.EVENT_TYPE_TIMER_FIRED)
            return EventType.EVENT_TYPE_TIMER_STARTED in kinds[done:]

        await eventually(set_again, "the deadline's timer runs again")
        yes = await made.signal(await _yes(made, quote_id))
        found = await _decided(made, quote_id, 3)
    assert (_outcome(found, yes), found.quote.status) == ("applied", "accepted")


async def test_an_extension_while_the_timer_fires(made: Desk) -> None:
    """With no worker there, the timer fires and an extension arrives, before it or after it; both are found at
    once. Stored in time, in the grace or after it, it counts, and the quote has not expired in between.
    """
    cases = [(after, first) for after in (-SECOND, SECOND, GRACE + SECOND) for first in (True, False)]
    offers = [await _offer(made) for _ in cases]
    async with working(made):
        await asyncio.gather(*(_bring_near(made, quote_id, timedelta(minutes=1)) for quote_id in offers))
    await asyncio.gather(*(_bring_near(made, quote_id, ABOUT_TO_FIRE) for quote_id in offers))
    extensions = await asyncio.gather(
        *(_extend_beside_the_timer(made, offer, *case) for offer, case in zip(offers, cases, strict=True))
    )
    async with working(made):
        for quote_id, extend in zip(offers, extensions, strict=True):
            found = await _decided(made, quote_id, 3)
            assert (_outcome(found, extend), found.quote.status) == ("applied", "sent")
            assert "quote.expired" not in {view.event.type for view in found.events}


async def _bring_near(made: Desk, quote_id: str, before: timedelta) -> None:
    """Move the run's clock to so long before its deadline's timer fires."""
    clock = RunClock(made.client, (await made.run(quote_id)).id)
    until, now = (await recorded(made.database, quote_id)).quote.valid_until, await clock.now()
    assert now is not None
    await clock.forward(until + GRACE - before - now)


async def _extend_beside_the_timer(made: Desk, quote_id: str, after: timedelta, first: bool) -> Stored:
    handle = await made.run(quote_id)

    async def fired() -> bool:
        events = (await handle.fetch_history()).events
        return sum(TIMERS.get(event.event_type, 0) for event in events) == 0

    assert not await fired(), "the machine is too slow for this test: give it more time with ABOUT_TO_FIRE"
    await _move_to(made, quote_id, after)
    extend = await made.store(quote_id, "extend", {"valid_days": 30})
    if first:
        await made.signal(extend)
    await eventually(fired, "the timer has fired")
    return extend if first else await made.signal(extend)
