"""Each cause is recorded once, on the state it was decided on, and only if the inbox knows it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from pydantic import TypeAdapter
from uuid6 import uuid7

from adapters.db.database import Database
from adapters.db.inbox.priced import keep_priced
from adapters.db.inbox.store import find_command
from adapters.db.quotes.repository import PgQuotes, on_time
from adapters.db.record.views import EventView
from adapters.db.tables import commands
from domain.offer.content import ContentRef
from domain.quotes.envelope import read_envelope
from domain.quotes.events import Event, EventType, Reminded
from domain.quotes.record import RecordRequest, RecordStatus
from domain.quotes.reminders import plan
from domain.quotes.status import QuoteStatus
from domain.quotes.validity import is_on_time
from tests.integration.db.desk import SIGNER, Desk, content


async def events_of(database: Database, quote_id: str) -> list[EventView]:
    async with database.read() as r:
        return await PgQuotes(r).events(quote_id)


async def test_another_attempt_gets_the_first_ones_result(desk: Desk, database: Database) -> None:
    """The activity that is tried again is told what was recorded, with the messages still to be sent."""
    quote_id = await desk.draft()
    send = await desk.store(quote_id, "send", {"recipients": ["a@acme.example", "b@acme.example"]})
    request = await desk.request(quote_id, send.envelope)
    first = await desk.save(request)
    again = await desk.save(request)
    assert (first.status, again.status) == (RecordStatus.RECORDED, RecordStatus.RECORDED)
    assert len(first.messages) == 2
    assert sorted(again.messages) == sorted(first.messages)
    assert len(await events_of(database, quote_id)) == 2


async def test_another_attempt_at_a_create_gets_the_first_ones_result(desk: Desk) -> None:
    """Also where there was no quote's row to lock."""
    create = await desk.store_create()
    request = await desk.request(create.quote_id, create.envelope)
    assert [(await desk.save(request)).status for _ in range(2)] == [RecordStatus.RECORDED] * 2


async def test_another_decision_about_a_decided_command_is_a_repeat(desk: Desk, database: Database) -> None:
    """The first outcome stands, and the caller is told where the quote is."""
    quote_id = await desk.sent()
    reject = await desk.store(quote_id, "reject")
    await desk.save(await desk.request(quote_id, reject.envelope))
    second = await desk.request(quote_id, reject.envelope)
    assert second.refused is not None
    result = await desk.save(second)
    assert (result.status, result.quote) == (RecordStatus.REPEATED, await desk.found(quote_id))
    async with database.read() as r:
        command = await find_command(r, reject.envelope.command_id)
    assert command is not None
    assert command.status == "applied"
    assert len(await events_of(database, quote_id)) == 3


async def test_a_repeat_is_told_of_the_mails_that_still_wait(desk: Desk) -> None:
    """A worker that died after several decisions makes them again, on the state before the first: their mails go out."""
    quote_id = await desk.draft()
    send = await desk.store(quote_id, "send", {"recipients": ["a@acme.example"]})
    request = await desk.request(quote_id, send.envelope)
    first = await desk.save(request)
    await desk.do(quote_id, "extend", {"valid_days": 50})
    again = await desk.save(request)
    assert (again.status, again.quote) == (RecordStatus.REPEATED, await desk.found(quote_id))
    assert len(again.messages) == 1
    assert again.messages == first.messages


async def test_a_decision_on_an_old_state_is_stale(desk: Desk, database: Database) -> None:
    """Nothing is written, whether the decision applied or refused; the present state comes back."""
    quote_id = await desk.sent()
    extend = await desk.store(quote_id, "extend", {"valid_days": 50})
    accept = await desk.store(quote_id, "accept", SIGNER)
    refused = await desk.store(quote_id, "send", {"recipients": ["a@acme.example"]})
    requests = [await desk.request(quote_id, command.envelope) for command in (accept, refused)]
    assert requests[1].refused is not None
    await desk.save(await desk.request(quote_id, extend.envelope))
    for request in requests:
        result = await desk.save(request)
        assert (result.status, result.quote) == (RecordStatus.STALE, await desk.found(quote_id))
    assert len(await events_of(database, quote_id)) == 3


