"""A shop on a real PostgreSQL that decides at once, as the workflow would, so that pages and mails can be
tried without one.
"""

from dataclasses import dataclass, field
from typing import Any

from adapters.db.database import Database
from adapters.db.inbox.kept_answers import Idempotency
from adapters.db.parties.customers import NewCustomer, create_customer
from adapters.db.parties.seller import Seller, put_seller
from adapters.db.quotes.links import actor_of, close_link, list_links
from adapters.db.record.views import LinkView
from adapters.tokens import LinkTokens
from domain.money import Money
from domain.offer.content import QuoteLine, VersionContent
from domain.quotes.envelope import Envelope
from domain.quotes.quote import Quote
from domain.quotes.record import RecordResult
from tests.api.caller import IN_TEXT
from tests.integration.db.desk import Desk

SECRET = "s" * 32
BUYER = "j.harker@harker-hydraulics.example"
OWNER = "marta.keller@keller-praezision.example"
INTERNAL = "internal-figure"
"""Stands in everything that only staff may see; no mail and no page may hold it."""

SPECIFICATION = IN_TEXT | {"customer_tier": INTERNAL, "surface_finish": "anodised natural"}
LINES = [{"description": "Bearing block, left", "specification": SPECIFICATION}]
SELLER = Seller(
    name="Keller Präzision GmbH",
    email="angebote@keller-praezision.example",
    phone="+49 7152 5550",
    address=("Werkstraße 12", "71229 Leonberg", "Germany"),
    tax_id="DE 812 345 678",
    time_zone="Europe/Berlin",
    terms="Net 30 days from delivery.",
)


def content(total: str = "4261.23") -> VersionContent:
    """A priced version, with internal figures where staff has them."""
    line = QuoteLine(
        position=1,
        kind="part",
        description="Bearing block, left",
        part_number="4711-A",
        part_revision="C",
        quantity=20,
        tier="standard",
        lead_time_days=15,
        unit_price="213.06",
        total=total,
        pricing_calculation_id="00000000-0000-0000-0000-000000000001",
        rate_card_id=INTERNAL,
        specification=SPECIFICATION,
        breakdown=({"name": "margin", "amount": "1350.11", "formula": INTERNAL},),
    )
    return VersionContent(
        lines=(line,),
        total=Money.parse(total, "EUR"),
        notes=INTERNAL,
        warnings=({"line": 1, "code": INTERNAL, "message": INTERNAL},),
    )


@dataclass
class Shop:
    """One seller, one buyer, and quotes that are decided as soon as somebody asks."""

    database: Database
    tokens: LinkTokens = field(default_factory=lambda: LinkTokens(SECRET))
    customer_id: str = ""
    priced: VersionContent = field(default_factory=content)

    @property
    def desk(self) -> Desk:
        """Where commands are stored and decided."""
        return Desk(self.database, self.tokens)

    async def open(self) -> None:
        """Put up the sign and meet the buyer."""
        async with self.database.write() as w:
            await put_seller(w, SELLER)
            customer = await create_customer(w, NewCustomer(name="Harker Hydraulics Ltd", email=BUYER))
        self.customer_id = customer.id

    async def new_quote(self, *, days: int = 30) -> str:
        """A draft; its id."""
        created = await self.desk.store_create(
            customer_id=self.customer_id, lines=LINES, valid_days=days, owner=OWNER
        )
        await self.decide(created.quote_id, created.envelope)
        return created.quote_id

    async def sent_quote(self, *, days: int = 30, **payload: Any) -> str:
        """A quote that the buyer has; its id."""
        quote_id = await self.new_quote(days=days)
        await self.act(quote_id, "send", recipients=[BUYER], **payload)
        return quote_id

    async def act(
        self,
        quote_id: str,
        name: str,
        *,
        shown_version: int | None = None,
        by: str | None = None,
        **payload: Any,
    ) -> RecordResult:
        """A command of the shop's own, or by that actor, decided at once; its messages wait in the outbox."""
        who = {"actor": by} if by else {}
        stored = await self.desk.store(quote_id, name, payload, shown_version=shown_version, **who)
        return await self.decide(quote_id, stored.envelope)

    async def revise(self, quote_id: str, *, priced: VersionContent | None = None) -> RecordResult:
        """The next version, with that content."""
        self.priced = priced or content()
        result = await self.act(quote_id, "revise", lines=LINES)
        self.priced = content()
        return result

    async def ask(self, quote_id: str, name: str, *, form_id: str = "form-of-a-test") -> RecordResult:
        """A request by the buyer's newest link."""
        link = [link for _, link in await self.links(quote_id) if link.recipient == BUYER][-1]
        payload = {"reason": "Blue, please.", "recipient": BUYER, "link_id": link.id}
        actor = actor_of(link)
        once = Idempotency(caller=actor, key=form_id, body_hash=form_id)
        stored = await self.desk.store(
            quote_id, name, payload, actor=actor, shown_version=link.version, idempotency=once
        )
        return await self.decide(quote_id, stored.envelope)

    async def decide_waiting(self, quote_id: str) -> None:
        """The worker is back: what waits is decided."""
        waiting = await self.desk.overdue_commands(quote_id, (await self.quote(quote_id)).valid_until)
        assert waiting
        for envelope in waiting:
            await self.decide(quote_id, envelope)

    async def expire(self, quote_id: str) -> RecordResult:
        """The deadline has passed."""
        return await self.desk.save(await self.desk.expire(quote_id))

    async def quote(self, quote_id: str) -> Quote:
        """The quote as recorded."""
        return await self.desk.found(quote_id)

    async def decide(self, quote_id: str, envelope: Envelope) -> RecordResult:
        """What the workflow does with a command."""
        return await self.desk.save(await self.desk.request(quote_id, envelope, self.priced))

    async def close_links(self, quote_id: str) -> None:
        """Nobody gets in any more."""
        async with self.database.write() as w:
            for link in await list_links(w, quote_id):
                assert await close_link(w, link.id, actor="key:test")

    async def paths(self, quote_id: str) -> list[str]:
        """The addresses of the quote's links, oldest first."""
        return [path for path, _ in await self.links(quote_id)]

    async def path_of(self, quote_id: str, recipient: str) -> str:
        """The address of a recipient's newest link."""
        return [path for path, link in await self.links(quote_id) if link.recipient == recipient][-1]

    async def links(self, quote_id: str) -> list[tuple[str, LinkView]]:
        """The quote's links with their addresses, oldest first."""
        async with self.database.read() as r:
            links = await list_links(r, quote_id)
        return [(f"/q/{self.tokens.token(link.id)}", link) for link in links]
