"""Drives quotes' lives through the inbox, the domain's decision and the record, without HTTP or Temporal."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from adapters.db.database import Database
from adapters.db.inbox import store
from adapters.db.inbox.requests import NewCommand, NewCreate, Stored
from adapters.db.parties.customers import NewCustomer, create_customer
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record import clocks
from adapters.db.record.rows import whole_envelope
from adapters.db.record.save import save
from adapters.db.tables import commands
from adapters.tokens import LinkTokens
from domain.money import Money
from domain.offer.choice import choices_of
from domain.offer.content import QuoteLine, VersionContent
from domain.quotes import causes
from domain.quotes.commands import LINK, Accept, Create, Expire, Revise, to_command
from domain.quotes.decide import decide, expire
from domain.quotes.envelope import Envelope
from domain.quotes.payloads import KINDS, CreatePayload
from domain.quotes.quote import Quote
from domain.quotes.record import LoadResult, RecordRequest, RecordResult
from domain.quotes.status import Action
from domain.quotes.validity import GRACE

LINES = [{"description": "Bracket", "specification": {"material": "aluminum"}}]
SIGNER = {"signer_name": "Ada Buyer", "signer_email": "Ada@Buyer.example", "method": "online"}


def content(total: str = "100.00") -> VersionContent:
    """A version's content with one line at that price."""
    line = QuoteLine(
        position=1,
        kind="part",
        description="Bracket",
        part_number="B-1",
        part_revision="A",
        quantity=10,
        tier="standard",
        lead_time_days=10,
        unit_price="10.00",
        total=total,
        pricing_calculation_id=str(uuid4()),
        rate_card_id=str(uuid4()),
        specification={"material": "aluminum", "length_mm": "100"},
        breakdown=({"name": "material", "amount": total},),
    )
    return VersionContent(lines=(line,), total=Money.parse(total, "EUR"), notes="As agreed")


class Desk:
    """One step at a time: `store`, then `request` (which decides), then `save`."""

    def __init__(self, database: Database, tokens: LinkTokens) -> None:
        self.database = database
        self.tokens = tokens

    async def save(self, request: RecordRequest) -> RecordResult:
        """As the activity does it."""
        async with self.database.write() as w:
            return await save(w, request, self.tokens)

    async def load(self, quote_id: str) -> LoadResult:
        """Likewise."""
        async with self.database.read() as r:
            return await PgQuotes(r).load(quote_id)

    async def overdue_commands(self, quote_id: str, valid_until: datetime) -> list[Envelope]:
        """Likewise."""
        async with self.database.read() as r:
            return await PgQuotes(r).overdue_commands(quote_id, valid_until)

    async def customer(self, **fields: Any) -> str:
        """A customer's id."""
        new = NewCustomer(**{"name": "ACME", "email": "buyer@acme.example", **fields})
        async with self.database.write() as w:
            return (await create_customer(w, new)).id

    async def store_create(self, **fields: Any) -> Stored:
        """A create command of the inbox, of one line where no others are named; a customer is made unless one is named."""
        customer_id = fields.pop("customer_id", None) or await self.customer()
        asked = CreatePayload.from_data({"lines": LINES, **fields})
        new = NewCreate(asked=asked, customer_id=customer_id, actor="key:test")
        async with self.database.write_each() as w:
            return stored(await store.store_create(w, new))

    async def store(
        self, quote_id: str, name: str, payload: Mapping[str, Any] | None = None, **fields: Any
    ) -> Stored:
        """Any other command of the inbox."""
        payload = payload or {}
        online = name == Action.ACCEPT and payload.get("method", "online") == "online"
        given = {"actor": f"{LINK}{payload.get('link_id')}" if online else "key:test", **fields}
        new = NewCommand(asked=KINDS[name].from_data(payload), quote_id=quote_id, **given)
        async with self.database.write_each() as w:
            return stored(await store.store(w, new))

    async def whole(self, command: Stored) -> Envelope:
        """The command with all that was asked, as only the inbox has it, and programs of before signalled it."""
        async with self.database.read() as r:
            row = await r.row(sa.select(commands).where(commands.c.id == command.envelope.command_id))
        assert row is not None
        return whole_envelope(row)

    async def request(
        self, quote_id: str, envelope: Envelope, priced: VersionContent | None = None
    ) -> RecordRequest:
        """What the workflow would ask to have recorded; a new version is `priced`, and an acceptance chooses of that."""
        quote = (await self.load(quote_id)).quote
        command = to_command(envelope)
        if isinstance(command, Create | Revise):
            priced = priced or content()
            command = replace(command, priced=priced)
        else:
            if isinstance(command, Accept) and priced:
                command = replace(command, choices=choices_of(priced))
            priced = None
        decision = decide(quote, command)
        base = quote.state_version if quote else 0
        return RecordRequest.of(
            decision, envelope.reference, priced, quote_id=quote_id, base_state_version=base
        )

    async def do(
        self, quote_id: str, name: str, payload: Mapping[str, Any] | None = None, **fields: Any
    ) -> RecordResult:
        """Store, decide, record."""
        command = await self.store(quote_id, name, payload, **fields)
        return await self.save(await self.request(quote_id, command.envelope))

    async def draft(self, **fields: Any) -> str:
        """A recorded draft's id."""
        command = await self.store_create(**fields)
        await self.save(await self.request(command.quote_id, command.envelope))
        return command.quote_id

    async def sent(self, *recipients: str, **fields: Any) -> str:
        """A sent quote's id."""
        quote_id = await self.draft(**fields)
        await self.do(quote_id, "send", {"recipients": list(recipients or ["buyer@acme.example"])})
        return quote_id

    async def fast_forward(self, quote_id: str, days: int) -> None:
        """Move the quote's clock ahead."""
        async with self.database.write() as w:
            await clocks.add_offset(w, quote_id, timedelta(days=days))

    async def expire(self, quote_id: str) -> RecordRequest:
        """What the workflow asks to have recorded at the deadline, past which the quote's clock is moved."""
        quote = await self.found(quote_id)
        async with self.database.write() as w:
            left = quote.valid_until + GRACE - await clocks.now_for(w, quote_id)
            await clocks.add_offset(w, quote_id, max(left, timedelta(0)))
        return await self.expiry(quote_id)

    async def expiry(self, quote_id: str) -> RecordRequest:
        """The same, whatever the clock says."""
        quote = await self.found(quote_id)
        gone = expire(quote, Expire(deadline=quote.valid_until))
        assert gone is not None
        return RecordRequest(
            quote_id=quote_id,
            cause=causes.expiry(quote.valid_until),
            base_state_version=quote.state_version,
            quote=gone.quote,
            events=gone.events,
        )

    async def workflow_id(self, quote_id: str) -> str:
        """The id of its runs."""
        async with self.database.read() as r:
            return await PgQuotes(r).workflow_id(quote_id)

    async def found(self, quote_id: str) -> Quote:
        """The recorded quote, which must be there."""
        quote = (await self.load(quote_id)).quote
        assert quote is not None
        return quote


def stored(result: object) -> Stored:
    """The result, which must not be a replay."""
    assert isinstance(result, Stored), result
    return result
