"""What a page shows: plain data, ready to be set, with nothing in it that only the shop may know."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.db.parties import Seller
from adapters.db.views import QuoteView, VersionView
from api.customer.standing import Page, Standing
from domain import wording
from domain.quotes.sheet import OfferSheet, offer_sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The seller, as the version was sent by it."""

    name: str
    email: str | None
    phone: str | None
    address: tuple[str, ...]
    tax_id: str | None
    terms: tuple[str, ...]
    consent_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """One version of a quote. Figures and times are words already. `newer` is the address of the newer
    version's page, where the reader has one.
    """

    page: Page
    number: str
    version: int
    customer_name: str
    shop: Shop
    sheet: OfferSheet
    valid_until: str
    valid_until_iso: str
    decided_at: str | None
    token: str
    newer: str | None = None


def offer_view(
    standing: Standing,
    quote: QuoteView,
    version: VersionView,
    seller: Seller,
    *,
    token: str,
    newer: str | None,
) -> OfferView:
    """The page's data. `seller` stands in where the version holds no seller of its own."""
    zone = quote.quote.time_zone
    decided = quote.quote.decided_at
    return OfferView(
        page=standing.page,
        number=quote.number,
        version=version.number,
        customer_name=wording.one_line(quote.customer_name),
        shop=_shop(version.seller or {}, seller),
        sheet=offer_sheet(version.content),
        valid_until=wording.instant(quote.quote.valid_until, zone),
        valid_until_iso=quote.quote.valid_until.isoformat(),
        decided_at=wording.instant(decided, zone) if decided else None,
        token=token,
        newer=newer,
    )


def _shop(sent_by: Mapping[str, Any], now: Seller) -> Shop:
    def of(field: str) -> Any:
        return sent_by.get(field) or getattr(now, field)

    return Shop(
        name=wording.one_line(of("name")),
        email=of("email"),
        phone=of("phone"),
        address=tuple(map(wording.one_line, of("address"))),
        tax_id=of("tax_id"),
        terms=wording.paragraphs(of("terms")),
        consent_text=wording.one_line(of("consent_text")),
    )
