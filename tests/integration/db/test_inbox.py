"""Commands are stored once, stamped, numbered and completed from the record."""

import hashlib
import re
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from uuid6 import uuid7

from adapters.db.database import Database
from adapters.db.errors import CalculationNotFoundError, CustomerNotFoundError, ExternalIdTakenError
from adapters.db.inbox import store
from adapters.db.inbox.requests import NewCommand
from adapters.db.parties.customers import list_customers
from adapters.db.parties.seller import Seller, put_seller
from adapters.db.quotes.repository import PgQuotes
from domain.errors import MalformedCommandError, QuoteNotFoundError
from domain.proof.verify import signer_digest
from domain.quotes.commands import Create, to_command
from domain.quotes.envelope import MEANS_CURRENT, read_envelope
from domain.quotes.payloads import AcceptPayload, CancelPayload, CreatePayload
from domain.quotes.status import Action, CommandStatus, CustomerRequest
from tests.integration.db.desk import LINES, SIGNER, Desk


def added_when_stored(payload: type[AcceptPayload | CreatePayload]) -> set[str]:
    """The fields that the statement fills in, which are those with a default."""
    return {each.name for each in fields(payload) if each.default is not MISSING}


async def test_a_create_is_named_and_can_be_read_as_a_command(desk: Desk, database: Database) -> None:
    """The stored payload, after its way through JSON, makes a Create with id, number, customer and zones."""
    async with database.write() as w:
        await put_seller(w, Seller(time_zone="Europe/Berlin", email="sales@shop.example"))
    customer = await desk.customer(name="ACME\nInc.", time_zone="America/Nuuk")
    stored = await desk.store_create(customer_id=customer, valid_days=7)
    command = to_command(read_envelope("create", stored.envelope.to_data()))
    assert isinstance(command, Create)
    assert (command.quote_id, command.number, command.customer_id) == (
        stored.quote_id,
        stored.number,
        customer,
    )
    assert (command.time_zone, command.reminder_zone) == ("Europe/Berlin", "America/Nuuk")
    assert re.fullmatch(r"Q-20[0-9]{2}-[0-9]{5}", stored.number)
    assert stored.workflow_id == f"{stored.number}-{stored.quote_id[-6:]}"
    assert stored.envelope.payload["workflow_id"] == stored.workflow_id
    asked = {"lines", "valid_days", "owner"}
    assert set((await desk.whole(stored)).payload) == asked | added_when_stored(CreatePayload)
    assert stored.summary == f"{stored.number} · ACME Inc."
    assert stored.older == ()
    assert abs(command.received_at - datetime.now(UTC)) < timedelta(seconds=5)


async def test_numbers_outgrow_five_digits(desk: Desk, database: Database) -> None:
    """The 100,000th quote has a longer number, not a wrong one."""
    async with database.write() as w:
        await w.run(sa.text("SELECT setval('quote_numbers', 99999)"))
    assert (await desk.store_create()).number.endswith("-100000")


async def test_unknown_things_are_refused_and_nothing_is_stored(desk: Desk, database: Database) -> None:
    """A customer, calculation or quote that is not there has its own error, in create and revision alike."""
    line = {"description": "Bracket", "pricing_calculation_id": str(uuid4())}
    async with database.read() as r:
        before = await r.value(sa.text("SELECT count(*) FROM commands"))
    with pytest.raises(CustomerNotFoundError):
        await desk.store_create(customer_id=str(uuid7()))
    with pytest.raises(CalculationNotFoundError):
        await desk.store_create(lines=[line])
    with pytest.raises(QuoteNotFoundError):
        await desk.store(str(uuid7()), "send")
    async with database.read() as r:
        assert await r.value(sa.text("SELECT count(*) FROM commands")) == before
    quote_id = await desk.draft()
    with pytest.raises(CalculationNotFoundError):
        await desk.store(quote_id, "revise", {"lines": [line]})


async def test_an_external_id_belongs_to_one_quote(desk: Desk) -> None:
    """A second create with the same reference is refused, unless the first one was."""
    first = await desk.store_create(external_id="ERP-7")
    with pytest.raises(ExternalIdTakenError):
        await desk.store_create(external_id="ERP-7")
    request = await desk.request(first.quote_id, first.envelope)
    await desk.save(request)
    with pytest.raises(ExternalIdTakenError):
        await desk.store_create(external_id="ERP-7")


async def test_a_discarded_draft_gives_its_external_id_back(desk: Desk, database: Database) -> None:
    """To one quote again; what was deleted still says which it had. A quote that was sent keeps its own."""
    first = await desk.draft(external_id="ERP-8")
    await desk.do(first, "cancel", {"draft_only": True})
    second = await desk.draft(external_id="ERP-8")
    with pytest.raises(ExternalIdTakenError):
        await desk.store_create(external_id="ERP-8")
    async with database.read() as r:
        views = [await PgQuotes(r).find(quote_id) for quote_id in (first, second)]
    assert [view.external_id for view in views if view] == ["ERP-8", "ERP-8"]
    await desk.do(second, "send", {"recipients": ["a@acme.example"]})
    await desk.do(second, "cancel")
    with pytest.raises(ExternalIdTakenError):
        await desk.store_create(external_id="ERP-8")


