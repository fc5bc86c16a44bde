"""The seller, as customers see it: one letterhead for documents, mails and pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain import wording
from domain.presentation.branding import ACCENT
from domain.presentation.images import image_bytes


class Paper(StrEnum):
    """Sheet sizes that offices print on."""

    A4 = "a4"
    LETTER = "letter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Texts are safe to show. `address` has one line each, `terms` one paragraph each. `logo` is a data URI of a PNG or
    JPEG, `accent` a colour as #rrggbb.
    """

    name: str
    address: tuple[str, ...]
    email: str | None
    phone: str | None
    tax_id: str | None
    logo: str | None
    accent: str
    terms: tuple[str, ...]
    consent_text: str
    paper: Paper

    @property
    def picture(self) -> bytes | None:
        """The logo's bytes; None without one, and for what is neither PNG nor JPEG."""
        return image_bytes(self.logo)


def letterhead(seller: Mapping[str, Any] | None, otherwise: Mapping[str, Any] | None = None) -> Letterhead:
    """The letterhead of the seller's row, as it is now or as a version holds it. Rows of versions that were sent before
    there was a place for a fact lack it: it is as in `otherwise`, which also stands for a row that is not there.
    """
    seller = {**(otherwise or {}), **(seller or {})}
    return Letterhead(
        name=wording.one_line(seller["name"]),
        address=tuple(map(wording.one_line, seller.get("address") or ())),
        email=_line(seller.get("email")),
        phone=_line(seller.get("phone")),
        tax_id=_line(seller.get("tax_id")),
        logo=seller.get("logo"),
        accent=seller.get("accent") or ACCENT,
        terms=wording.paragraphs(seller.get("terms")),
        consent_text=wording.one_line(seller.get("consent_text") or ""),
        paper=Paper(seller.get("paper") or Paper.A4),
    )


def _line(text: str | None) -> str | None:
    return wording.one_line(text or "") or None
