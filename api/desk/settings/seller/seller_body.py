"""Who the shop is, by the rules that hold wherever it is written."""

import math
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from adapters.db.parties.seller import Seller
from adapters.mail.logo import logo_of
from api.http.fields import (
    Currency,
    Email,
    Fraction,
    Name,
    OneLine,
    Paragraphs,
    RequestBody,
    TimeZone,
    refuse,
)
from domain import wording
from domain.presentation.branding import LEAST_CONTRAST, contrast_with_white
from domain.presentation.images import image_bytes

LONGEST_LOGO = 500_000
"""Characters of its data URI."""
_DEFAULTS = Seller()


def _logo(value: str) -> str:
    if logo_of(image_bytes(value)) is None:
        raise refuse("bad_format", "must be a PNG or JPEG as data:image/png;base64,…")
    return value


def _accent(value: str) -> str:
    try:
        contrast = contrast_with_white(value.lower())
    except ValueError:
        raise refuse("bad_format", "must be a colour such as #1f4f5f") from None
    if contrast < LEAST_CONTRAST:
        raise refuse(
            "low_contrast",
            f"must be darker: its contrast against white is {_shown(contrast)}:1, and at least 4.5:1 is "
            "required",
        )
    return value.lower()


def _shown(contrast: float) -> str:
    """Never rounded up to what is needed."""
    return f"{math.floor(contrast * 100) / 100:.2f}"


def _language(value: str) -> str:
    if value not in wording.LANGUAGES:
        allowed = " or ".join(wording.LANGUAGES)
        raise refuse(
            "unsupported_language", f"must be {allowed}: documents, emails and pages are in no other language"
        )
    return value


def _said(value: str) -> str:
    if not value.strip():
        raise refuse("blank", "must not be blank")
    return value


class SellerBody(RequestBody):
    """The seller as people write it: without name and mail address no offer can be sent."""

    name: Name
    email: Email
    phone: OneLine | None = None
    address: Annotated[tuple[OneLine, ...], Field(max_length=10)] = ()
    tax_id: OneLine | None = None
    logo: Annotated[str, Field(max_length=LONGEST_LOGO), AfterValidator(_logo)] | None = None
    time_zone: TimeZone = _DEFAULTS.time_zone
    currency: Currency = _DEFAULTS.currency
    language: Annotated[str, AfterValidator(_language)] = _DEFAULTS.language
    terms: Paragraphs = _DEFAULTS.terms
    consent_text: Annotated[Paragraphs, AfterValidator(_said)] = _DEFAULTS.consent_text
    paper: Literal["a4", "letter"] = "a4"
    accent: Annotated[str, AfterValidator(_accent)] = _DEFAULTS.accent
    tax_rate: Fraction | None = None
    no_tax_reason: OneLine | None = None

    @model_validator(mode="after")
    def _one_tax(self) -> Self:
        if self.tax_rate is not None and self.no_tax_reason is not None:
            raise refuse("one_of", "give tax_rate or no_tax_reason, not both")
        return self
