"""Attempts after a fault: what is repeated, how soon, and what is said of it meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import delivery
from adapters.db.database import Database
from adapters.db.parties.seller import put_seller
from cli.doctor.remedies import remedy
from domain.quotes.events import EventType
from domain.quotes.notices import DeliveryStatus
from tests.api.customer.shop import SELLER, Shop
from tests.integration.delivery.outgoing import BrokenTypesetter, age, deliver, sending, states, told
from tests.unit.mail.smtp_server import Mailroom
from workflows.calls import MAIL


@asynccontextmanager
async def unable_to_note(database: Database) -> AsyncIterator[None]:
    """The record takes claims, and refuses to hear that a mail is out, as a disk does that is just full."""
    async with database.write() as w:
        await w.run(sa.text(_DEAF))
        await w.run(sa.text(_TRIGGER))
    try:
        yield
    finally:
        async with database.write() as w:
            await w.run(sa.text("DROP FUNCTION deaf CASCADE"))


_DEAF = """
CREATE FUNCTION deaf() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$
"""
_TRIGGER = """
CREATE TRIGGER deaf BEFORE UPDATE ON messages FOR EACH ROW WHEN (NEW.status = 'sent') EXECUTE FUNCTION deaf()
"""


async def test_a_note_that_fails_is_repeated_and_not_the_mail(shop: Shop, room: Mailroom) -> None:
    """Proves that a record which comes back within the time for it costs nobody a second mail."""
    quote_id, messages = await sending(shop)
    first_try = asyncio.Event()
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *_: first_try.set()
    async with unable_to_note(shop.database):
        delivering = asyncio.create_task(deliver(shop, room, quote_id, *messages, environment=environment))
        await asyncio.wait_for(first_try.wait(), 20)
        assert len(room.taken) == 1
    await delivering
    assert len(room.taken) == 1
    assert await told(shop, quote_id) == [EventType.MESSAGE_SENT]


async def test_what_was_taken_and_never_noted_is_noted_by_the_next_attempt(
    shop: Shop, room: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves that the next attempt, by another worker, knows from the heartbeat what not to send again."""
    monkeypatch.setattr(delivery, "NOTE_SECONDS", 0.1)
    quote_id, messages = await sending(shop)
    beats: list[Any] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *details: beats.append(json.loads(json.dumps(details)))
    async with unable_to_note(shop.database):
        with pytest.raises(ApplicationError, match="DatabaseUnavailableError"):
            await deliver(shop, room, quote_id, *messages, environment=environment)
    another = ActivityEnvironment()
    another.info = replace(another.info, heartbeat_details=beats[-1])
    await deliver(shop, room, quote_id, *messages, environment=another)
    assert len(room.taken) == 1
    (state,) = await states(shop, quote_id)
    assert (state.status, state.last_error) == (DeliveryStatus.SENT, None)


async def test_a_message_is_tried_often_for_an_hour_and_then_seldom(shop: Shop, room: Mailroom) -> None:
    """Proves that a fault which is over costs a young message a minute at most: by the policy, not by the error."""
    room.data = "451 4.3.0 try later"
    quote_id, messages = await sending(shop)
    with pytest.raises(ApplicationError) as soon:
        await deliver(shop, room, quote_id, *messages)
    assert soon.value.next_retry_delay is None
    assert MAIL.maximum_interval == timedelta(minutes=1)
    await age(shop, messages[0], timedelta(minutes=61))
    with pytest.raises(ApplicationError) as later:
        await deliver(shop, room, quote_id, *messages)
    assert later.value.next_retry_delay == delivery.SELDOM


async def test_what_an_attempt_came_to_leads_the_doctor_to_its_remedy(shop: Shop, room: Mailroom) -> None:
    """Proves that each kind of trouble leaves words on record by which its own remedy is found."""
    quote_id, messages = await sending(shop)
    nowhere = Mailroom()
    nowhere.port = 1

    async def advised(**how: Any) -> str:
        with pytest.raises(ApplicationError):
            await deliver(shop, how.pop("room", room), quote_id, *messages, **how)
        (state,) = await states(shop, quote_id)
        return remedy(state.last_error or "")

    assert "document_not_made" in await advised(typesetter=BrokenTypesetter())
    assert "could not be reached" in await advised(room=nowhere)
    room.data = "451 4.3.0 try later"
    assert "defers these" in await advised()
    room.data, room.cut = None, True
    assert "could not be reached" in await advised()
    async with shop.database.write() as w:
        await put_seller(w, SELLER.__class__(name="K"))
    assert "firm-offer seller set" in await advised()
    async with shop.database.write() as w:
        await put_seller(w, SELLER)
    assert remedy("") == ""
    assert "Correct the address" in remedy("550 5.1.1 no such user")
    assert "SMTP_URL" in remedy("535 5.7.8 authentication failed")
