"""What an offer says: the one object that documents, mails and pages show.

A fact that customers read is declared here (the seller's in `Letterhead`, those of lines and sums in `OfferSheet`), read
in `adapters/db/record/offers.py`, and shown by the templates, which get this object whole. No fact has a default: who
makes the object names them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain import wording
from domain.presentation.letterhead import Letterhead
from domain.presentation.sheet import OfferSheet


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferContact:
    """A person on one of the two sides: whom the offer is for, or who is in charge of it."""

    name: str
    phone: str | None
    email: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """The customer beyond the name: `address` has one line each, `contact` is whom the offer is for."""

    address: tuple[str, ...]
    tax_id: str | None
    contact: OfferContact | None

    @property
    def is_told(self) -> bool:
        """Whether there is anything beyond the name."""
        return bool(self.address or self.tax_id or self.contact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One version of a quote as its customer reads it; nothing is in it that only the shop may know. Texts of people
    are safe to show, and never read as anything else.

    `sheet` is what was offered; `ordered` is what was chosen of it, None where there was no choice, or nobody has accepted.

    Times are UTC, shown in `time_zone`, the seller's; `reader_zone` is the customer's. `sent_at` dates it, and is None for what is not sent.
    `in_charge` is the shop's person, whom one asks; None where the shop names nobody.
    `sent_until` is the deadline as it was when the version was sent, which its document says for ever.
    """

    number: str
    version: int
    customer_name: str
    addressee: Addressee
    seller: Letterhead
    in_charge: OfferContact | None
    sheet: OfferSheet
    ordered: OfferSheet | None
    valid_until: datetime
    time_zone: str
    reader_zone: str
    sent_at: datetime | None
    sent_until: datetime | None

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms that hold: the version's own, else the seller's."""
        return self.sheet.terms or self.seller.terms

    @property
    def deal(self) -> OfferSheet:
        """What counts now: what was ordered, or else what is offered."""
        return self.ordered or self.sheet

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


def offer_contact(told: Mapping[str, Any] | None) -> OfferContact | None:
    """The person in plain JSON data; None without a name."""
    name = wording.one_line((told or {}).get("name") or "")
    if told is None or not name:
        return None
    phone, email = (wording.one_line(told.get(each) or "") or None for each in ("phone", "email"))
    return OfferContact(name=name, phone=phone, email=email)


def addressee(told: Mapping[str, Any] | None) -> Addressee:
    """The customer as a version holds it; nothing of one that was sent before there was a place for it."""
    told = told or {}
    return Addressee(
        address=tuple(line for each in told.get("address") or () if (line := wording.one_line(each))),
        tax_id=wording.one_line(told.get("tax_id") or "") or None,
        contact=offer_contact(told.get("contact")),
    )
