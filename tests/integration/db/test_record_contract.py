"""The record that workflow tests have in memory keeps the rules of the real one: each request goes to both."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.db.inbox.requests import Stored
from domain.quotes.envelope import CommandRef, Envelope
from domain.quotes.record import LoadResult, RecordRequest, RecordResult, RecordStatus
from tests.integration.db.desk import SIGNER, Desk
from tests.workflow.fakes import FakeRecords
from workflows.ports import LoadRequest, OverdueRequest


class Both:
    """What the real record answers, if the one in memory answers the same. Message ids are each one's own."""

    def __init__(self, real: Desk) -> None:
        self.real = real
        self.fake = FakeRecords()

    def knows(self, stored: Stored) -> Stored:
        """The command is in both inboxes."""
        self.fake.store(stored.quote_id, stored.envelope)
        self.fake.of(stored.quote_id).workflow_id = stored.workflow_id
        return stored

    async def save(self, request: RecordRequest) -> RecordResult:
        real, fake = await self.real.save(request), await self.fake.record(request)
        assert (fake.status, fake.quote, fake.stored) == (real.status, real.quote, real.stored)
        assert (fake.earlier, fake.now is None) == (real.earlier, real.now is None)
        assert bool(fake.messages) == bool(real.messages)
        return real

    async def load(self, quote_id: str) -> LoadResult:
        real, fake = await self.real.load(quote_id), await self.fake.load(LoadRequest(quote_id=quote_id))
        assert replace(fake, messages=()) == replace(real, messages=())
        assert bool(fake.messages) == bool(real.messages)
        return real

    async def overdue(self, request: OverdueRequest) -> Sequence[Envelope]:
        real = await self.real.overdue_commands(request.quote_id, request.valid_until)
        assert (await self.fake.overdue_commands(request)).commands == tuple(real)
        return real


@pytest.fixture
def both(desk: Desk) -> Both:
    return Both(desk)


async def _draft(both: Both, desk: Desk) -> str:
    created = both.knows(await desk.store_create())
    await both.save(await desk.request(created.quote_id, created.envelope))
    return created.quote_id


async def _command(both: Both, desk: Desk, quote_id: str, name: str, **payload: object) -> RecordRequest:
    shown = 1 if name in {"accept", "reject"} else None
    stored = both.knows(await desk.store(quote_id, name, payload, shown_version=shown))
    return await desk.request(quote_id, stored.envelope)


async def test_a_life_is_recorded_and_loaded(both: Both, desk: Desk) -> None:
    """From an undecided create, by a refusal, to an acceptance; nothing is known of another quote."""
    assert await both.load(str(uuid4())) == LoadResult()
    created = both.knows(await desk.store_create())
    loaded = await both.load(created.quote_id)
    assert (loaded.quote, loaded.create) == (None, created.envelope)
    await both.save(await desk.request(created.quote_id, created.envelope))
    for name, payload in (
        ("accept", SIGNER),  # refused: a draft
        ("send", {"recipients": ["buyer@acme.example"]}),
        ("accept", SIGNER),
    ):
        result = await both.save(await _command(both, desk, created.quote_id, name, **payload))
        assert result.status is RecordStatus.RECORDED
        await both.load(created.quote_id)
    assert (await desk.found(created.quote_id)).status == "accepted"


async def test_what_was_recorded_is_not_recorded_again(both: Both, desk: Desk) -> None:
    """The same request, as after an answer that got lost, and another decision on the same command."""
    quote_id = await _draft(both, desk)
    first = await _command(both, desk, quote_id, "send", recipients=["buyer@acme.example"])
    recorded = await both.save(first)
    again = await both.save(first)
    assert (again.status, again.messages) == (RecordStatus.RECORDED, recorded.messages)
    late = replace(first, base_state_version=first.base_state_version + 1, quote=None, events=())
    assert (await both.save(late)).status is RecordStatus.REPEATED


async def test_a_decision_on_an_older_state_is_stale(both: Both, desk: Desk) -> None:
    """Nothing of it is written."""
    quote_id = await _draft(both, desk)
    first = await _command(both, desk, quote_id, "extend", valid_days=40)
    second = await _command(both, desk, quote_id, "extend", valid_days=50)
    await both.save(first)
    assert (await both.save(second)).status is RecordStatus.STALE


async def test_a_command_that_the_inbox_does_not_hold_is_malformed(both: Both, desk: Desk) -> None:
    """Another text under its id, and an id that is not there."""
    quote_id = await _draft(both, desk)
    genuine = await _command(both, desk, quote_id, "extend", valid_days=40)
    assert genuine.command is not None
    forged = replace(genuine, command=replace(genuine.command, digest="0" * 64))
    result = await both.save(forged)
    assert result.status is RecordStatus.MALFORMED
    assert result.stored is not None
    nobody = CommandRef(id=str(uuid4()), name="extend", digest="0" * 64)
    assert (await both.save(replace(genuine, cause=nobody.id, command=nobody))).stored is None


async def test_what_came_in_time_and_has_no_outcome_is_found(both: Both, desk: Desk) -> None:
    """By received time; what is decided, and what came after the second of the deadline, is not."""
    quote_id = await _draft(both, desk)
    await both.save(await _command(both, desk, quote_id, "send", recipients=["buyer@acme.example"]))
    stored = [both.knows(await desk.store(quote_id, "extend", {"valid_days": days})) for days in (40, 50)]
    received = [command.envelope.received_at for command in stored]
    both_in_time = OverdueRequest(quote_id=quote_id, valid_until=received[1])
    assert [e.received_at for e in await both.overdue(both_in_time)] == received
    none_in_time = replace(both_in_time, valid_until=received[0] - timedelta(seconds=2))
    assert await both.overdue(none_in_time) == []


async def test_what_was_received_first_is_decided_first(both: Both, desk: Desk) -> None:
    """A later command's decision is sent back with the earlier ones that wait, until they are decided or passed over."""
    quote_id = await _draft(both, desk)
    first, second = [await _command(both, desk, quote_id, "extend", valid_days=days) for days in (40, 50)]
    later = await _command(both, desk, quote_id, "cancel")
    result = await both.save(later)
    assert result.status is RecordStatus.PRECEDED
    assert [envelope.command_id for envelope in result.earlier] == [first.cause, second.cause]
    assert (await both.save(replace(second, passed_over=(first.cause,)))).status is RecordStatus.RECORDED
    assert (await both.save(first)).status is RecordStatus.STALE


async def test_an_offer_does_not_end_before_its_time(both: Both, desk: Desk) -> None:
    """By the record's clock; and not before what came in time is decided, which is heard to the second."""
    quote_id = await _draft(both, desk)
    await both.save(await _command(both, desk, quote_id, "send", recipients=["buyer@acme.example"]))
    expiry = await desk.expiry(quote_id)
    early = await both.save(expiry)
    assert early.status is RecordStatus.NOT_DUE
    extend = await _command(both, desk, quote_id, "extend", valid_days=40)
    await desk.expire(quote_id)
    both.fake.of(quote_id).ahead = timedelta(days=31)
    waits = await both.save(expiry)
    assert [envelope.command_id for envelope in waits.earlier] == [extend.cause]
    late = await _command(both, desk, quote_id, "cancel")
    assert (await both.save(replace(expiry, passed_over=(extend.cause,)))).status is RecordStatus.RECORDED
    assert (await both.save(late)).status is RecordStatus.STALE
