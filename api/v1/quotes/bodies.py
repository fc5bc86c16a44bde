"""Bodies of the requests about quotes."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from typing_extensions import TypeAliasType

from api.http.fields import (
    Email,
    Name,
    OneLine,
    Paragraphs,
    ReasonText,
    RequestBody,
    Sha256,
    Uuid,
    ValidDays,
    ValidUntil,
    WholeNumber,
    refuse,
)
from api.v1.drawings import EnclosureBody
from api.v1.pricing.specification import EXAMPLE as SPECIFICATION
from api.v1.quotes.lines import PricedBody, QuantityField
from api.v1.quotes.version_texts import TextsBody
from domain.offer.enclosures import MAX_ENCLOSURES
from domain.pricing.advice.limits import PriceLimit
from domain.quotes.commands import AcceptanceMethod
from domain.quotes.payloads import CreatePayload, RevisePayload

MAX_RECIPIENTS = 20
_CUSTOMER = "01890a5d-ac96-774b-bcce-b302099a8057"
_CALCULATION = "01890a5d-ac96-774b-bcce-b302099a8058"


def example(data: dict[str, Any]) -> ConfigDict:
    """The configuration that shows `data` as the body's example."""
    return ConfigDict(json_schema_extra={"examples": [data]})


class ValidityBody(RequestBody):
    """Until when an offer is open: a number of days, or a day or instant; the shop's own number of days without either."""

    valid_days: ValidDays | None = None
    valid_until: ValidUntil | None = None

    @model_validator(mode="after")
    def _one_validity(self) -> Self:
        if self.valid_days is not None and self.valid_until is not None:
            raise refuse("one_of", "give valid_days or valid_until, not both", ["valid_days", "valid_until"])
        return self


class QuoteBody(PricedBody, TextsBody, ValidityBody):
    """A new quote, from one stored calculation, one specification, or lines. `contact` is whom of the customer's contacts it
    is for, by name or address.
    """

    model_config = example(
        {
            "customer_id": _CUSTOMER,
            "pricing_calculation_id": _CALCULATION,
            "tier": "standard",
            "customer_reference": "ANF-4711",
            "introduction": "Thank you for your enquiry of 3 December.",
            "delivery_terms": "DAP Winterthur (Incoterms 2020)",
            "valid_days": 30,
        }
    )

    customer_id: Uuid
    contact: OneLine | None = None
    owner: Email | None = None
    external_id: OneLine | None = None

    def payload(self, files: list[dict[str, Any]] | None) -> CreatePayload:
        """As a command carries it, with its `files` as `api.v1.drawings.enclosures` reads them."""
        return CreatePayload(
            lines=self.lines_data(),
            discount=self.discount_data(),
            copied_from=None,
            notes=self.notes,
            files=files,
            customer_reference=self.customer_reference,
            introduction=self.introduction,
            remarks=self.remarks,
            terms=self.terms,
            delivery_terms=self.delivery_terms,
            no_tax_reason=self.no_tax_reason,
            owner=self.owner,
            external_id=self.external_id,
            contact=self.contact,
            valid_days=self.valid_days,
            valid_until=self.valid_until,
        )


def _only_true(value: Any) -> Any:
    if value is not True:
        raise refuse("not_allowed", "must be true or left out", ["true"])
    return value


OverridesWish = TypeAliasType("OverridesWish", Literal["keep", "drop"])
"""What is to become of prices that were set by hand."""
CopyPricing = TypeAliasType("CopyPricing", Literal["as_it_was", "reprice"])


class PricingBody(PricedBody, TextsBody, ValidityBody):
    """A new version: other lines, another calculation or specification, or with `reprice` the newest
    version's lines by the rate card valid now. `overrides` says what becomes of prices that were set by hand.
    """

    model_config = example({"specification": SPECIFICATION, "tier": "economy", "notes": "Longer lead time"})

    reprice: Annotated[Literal[True], BeforeValidator(_only_true)] | None = None
    overrides: OverridesWish = "drop"

    def _sources(self) -> dict[str, object]:
        return {**super()._sources(), "reprice": self.reprice}

    def payload(self, files: list[dict[str, Any]] | None) -> RevisePayload:
        """As a command carries it, with its `files` as `api.v1.drawings.enclosures` reads them."""
        return RevisePayload(
            lines=self.lines_data(),
            discount=self.discount_data(),
            reprice=self.reprice,
            overrides=self.overrides,
            notes=self.notes,
            files=files,
            customer_reference=self.customer_reference,
            introduction=self.introduction,
            remarks=self.remarks,
            terms=self.terms,
            delivery_terms=self.delivery_terms,
            no_tax_reason=self.no_tax_reason,
            valid_days=self.valid_days,
            valid_until=self.valid_until,
        )

    def lines_data(self) -> list[dict[str, Any]]:
        """The lines as a command carries them; none where the ones before are priced again."""
        return [] if self.reprice else super().lines_data()


