"""One page of every kind, as customers meet it, of a quote with everything that a quote can show."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from adapters.db.quotes.archive import keep_document
from adapters.db.quotes.links import actor_of, find_link
from adapters.db.record.clocks import add_offset
from domain.money import Money
from domain.offer.content import Discount, QuantityPrice, QuoteLine, Tax, VersionContent
from domain.presentation.document import DocumentKind
from tests.api.customer.shop import BUYER, Shop, content

SIGNER = {"signer_name": "Jonathan Harker", "signer_email": BUYER, "purchase_order_number": "PO-88121"}


def rich() -> VersionContent:
    """Two parts and a free line, a discount on a line and one on the whole, other quantities, tax."""
    plain = content()
    (block,) = plain.lines
    breaks = ((50, "198.20", "9910.00"), (100, "187.45", "18745.00"), (250, "179.02", "44755.00"))
    block = replace(
        block,
        tax_rate="0.19",
        quantity_breaks=tuple(QuantityPrice(quantity=q, unit_price=u, total=t) for q, u, t in breaks),
    )
    bracket = replace(
        block,
        position=2,
        description="Mounting bracket for the hydraulic unit, right-hand side, mirrored",
        part_number="HX-2207-0094-R",
        part_revision="B",
        quantity=1_200,
        unit_price="11.875",
        subtotal="14250.00",
        total="13537.50",
        discount=Discount(reason="Framework contract 2026", amount="712.50", rate="0.05"),
        quantity_breaks=None,
    )
    delivery = _free(3, "Delivery to your works in Sheffield, two consignments", "186.00")
    return VersionContent(
        lines=(block, bracket, delivery),
        total=Money.parse("20968.57", "EUR"),
        discount=Discount(reason="Repeat order", amount="364.08", rate="0.02"),
        taxes=(Tax(rate="0.19", base="17620.65", amount="3347.92"),),
        notes=plain.notes,
    )


def _free(position: int, description: str, total: str) -> QuoteLine:
    return QuoteLine(
        position=position,
        kind="free",
        description=description,
        part_number=None,
        part_revision=None,
        quantity=1,
        tier=None,
        lead_time_days=None,
        unit_price=total,
        total=total,
        pricing_calculation_id=None,
        rate_card_id=None,
        specification=None,
        breakdown=(),
        tax_rate="0.19",
    )


@dataclass(frozen=True)
class Kind:
    """A page of that name: `path` makes its quote, `heading` tells that it is the one."""

    name: str
    heading: str
    path: Callable[[Shop], Awaitable[str]]


async def _sent(shop: Shop) -> tuple[str, str]:
    shop.priced = rich()
    try:
        quote_id = await shop.sent_quote()
    finally:
        shop.priced = content()
    return quote_id, await shop.path_of(quote_id, BUYER)


async def offer(shop: Shop) -> str:
    """Of the first version."""
    return (await _sent(shop))[1]


async def _newer(shop: Shop) -> tuple[str, str]:
    quote_id = await shop.sent_quote()
    old = await shop.path_of(quote_id, BUYER)
    await shop.revise(quote_id, priced=rich())
    await shop.act(quote_id, "send", recipients=[BUYER])
    return old, await shop.path_of(quote_id, BUYER)


async def offer_with_changes(shop: Shop) -> str:
    """Of the second version."""
    return (await _newer(shop))[1]


async def offer_asked(shop: Shop) -> str:
    """After a change was asked for."""
    quote_id, path = await _sent(shop)
    await shop.ask(quote_id, "request_change")
    return path


async def offer_to_read(shop: Shop) -> str:
    """By a read-only link, and shown to a colleague."""
    quote_id = await shop.new_quote()
    await shop.act(quote_id, "send", recipients=[BUYER], read_only=[BUYER])
    path, link = (await shop.links(quote_id))[0]
    told = {"link_id": link.id, "recipient": BUYER, "reads_only": True}
    to = ["m.murray@harker-hydraulics.example"]
    await shop.act(quote_id, "share", shown_version=1, by=actor_of(link), recipients=to, **told)
    return path


async def accepted(shop: Shop) -> str:
    """By a person, with a certificate."""
    quote_id, path = await _sent(shop)
    await shop.act(quote_id, "accept", shown_version=1, method="phone", **SIGNER)
    async with shop.database.write() as w:
        await keep_document(w, quote_id, 1, DocumentKind.ACCEPTANCE, b"%PDF-1.7")
    return path


async def rejected(shop: Shop) -> str:
    """Declined."""
    quote_id, path = await _sent(shop)
    await shop.act(quote_id, "reject", shown_version=1)
    return path


async def expired(shop: Shop) -> str:
    """Over, and more time can be asked for."""
    quote_id, path = await _sent(shop)
    await shop.expire(quote_id)
    return path


async def expired_asked(shop: Shop) -> str:
    """Over, and more time has been asked for."""
    quote_id, path = await _sent(shop)
    async with shop.database.write() as w:
        await add_offset(w, quote_id, timedelta(days=40))
    await shop.ask(quote_id, "request_extension")
    return path


async def cancelled(shop: Shop) -> str:
    """Withdrawn."""
    quote_id, path = await _sent(shop)
    await shop.act(quote_id, "cancel")
    return path


async def annulled(shop: Shop) -> str:
    """Accepted, and annulled by agreement."""
    path = await accepted(shop)
    async with shop.database.read() as r:
        link = await find_link(r, shop.tokens.hash(path.removeprefix("/q/")))
    assert link is not None
    await shop.act(link.quote_id, "annul", reason="The press is not built.", agreed_with="Abraham Holmwood")
    return path


async def superseded(shop: Shop) -> str:
    """The old version's link."""
    return (await _newer(shop))[0]


async def in_revision(shop: Shop) -> str:
    """Declined, and reopened as a draft."""
    quote_id, path = await _sent(shop)
    await shop.act(quote_id, "reject", shown_version=1)
    await shop.revise(quote_id)
    return path


async def revoked(shop: Shop) -> str:
    """A closed link."""
    quote_id, path = await _sent(shop)
    await shop.close_links(quote_id)
    return path


async def unknown(_shop: Shop) -> str:
    """No link at all."""
    return "/q/" + "a" * 43


async def document_awaited(shop: Shop) -> str:
    """A document that is being made."""
    return f"{await offer(shop)}/pdf"


KINDS = (
    Kind("offer", "Quote Q-", offer),
    Kind("offer-with-changes", "Quote Q-", offer_with_changes),
    Kind("offer-asked", "Quote Q-", offer_asked),
    Kind("offer-to-read", "Quote Q-", offer_to_read),
    Kind("accepted", "Thank you for your order", accepted),
    Kind("rejected", "This quote has been declined", rejected),
    Kind("expired", "This quote has expired", expired),
    Kind("expired-asked", "This quote has expired", expired_asked),
    Kind("cancelled", "This quote has been withdrawn", cancelled),
    Kind("annulled", "This order has been annulled", annulled),
    Kind("superseded", "There is a newer version", superseded),
    Kind("in-revision", "This quote is being revised", in_revision),
    Kind("revoked", "This link is no longer valid", revoked),
    Kind("unknown", "This page does not exist", unknown),
    Kind("document-awaited", "The document is being prepared", document_awaited),
)
