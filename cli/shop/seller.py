"""`firm-offer seller`: the one seller of this installation, whom customers see on every page and mail."""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal, Self

import typer
from pydantic import AfterValidator, Field, ValidationError, model_validator

from adapters.db.database import Writing
from adapters.db.parties.seller import Seller, get_seller, put_seller
from adapters.db.pricing import active_card
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
from api.http.validation import field_errors
from cli.input.files import read_json
from cli.local.errors import StackError
from cli.settings import load_database_url, read_record, write_record
from domain import wording
from domain.presentation.branding import LEAST_CONTRAST, contrast_with_white
from domain.presentation.images import image_bytes

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
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


class SellerFile(RequestBody):
    """The seller as an operator writes it: without name and mail address no offer can be sent."""

    name: Name
    email: Email
    phone: OneLine | None = None
    address: Annotated[tuple[OneLine, ...], Field(max_length=10)] = ()
    tax_id: OneLine | None = None
    logo: Annotated[str, Field(max_length=500_000), AfterValidator(_logo)] | None = None
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


@app.command()
def show() -> None:
    """Print the seller as JSON, in the format that `seller set` reads."""
    seller = read_record(load_database_url(), get_seller)
    typer.echo(json.dumps(asdict(seller), indent=2, ensure_ascii=False))


@app.command(name="set")
def put(
    file: Annotated[
        Path, typer.Argument(help="A JSON file with all the seller's fields; - is standard input.")
    ],
) -> None:
    """Replace the seller. Fields that the file leaves out go back to their defaults; offers already sent keep theirs."""
    seller = read_seller(file)

    async def write(w: Writing) -> str | None:
        await put_seller(w, seller)
        card = await active_card(w)
        return str(card[1]["currency"]) if card else None

    card_currency = write_record(load_database_url(), write)
    typer.echo(f"The seller is {seller.name}; emails come from {seller.email}.")
    if card_currency not in {None, seller.currency}:
        typer.echo(
            f"The seller's currency is {seller.currency}, but the rate card valid now is in "
            f"{card_currency}: prices are in the card's currency.",
            err=True,
        )


def read_seller(file: Path) -> Seller:
    """The seller in the file. Raises `StackError` that names every field that is wrong."""
    try:
        read = SellerFile.model_validate(read_json(file))
    except ValidationError as error:
        wrong = field_errors({**each, "loc": ("file", *each["loc"])} for each in error.errors())
        told = "; ".join(f"{each.pointer.lstrip('/') or 'the whole'} {each.message}" for each in wrong)
        raise StackError(f"The seller was not changed, because of {file}: {told}.") from error
    return Seller(**read.model_dump())
