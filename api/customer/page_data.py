"""What a page shows: plain data, ready to be set, with nothing in it that only the shop may know."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.db.parties.seller import Seller
from adapters.db.record.views import LinkView, QuoteView, VersionView
from api.customer.which_page import Page, Standing
from domain import instants, wording
from domain.presentation.branding import ACCENT
from domain.presentation.changes import SheetChanges, sheet_changes
from domain.presentation.images import image_bytes
from domain.presentation.sheet import OfferSheet, offer_sheet
from domain.proof.evidence import Evidence
from domain.quotes.commands import AcceptanceMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The seller, as the version was sent by it. `accent` is its colour, #rrggbb."""

    name: str
    email: str | None
    phone: str | None
    address: tuple[str, ...]
    tax_id: str | None
    terms: tuple[str, ...]
    consent_text: str
    accent: str = ACCENT
    has_logo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """By whom a quote was accepted, as far as that is kept, and how it came to the shop where not online."""

    name: str | None
    purchase_order_number: str | None
    how: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What this link has asked for, and when in words. `command_id` is set until the shop has been told."""

    at: str
    command_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is new since `version`; `seen` says that this very reader was sent that one."""

    version: int
    seen: bool
    of: SheetChanges


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """One version of a quote. Figures and times are words already. `newer` is the address of the newer
    version's page, where the reader has one. `is_own` says that the version is the one this link is for: only
    then are there documents behind it. `document_says` is the day in its document, where the deadline has been moved
    since. `confirms_view` is set while nobody is known to have looked by this link.
    """

    page: Page
    number: str
    version: int
    content_hash: str
    customer_name: str
    shop: Shop
    sheet: OfferSheet
    sent_on: str | None
    valid_until: str
    valid_until_iso: str
    now_iso: str
    decided_at: str | None
    token: str
    is_own: bool = True
    confirms_view: bool = False
    takes_extension_request: bool = False
    newer: str | None = None
    changes: Changes | None = None
    signed: Signed | None = None
    wish: Wish | None = None
    document_says: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was read of the record for a page. `before` is the version that this reader, or else the customer,
    was sent before, `document_says` the deadline in the document of an open offer; `seller` stands in where the version holds no seller of its own.
    """

    link: LinkView
    quote: QuoteView
    version: VersionView
    standing: Standing
    seller: Seller
    newer: str | None = None
    before: VersionView | None = None
    before_was_own: bool = False
    evidence: Evidence | None = None
    document_says: datetime | None = None
    asked_at: datetime | None = None
    asking: tuple[str, datetime] | None = None
    """Id and received time of a request that the shop has not been told of yet."""


def offer_view(facts: Facts, *, token: str) -> OfferView:
    """The page's data."""
    quote, version = facts.quote.quote, facts.version
    zone, decided = quote.time_zone, quote.decided_at
    sent = quote.sent_at if version.number == quote.last_sent_version else None
    sheet = offer_sheet(version.content)
    return OfferView(
        page=facts.standing.page,
        number=facts.quote.number,
        version=version.number,
        content_hash=version.content_hash,
        customer_name=wording.one_line(version.customer_name or facts.quote.customer_name),
        shop=_shop(version.seller or {}, facts.seller),
        sheet=sheet,
        sent_on=wording.day(sent, zone) if sent else None,
        valid_until=wording.instant(quote.valid_until, zone),
        valid_until_iso=instants.stored(quote.valid_until),
        now_iso=instants.to_the_millisecond(facts.quote.now),
        decided_at=wording.instant(decided, zone) if decided else None,
        token=token,
        is_own=version.number == facts.link.version,
        confirms_view=facts.standing.shows_version and facts.link.viewed_at is None,
        takes_extension_request=facts.standing.takes_extension_request,
        newer=facts.newer,
        changes=_changes(facts, sheet),
        signed=_signed(facts.evidence) if facts.evidence else None,
        wish=_wish(facts),
        document_says=_document_says(facts.document_says, quote.valid_until, zone),
    )


def _document_says(told: datetime | None, valid_until: datetime, zone: str) -> str | None:
    return wording.instant(told, zone) if told and told != valid_until else None


def _changes(facts: Facts, sheet: OfferSheet) -> Changes | None:
    if facts.before is None:
        return None
    of = sheet_changes(offer_sheet(facts.before.content), sheet)
    return Changes(version=facts.before.number, seen=facts.before_was_own, of=of)


def _signed(evidence: Evidence) -> Signed:
    return Signed(
        name=wording.one_line(evidence.signer_name or "") or None,
        purchase_order_number=wording.one_line(evidence.purchase_order_number or "") or None,
        how=_OFFLINE.get(evidence.method),
    )


def _wish(facts: Facts) -> Wish | None:
    if facts.asking is not None:
        command_id, at = facts.asking
        return Wish(at=_told(at, facts), command_id=command_id)
    return Wish(at=_told(facts.asked_at, facts)) if facts.asked_at else None


def _told(at: datetime, facts: Facts) -> str:
    """The time of day; with its day where that is not today's."""
    zone = facts.quote.quote.time_zone
    clock, day = wording.clock(at, zone), wording.day(at, zone)
    return f"at {clock}" if day == wording.day(facts.quote.now, zone) else f"on {day} at {clock}"


def _shop(sent_by: Mapping[str, Any], now: Seller) -> Shop:
    def of(field: str) -> Any:
        return sent_by[field] if field in sent_by else getattr(now, field)

    return Shop(
        name=wording.one_line(of("name")),
        email=of("email"),
        phone=of("phone"),
        address=tuple(map(wording.one_line, of("address"))),
        tax_id=of("tax_id"),
        terms=wording.paragraphs(of("terms")),
        consent_text=wording.one_line(of("consent_text")),
        accent=of("accent"),
        has_logo=image_bytes(logo_of(sent_by, now)) is not None,
    )


def logo_of(sent_by: Mapping[str, Any] | None, now: Seller) -> str | None:
    """The logo's data URI, by the seller as a version was sent by it; as it is now where that is not known."""
    return sent_by.get("logo") if sent_by else now.logo


_OFFLINE: Mapping[AcceptanceMethod, str] = {
    AcceptanceMethod.PHONE: "by phone",
    AcceptanceMethod.MAIL: "by mail",
    AcceptanceMethod.PURCHASE_ORDER: "by purchase order",
}
