"""What an offer says: the one object that documents, mails and pages show.

A fact that customers read is declared here (the seller's in `Letterhead`, those of lines and sums in `OfferSheet`), read
in `adapters/db/record/offers.py`, and shown by the templates, which get this object whole. No fact has a default: who
makes the object names them all.
"""

from dataclasses import dataclass
from datetime import datetime

from domain import wording
from domain.presentation.letterhead import Letterhead
from domain.presentation.sheet import OfferSheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One version of a quote as its customer reads it; nothing is in it that only the shop may know. Texts of people
    are safe to show, and never read as anything else.

    Times are UTC, shown in `time_zone`, the seller's; `reader_zone` is the customer's. `sent_at` dates it, and is None for what is not sent.
    `sent_until` is the deadline as it was when the version was sent, which its document says for ever.
    """

    number: str
    version: int
    customer_name: str
    seller: Letterhead
    sheet: OfferSheet
    valid_until: datetime
    time_zone: str
    reader_zone: str
    sent_at: datetime | None
    sent_until: datetime | None

    @property
    def deadline(self) -> str:
        """`valid_until` in words, for the customer: by the seller's clocks, and by the reader's where they differ."""
        return wording.instant_for(self.valid_until, self.time_zone, self.reader_zone)

    @property
    def document_says(self) -> str | None:
        """The deadline in the document, in words; None where it reads as `valid_until` does."""
        if self.sent_until is None:
            return None
        told = wording.instant(self.sent_until, self.time_zone)
        return told if told != wording.instant(self.valid_until, self.time_zone) else None