async def test_a_forged_command_is_malformed(desk: Desk, database: Database) -> None:
    """Unknown id, another payload, time, name, version or quote: not applied, told once in the log, and the
    true command of that id can still be decided.
    """
    quote_id, other = await desk.sent(), await desk.sent()
    accept = await desk.store(quote_id, "accept", SIGNER)
    true = await desk.request(quote_id, accept.envelope)
    stored, whole = accept.envelope, await desk.whole(accept)
    forged = [
        replace(stored, command_id=str(uuid7())),
        replace(stored, payload={}),
        replace(stored, payload={**stored.payload, "method": "phone"}),
        replace(whole, payload={**whole.payload, "signer_name": "Somebody else"}),
        replace(whole, payload={**whole.payload, "method": "phone"}),
        replace(stored, payload={**stored.payload, "signer": "0" * 64}),
        replace(stored, received_at=stored.received_at - timedelta(days=1)),
        replace(stored, name="cancel"),
        replace(stored, shown_version=2),
        replace(stored, actor="somebody else"),
    ]
    requests = [replace(true, command=e.reference, cause=e.command_id) for e in forged]
    requests.append(replace(await desk.request(other, accept.envelope), quote_id=other))
    own = [request for request in requests if request.cause == accept.envelope.command_id][:-1]
    for request in [*requests, *requests]:
        result = await desk.save(request)
        assert result.status is RecordStatus.MALFORMED
        assert result.stored == (accept.envelope if request in own else None)
    assert (await desk.found(quote_id)).status is QuoteStatus.SENT
    told = [e.event for e in await events_of(database, quote_id) if e.event.type is EventType.COMMAND_REFUSED]
    assert [event.data["code"] for event in told] == ["malformed", "malformed"]
    assert (await desk.save(true)).status is RecordStatus.RECORDED


async def test_a_forged_command_for_no_quote_leaves_no_trace(desk: Desk, database: Database) -> None:
    """There is no log to tell it in."""
    create = await desk.store_create()
    request = await desk.request(create.quote_id, create.envelope)
    nowhere = str(uuid7())
    result = await desk.save(replace(request, quote_id=nowhere))
    assert result.status is RecordStatus.MALFORMED
    assert await events_of(database, nowhere) == []


async def test_a_refusal_is_told_without_changing_the_quote(desk: Desk, database: Database) -> None:
    """Its event has code, name and command, the command's time and actor, and leaves the state version."""
    quote_id = await desk.draft()
    before = await desk.found(quote_id)
    accept = await desk.store(quote_id, "accept", SIGNER)
    await desk.save(await desk.request(quote_id, accept.envelope))
    assert await desk.found(quote_id) == before
    event = (await events_of(database, quote_id))[-1].event
    command_id = accept.envelope.command_id
    assert event.data == {"code": "quote_not_acceptable", "name": "accept", "command_id": command_id}
    assert (event.at, event.actor) == (accept.envelope.received_at, accept.envelope.actor)


async def test_an_expiry_is_recorded_once(desk: Desk, database: Database) -> None:
    """Without an inbox row its key stands for it; a later repeat is told where the quote is now."""
    quote_id = await desk.sent()
    request = await desk.expire(quote_id)
    first, again = await desk.save(request), await desk.save(request)
    assert (first.status, again.status) == (RecordStatus.RECORDED, RecordStatus.RECORDED)
    assert sorted(first.messages) == sorted(again.messages) != []
    await desk.fast_forward(quote_id, 40)
    await desk.do(quote_id, "extend", {"valid_days": 10})
    late = await desk.save(request)
    assert (late.status, late.quote) == (RecordStatus.REPEATED, await desk.found(quote_id))
    assert [e.event.type for e in await events_of(database, quote_id)].count(EventType.EXPIRED) == 1


async def test_a_reminder_is_recorded_once_and_found_again(desk: Desk, database: Database) -> None:
    """It is stamped by the quote's clock, leaves the state as it is, and `load` knows it for this deadline."""
    quote_id = await desk.sent()
    quote = await desk.found(quote_id)
    reminder = plan(quote)[0]
    reminded = Reminded(days_left=reminder.days_left, valid_until=reminder.deadline)
    event = Event.of(reminded, at=None, actor="system")
    request = RecordRequest(
        quote_id=quote_id, cause=reminder.key, base_state_version=quote.state_version, events=(event,)
    )
    await desk.fast_forward(quote_id, 23)
    first, again = await desk.save(request), await desk.save(request)
    assert (first.status, len(first.messages)) == (RecordStatus.RECORDED, 1)
    assert again == first
    at = (await events_of(database, quote_id))[-1].event.at
    assert at is not None
    assert at - quote.created_at > timedelta(days=23)
    loaded = await desk.load(quote_id)
    assert (loaded.quote, loaded.causes) == (quote, (reminder.key,))
    assert first.messages[0] in loaded.messages
    await desk.do(quote_id, "extend", {"valid_days": 90})
    assert (await desk.load(quote_id)).causes == ()