class CopyBody(TextsBody, ValidityBody):
    """A copy of a quote. Prices `as_it_was` are those of the copied version; `reprice` uses the rate card valid
    now. Without `overrides`, prices set by hand are kept with `as_it_was` and dropped with `reprice`; without `files`, those of
    the copied version go along.
    """

    model_config = example({"customer_id": _CUSTOMER, "pricing": "reprice", "overrides": "drop"})

    customer_id: Uuid | None = None
    version: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] | None = None
    pricing: CopyPricing = "as_it_was"
    overrides: OverridesWish | None = None
    contact: OneLine | None = None
    owner: Email | None = None
    external_id: OneLine | None = None
    files: Annotated[list[EnclosureBody], Field(max_length=MAX_ENCLOSURES)] | None = None

    @property
    def keeps_overrides(self) -> bool:
        """What becomes of prices set by hand."""
        return self.overrides == "keep" or (self.overrides is None and self.pricing == "as_it_was")


Recipients = Annotated[list[Email], Field(max_length=MAX_RECIPIENTS)]


class ResendBody(RequestBody):
    """Who is sent the quote again, or once it is accepted its confirmation; without recipients, all readers. Those who
    are in `read_only` too may read the quote and not answer it.
    """

    model_config = example({"recipients": ["buyer@example.com"], "message": "As discussed on the phone."})

    recipients: Recipients | None = None
    read_only: Recipients | None = None
    message: Paragraphs | None = None

    @field_validator("read_only", mode="after")
    @classmethod
    def _among_the_recipients(cls, read_only: list[str] | None, info: ValidationInfo) -> list[str] | None:
        known = {address.casefold() for address in info.data.get("recipients") or ()}
        if not {address.casefold() for address in read_only or ()} <= known:
            raise refuse("not_a_recipient", "must each be among the recipients")
        return read_only


class SendBody(ResendBody, ValidityBody):
    """Who is sent the quote, and until when it is open; without recipients, the readers of the version sent before, as
    they were, or the contact that was named, or the customer's email. Those who are in `read_only` too may read the quote
    and not answer it. `contact` is whom of the customer's contacts the offer is for from now on, by name or address. `confirm`
    are the codes of the version's warnings that need a confirmation: without all of them it is not sent.
    """

    model_config = example({"recipients": ["buyer@example.com"], "valid_days": 30})

    contact: OneLine | None = None
    confirm: Annotated[list[PriceLimit], Field(max_length=len(PriceLimit))] | None = None


class PreviewBody(SendBody):
    """As for sending. `reader` is the recipient for whom it is shown; without one, the first."""

    reader: Email | None = None


class ExtendBody(ValidityBody):
    """Until when the quote is open from now on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"valid_until": "2026-12-24"}],
            # Either of them. Said by `anyOf`, each generator makes a type of either, and of neither the whole.
            "not": {"properties": {name: {"type": "null"} for name in ("valid_days", "valid_until")}},
        }
    )

    @model_validator(mode="after")
    def _some_validity(self) -> Self:
        if self.valid_days is None and self.valid_until is None:
            raise refuse("required", "give valid_days or valid_until", ["valid_days", "valid_until"])
        return self


class PickBody(RequestBody):
    """What was chosen of one line: left out, the first that fits."""

    position: Annotated[WholeNumber, Field(ge=1, le=10_000)]
    quantity: QuantityField | None = None
    tier: OneLine | None = None


def _each_line_once(picks: list[PickBody]) -> list[PickBody]:
    if len({pick.position for pick in picks}) != len(picks):
        raise refuse("not_unique", "must name each position once")
    return picks


class AcceptBody(RequestBody):
    """The customer's yes, recorded on the customer's behalf. `version` defaults to the current one. `method` is how it
    came: by phone, mail or purchase order. `online` is refused: that is the customer's own act, by a link.

    `selection` is what was chosen of a version with alternatives and optional lines. Of a line that it does not name the
    first alternative is meant, and an optional one is left out.
    """

    model_config = example(
        {
            "signer_name": "Maria Huber",
            "signer_email": "maria.huber@example.com",
            "method": "purchase_order",
            "purchase_order_number": "PO-4711",
        }
    )

    signer_name: Name
    signer_email: Email
    method: AcceptanceMethod
    purchase_order_number: Name | None = None
    proof_sha256: Sha256 | None = None
    selection: Annotated[list[PickBody], Field(max_length=1_000), AfterValidator(_each_line_once)] | None = (
        None
    )
    version: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] | None = None

    def selection_data(self) -> list[dict[str, Any]] | None:
        """The choice as a command carries it."""
        if self.selection is None:
            return None
        return [pick.model_dump(mode="json", exclude_none=True) for pick in self.selection]


class RejectBody(RequestBody):
    """The customer's no, recorded on the customer's behalf; `method` as of a yes."""

    model_config = example({"reason": "Price too high", "method": "phone"})

    reason: Paragraphs | None = None
    method: AcceptanceMethod | None = None
    version: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] | None = None


class CancelBody(RequestBody):
    """Why the shop withdraws the quote."""

    model_config = example({"reason": "Material no longer available"})

    reason: Paragraphs | None = None


class AnnulBody(RequestBody):
    """Why an acceptance is taken back, and with whom on the customer's side that was agreed. The customer reads both."""

    model_config = example(
        {"reason": "The machine that the part was for is not built.", "agreed_with": "Maria Huber"}
    )

    reason: ReasonText
    agreed_with: Name


class OrderBody(RequestBody):
    """Under what the system that makes the order has taken it."""

    model_config = example({"reference": "SO-4711"})

    reference: Name