async def test_accept_gets_the_shown_version_and_the_signers_digest(desk: Desk, database: Database) -> None:
    """Version 2 is on offer; the digest is the salt's, the address's in lower case, and the link's."""
    quote_id = await desk.draft()
    await desk.do(quote_id, "revise", {"lines": LINES})
    await desk.do(quote_id, "send", {"recipients": ["a@acme.example"]})
    stored = await desk.store(quote_id, "accept", {**SIGNER, "link_id": "the-link"})
    async with database.read() as r:
        salt = await r.value(sa.text("SELECT salt FROM quotes WHERE id = :id"), {"id": quote_id})
    expected = hashlib.sha256(bytes(salt) + b"ada@buyer.examplethe-link").hexdigest()
    assert signer_digest(bytes(salt), SIGNER["signer_email"], "the-link") == expected
    whole = await desk.whole(stored)
    assert stored.envelope.payload == {"method": "online", "signer": expected}
    assert set(whole.payload) == {*SIGNER, "link_id"} | added_when_stored(AcceptPayload)
    assert whole.payload["signer_name"] == "Ada Buyer"
    assert stored.envelope.shown_version == 2
    again = await desk.store(quote_id, "reject", shown_version=1)
    assert again.envelope.shown_version == 1
    assert "signer" not in (await desk.whole(again)).payload
    unsaid = {name: await desk.store(quote_id, name, SIGNER) for name in [*Action, *CustomerRequest]}
    assert {name for name, stored in unsaid.items() if stored.envelope.shown_version == 2} == set(
        MEANS_CURRENT
    )


async def test_older_undecided_commands_come_along(desk: Desk) -> None:
    """They are to be signalled first: the create before all, then by received time, decided ones left out."""
    create = await desk.store_create()
    quote_id = create.quote_id
    send = await desk.store(quote_id, "send", {"recipients": ["a@acme.example"]})
    accept = await desk.store(quote_id, "accept", SIGNER)
    assert send.older == (create.envelope,)
    assert accept.older == (create.envelope, send.envelope)
    assert (accept.number, accept.summary) == (create.number, create.summary)
    await desk.save(await desk.request(quote_id, create.envelope))
    assert (await desk.store(quote_id, "cancel")).older == (send.envelope, accept.envelope)


async def test_a_command_is_found_with_its_outcome(desk: Desk, database: Database) -> None:
    """Pending, then applied with the status it led to; a refusal with its code, rule and allowed actions."""
    quote_id = await desk.draft()
    send = await desk.store(quote_id, "send", {"recipients": ["a@acme.example"]})
    async with database.read() as r:
        pending = await store.find_command(r, send.envelope.command_id)
    assert pending is not None
    assert (pending.status, pending.quote_id, pending.name) == (CommandStatus.PENDING, quote_id, "send")
    await desk.save(await desk.request(quote_id, send.envelope))
    late = await desk.store(quote_id, "reject", shown_version=7)
    await desk.save(await desk.request(quote_id, late.envelope))
    async with database.read() as r:
        applied = await store.find_command(r, send.envelope.command_id)
        refused = await store.find_command(r, late.envelope.command_id)
        assert await store.find_command(r, str(uuid7())) is None
    assert applied is not None
    assert refused is not None
    assert (applied.status, applied.current_status) == (CommandStatus.APPLIED, "sent")
    assert (refused.status, refused.code) == (CommandStatus.REFUSED, "version_superseded")
    assert "accept" in refused.allowed_actions
    assert refused.decided_at is not None


async def test_a_quote_is_pending_until_its_create_is_decided(desk: Desk, database: Database) -> None:
    """Between the inbox and the record the create can be found by the quote's id; afterwards not."""
    create = await desk.store_create()
    async with database.read() as r:
        found = await store.pending_create(r, create.quote_id)
    assert found is not None
    assert found.status is CommandStatus.PENDING
    await desk.save(await desk.request(create.quote_id, create.envelope))
    async with database.read() as r:
        assert await store.pending_create(r, create.quote_id) is None


async def test_a_text_that_cannot_be_kept_is_malformed(desk: Desk, database: Database) -> None:
    """NUL and half a surrogate pair are refused as the caller's mistake, in documents and in plain columns."""
    quote_id = await desk.draft()
    for text in ("a\x00b", "a\ud800b"):
        with pytest.raises(MalformedCommandError):
            await desk.store(quote_id, "cancel", {"reason": text})
        with pytest.raises(MalformedCommandError):
            await desk.customer(name=text)
        with pytest.raises(MalformedCommandError):
            async with database.read() as r:
                await list_customers(r, limit=5, q=text)
    with pytest.raises(MalformedCommandError):
        async with database.write() as w:
            await store.store(
                w, NewCommand(asked=CancelPayload.from_data({}), quote_id="no-uuid", actor="key:test")
            )


class Full(Exception):  # noqa: N818 - as a caller's own would be named
    """Raised by whoever admits, with how many wait."""


async def test_who_admits_is_told_what_waits_and_may_refuse(desk: Desk, database: Database) -> None:
    """Undecided commands of the last ten seconds, of all quotes, also when the relay took them up; not what has waited for
    long. What is not admitted is not stored.
    """
    quote_id = await desk.sent()
    new = NewCommand(asked=CancelPayload.from_data({}), quote_id=quote_id, actor="key:test")

    def refuse(waiting: int) -> None:
        raise Full(waiting)

    async def waiting() -> int:
        async with database.write_each() as w:
            with pytest.raises(Full) as told:
                await store.store(w, new, admit=refuse)
        return int(told.value.args[0])

    async def change(what: str) -> None:
        async with database.write() as w:
            await w.run(sa.text(f"UPDATE commands SET {what} WHERE outcome IS NULL"))  # noqa: S608 - see below

    await change(_LONG_AGO)  # what other tests left
    assert await waiting() == 0
    await desk.store(quote_id, "cancel")
    other = await desk.store_create()
    assert await waiting() == 2
    await change("attempts = 1, next_attempt_at = next_attempt_at + interval '2 seconds'")
    assert await waiting() == 2
    await desk.save(await desk.request(other.quote_id, other.envelope))
    assert await waiting() == 1
    await change(_LONG_AGO)
    assert await waiting() == 0


_LONG_AGO = "stored_at = stored_at - interval '11 seconds'"
