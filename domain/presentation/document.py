"""The offer as a letter: everything that its document shows, as plain data, ready to be set."""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from domain import wording
from domain.presentation.offer import Offer
from domain.quotes.notices import MessageKind


class DocumentKind(StrEnum):
    """`quote`: a version as it was sent. `acceptance`: the same with the certificate of its acceptance."""

    QUOTE = "quote"
    ACCEPTANCE = "acceptance"

    def filename(self, number: str, version: int) -> str:
        """What the PDF is called wherever it goes: "Q-2026-00012-v2.pdf"."""
        return f"{number}-v{version}{'-accepted' if self is DocumentKind.ACCEPTANCE else ''}.pdf"


DOCUMENT_OF: Final = {
    MessageKind.SENT: DocumentKind.QUOTE,
    MessageKind.ACCEPTED: DocumentKind.ACCEPTANCE,
}
"""What goes with an email; with any other goes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteDocument:
    """A version that was sent, as it was sent. `content_hash` is that of its content. A `watermark` lies across every page
    of what only shows how it would be.
    """

    offer: Offer
    content_hash: str
    watermark: str | None = None

    @property
    def sent_at(self) -> datetime:
        """Dates the document: the same input makes the same bytes."""
        if self.offer.sent_at is None:
            raise AssertionError("only what was sent has a document")
        return self.offer.sent_at

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data: what the template is given. Times are words in the seller's time zone."""
        offer, zone = self.offer, self.offer.time_zone
        return {
            **asdict(offer),
            **{name: wording.instant(at, zone) for name, at in _times(offer)},
            "sent_on": wording.day(self.sent_at, zone),
            "content_hash": self.content_hash,
            "watermark": self.watermark,
            "terms": offer.terms,
        }


def _times(offer: Offer) -> list[tuple[str, datetime]]:
    values = ((name, getattr(offer, name)) for name in Offer.__dataclass_fields__)
    return [(name, value) for name, value in values if isinstance(value, datetime)]
