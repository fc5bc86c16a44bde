"""The quote as a letter: everything that its document shows, as plain data, ready to be set."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain import instants, wording
from domain.offer.content import VersionContent
from domain.presentation.branding import ACCENT
from domain.presentation.sheet import OfferSheet, offer_sheet


class DocumentKind(StrEnum):
    """`quote`: a version as it was sent. `acceptance`: the same with the certificate of its acceptance."""

    QUOTE = "quote"
    ACCEPTANCE = "acceptance"

    def filename(self, number: str, version: int) -> str:
        """What the PDF is called wherever it goes: "Q-2026-00012-v2.pdf"."""
        return f"{number}-v{version}{'-accepted' if self is DocumentKind.ACCEPTANCE else ''}.pdf"


class Paper(StrEnum):
    """Sheet sizes that offices print on."""

    A4 = "a4"
    LETTER = "letter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """The seller, as the version was sent by it. `logo` is a data URI of a PNG or JPEG."""

    name: str
    address: tuple[str, ...] = ()
    email: str | None = None
    phone: str | None = None
    tax_id: str | None = None
    logo: str | None = None
    accent: str = ACCENT


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteDocument:
    """One version that was sent. Texts of people are shown as they are, never read as anything else.

    `sent_at` dates the document: the same input makes the same bytes.
    """

    number: str
    version: int
    seller: Letterhead
    customer_name: str
    sent_on: str
    sent_at: datetime
    valid_until: str
    sheet: OfferSheet
    content_hash: str
    terms: tuple[str, ...] = ()
    language: str = "en"
    paper: Paper = Paper.A4

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data: what the template is given."""
        return {**asdict(self), "sent_at": instants.stored(self.sent_at), "paper": str(self.paper)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """When a version was sent, and until when it was open then. UTC; `time_zone` is the seller's."""

    at: datetime
    valid_until: datetime
    time_zone: str


def quote_document(
    *,
    number: str,
    version: int,
    content: VersionContent,
    customer_name: str,
    seller: Mapping[str, Any],
    sending: Sending,
) -> QuoteDocument:
    """The document of a version. `seller` is the seller's row as the version holds it."""
    return QuoteDocument(
        number=number,
        version=version,
        seller=letterhead(seller),
        customer_name=wording.one_line(customer_name),
        sent_on=wording.day(sending.at, sending.time_zone),
        sent_at=sending.at,
        valid_until=wording.instant(sending.valid_until, sending.time_zone),
        sheet=offer_sheet(content),
        content_hash=content.content_hash,
        terms=wording.paragraphs(seller.get("terms")),
        language=seller.get("language") or "en",
        paper=Paper(seller.get("paper") or Paper.A4),
    )


def letterhead(seller: Mapping[str, Any]) -> Letterhead:
    """The seller's row as a letter shows it."""
    return Letterhead(
        name=wording.one_line(seller["name"]),
        address=tuple(map(wording.one_line, seller.get("address") or ())),
        **{name: wording.one_line(seller.get(name) or "") or None for name in ("email", "phone", "tax_id")},
        logo=seller.get("logo"),
        accent=seller.get("accent") or ACCENT,
    )