async def test_load_without_a_quote_gives_the_undecided_create(desk: Desk) -> None:
    """So that a command that starts the run before its create does is not lost; unknown ids give nothing."""
    create = await desk.store_create()
    loaded = await desk.load(create.quote_id)
    assert (loaded.quote, loaded.create) == (None, create.envelope)
    nothing = await desk.load(str(uuid7()))
    assert (nothing.quote, nothing.create) == (None, None)


async def test_on_time_commands_without_an_outcome_are_found(desk: Desk) -> None:
    """On time to the second: those of the deadline's own second count, those of the next one do not."""
    quote_id = await desk.sent()
    await desk.do(quote_id, "resend", {"recipients": ["a@acme.example"]})
    first = await desk.store(quote_id, "accept", SIGNER)
    second = await desk.store(quote_id, "cancel")
    deadline = second.envelope.received_at.replace(microsecond=0)
    found = await desk.overdue_commands(quote_id, deadline)
    assert list(found) == [first.envelope, second.envelope]
    before = first.envelope.received_at.replace(microsecond=0) - timedelta(seconds=1)
    assert list(await desk.overdue_commands(quote_id, before)) == []


async def test_sql_and_the_domain_agree_on_what_is_on_time(database: Database) -> None:
    """The statement that looks for on-time commands and the rule that decides by it cut to the same second."""
    until = datetime(2026, 12, 24, 22, 59, 59, tzinfo=UTC)
    steps = [timedelta(microseconds=step) for step in (-1, 0, 1, 999_999, 1_000_000, 1_000_001)]
    instant = sa.DateTime(timezone=True)
    async with database.read() as r:
        for at in (until + step for step in steps):
            found = await r.value(sa.select(on_time(sa.literal(at, instant), sa.literal(until, instant))))
            assert found is is_on_time(at, until)


@pytest.mark.parametrize("is_whole", [False, True], ids=["as today", "as earlier programs signalled it"])
async def test_a_command_is_genuine_after_its_way_through_histories(desk: Desk, is_whole: bool) -> None:
    """Signal and activity argument are JSON: what comes out of them is still equal to the inbox row."""
    create = await desk.store_create(notes="ä 日本 🔩", valid_days=30)
    steps = [create]
    quote_id = create.quote_id
    steps.append(await desk.store(quote_id, "send", {"recipients": ["a@acme.example"], "message": "Line\n2"}))
    steps.append(await desk.store(quote_id, "accept", SIGNER, expected_state_version=2))
    adapter = TypeAdapter(RecordRequest)
    for step in steps:
        sent = await desk.whole(step) if is_whole else step.envelope
        assert ("Ada Buyer" in str(sent)) == (is_whole and sent.name == "accept")
        signalled = json.loads(json.dumps(sent.to_data()))
        request = await desk.request(quote_id, read_envelope(step.envelope.name, signalled))
        result = await desk.save(adapter.validate_json(adapter.dump_json(request)))
        assert result.status is RecordStatus.RECORDED
    assert (await desk.found(quote_id)).status is QuoteStatus.ACCEPTED


async def test_what_was_priced_waits_in_the_inbox(desk: Desk, database: Database) -> None:
    """The decision names it by total and hash; another one is not taken for it. Once decided, it is the version's alone."""
    create, priced = await desk.store_create(), content("70.00")
    request = await desk.request(create.quote_id, create.envelope, priced)
    lean = replace(request, content=ContentRef(total=priced.total, content_hash=priced.content_hash))
    assert (await desk.save(lean)).status is RecordStatus.STALE
    async with database.write() as w:
        await keep_priced(w, create.envelope.command_id, content("71.00"))
    assert (await desk.save(lean)).status is RecordStatus.STALE
    async with database.write() as w:
        await keep_priced(w, create.envelope.command_id, priced)
    assert (await desk.save(lean)).status is RecordStatus.RECORDED
    async with database.write() as w:
        version = await PgQuotes(w).version(create.quote_id, 1)
        await keep_priced(w, create.envelope.command_id, priced)
        left = await w.value(sa.select(commands.c.priced).where(commands.c.id == create.envelope.command_id))
    assert version is not None
    assert (version.content, left) == (priced, None)


async def test_an_old_create_does_not_pass_for_the_present_state(desk: Desk) -> None:
    """A create that comes again when the quote has moved on is a repeat, with the state of today."""
    create = await desk.store_create()
    request = await desk.request(create.quote_id, create.envelope)
    assert (await desk.save(request)).status is RecordStatus.RECORDED
    again = await desk.save(request)
    assert (again.status, again.quote) == (RecordStatus.RECORDED, None)
    await desk.do(create.quote_id, "cancel")
    late = await desk.save(request)
    assert (late.status, late.quote) == (RecordStatus.REPEATED, await desk.found(create.quote_id))
