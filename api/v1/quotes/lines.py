"""What is to be priced: one part in short form, or lines; exactly one source of the price each."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from api.http.fields import (
    DECIMAL_PATTERN,
    Currency,
    DecimalText,
    Description,
    Fraction,
    OneLine,
    RequestBody,
    Uuid,
    WholeNumber,
    refuse,
)
from api.http.json_body import NumberText
from api.v1.drawings import EnclosureBody
from api.v1.pricing.specification import SpecificationBody
from domain.decimals import NotADecimalError, plain, read_decimal
from domain.offer.content import Unit
from domain.offer.enclosures import MAX_ENCLOSURES
from domain.offer.line_request import (
    MAX_LEAD_TIME,
    MAX_QUANTITIES,
    MAX_QUANTITY,
    MAX_TIERS,
    QUANTITY_DECIMALS,
    read_quantity,
)

PRICE_PATTERN = DECIMAL_PATTERN.replace("-?", "")


def exactly_one(**sources: object) -> None:
    """Refuses (`one_of`) unless one of the sources is given, and names them."""
    given = [name for name, value in sources.items() if value is not None]
    if len(given) != 1:
        raise refuse("one_of", f"give exactly one of {', '.join(sources)}", list(sources))


def _as_text(value: Any) -> Any:
    if isinstance(value, NumberText) or not isinstance(value, str):
        raise refuse("not_text", 'must be an amount as text, such as "12.50"')
    return value


def _not_negative(value: str) -> str:
    if value.startswith("-"):
        raise refuse("too_small", "must not be negative")
    return value


Price = Annotated[
    DecimalText,
    BeforeValidator(_as_text),
    AfterValidator(_not_negative),
    WithJsonSchema({"type": "string", "pattern": PRICE_PATTERN, "examples": ["12.50"]}),
]
"""An amount of money in a request, in the currency of the quote: text, since programs make floats of numbers."""
SignedPrice = Annotated[
    DecimalText,
    BeforeValidator(_as_text),
    WithJsonSchema({"type": "string", "pattern": DECIMAL_PATTERN, "examples": ["12.50", "-40.00"]}),
]
"""The same; below nothing it is a credit."""


def _quantity(value: Any) -> int | str:
    try:
        figure = read_decimal(value)
    except NotADecimalError:
        raise refuse("not_a_number", "must be a number, such as 3 or 2.5") from None
    try:
        kept = read_quantity(figure)
    except ValueError:
        rule = f"must be above 0 and at most {MAX_QUANTITY}, with at most {QUANTITY_DECIMALS} decimals"
        raise refuse("out_of_range", rule) from None
    return kept if isinstance(kept, int) else plain(kept)


QuantityField = Annotated[
    int | str,
    BeforeValidator(_quantity),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "maximum": MAX_QUANTITY},
                {"type": "string", "pattern": PRICE_PATTERN},
            ],
            "examples": [3, 2.5],
        }
    ),
]
"""How many, as a number or as text: a whole number, or with decimals where there are parts of the unit."""
LeadTime = Annotated[WholeNumber, Field(ge=1, le=MAX_LEAD_TIME)]
"""In working days."""


def _distinct(values: list[Any]) -> list[Any]:
    if len(set(values)) != len(values):
        raise refuse("not_unique", "must be different from each other")
    return values


PieceCount = Annotated[WholeNumber, Field(ge=1, le=MAX_QUANTITY)]
OfferedQuantities = Annotated[
    list[PieceCount],
    Field(min_length=1, max_length=MAX_QUANTITIES, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_distinct),
]
"""How many of a part the customer may choose from; the first is the specification's own."""
OfferedTiers = Annotated[
    list[OneLine],
    Field(min_length=1, max_length=MAX_TIERS, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_distinct),
]
"""At which tiers the customer may choose a part; the first is the line's own."""


class _TwoFigures(RequestBody):
    def to_data(self) -> dict[str, Any]:
        """As a command carries it."""
        return self.model_dump(mode="json", exclude_none=True)


class DiscountBody(_TwoFigures):
    """A discount by `rate` or by `amount`; the customer sees its reason."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rate": "0.05", "reason": "Repeat order"}]})

    reason: OneLine
    rate: Fraction | None = None
    amount: Price | None = None

    @model_validator(mode="after")
    def _one_figure(self) -> Self:
        exactly_one(rate=self.rate, amount=self.amount)
        return self


class OverrideBody(_TwoFigures):
    """A price set in place of the computed one, per piece or for the line; only staff see the reason."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"unit_price": "199.00", "reason": "Matched a competitor"}]}
    )

    reason: OneLine
    unit_price: Price | None = None
    total: Price | None = None

    @model_validator(mode="after")
    def _one_figure(self) -> Self:
        exactly_one(unit_price=self.unit_price, total=self.total)
        return self


MAX_LINES = 500
MAX_FURTHER_QUANTITIES = 200
"""Of all lines together, beside the first of each: every one is a calculation of its own."""


class LineBody(RequestBody):
    """A part (a specification to price, or a stored calculation, at a tier), or a free line (`quantity` and
    `unit_price`, below nothing for a credit). A `lead_time_days` stands in place of the rate card's. Of a `unit` that is
    not counted in whole ones `quantity` may have three decimals.

    A part may be offered in several `quantities` (the first is the specification's) and at several `tiers`, an `optional`
    line may be left out: the customer chooses. An override is for one quantity at one tier.
    """

    description: Description
    part_number: OneLine | None = None
    part_revision: OneLine | None = None
    customer_part_number: OneLine | None = None
    specification: SpecificationBody | None = None
    pricing_calculation_id: Uuid | None = None
    tier: OneLine | None = None
    unit: Unit | None = None
    quantity: QuantityField | None = None
    unit_price: SignedPrice | None = None
    lead_time_days: LeadTime | None = None
    quantities: OfferedQuantities | None = None
    tiers: OfferedTiers | None = None
    optional: StrictBool = False
    override: OverrideBody | None = None
    discount: DiscountBody | None = None
    tax_rate: Fraction | None = None

    @field_validator("quantity", mode="after")
    @classmethod
    def _whole_pieces(cls, quantity: int | str | None, info: ValidationInfo) -> int | str | None:
        unit = info.data.get("unit") or Unit.PIECE
        if isinstance(quantity, str) and unit.is_whole:
            parts = ", ".join(each for each in Unit if not each.is_whole)
            raise refuse("not_an_integer", f"must be a whole number of {unit}s; parts of one are for {parts}")
        return quantity

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        exactly_one(
            specification=self.specification,
            pricing_calculation_id=self.pricing_calculation_id,
            unit_price=self.unit_price,
        )
        if self.unit_price is None and self.quantity is not None:
            raise refuse("not_with_part", "the quantity of a part belongs in its specification")
        if self.unit_price is not None and self.quantity is None:
            raise refuse("required", "a free line needs a quantity as well as its unit_price")
        if self.unit_price is not None and (self.tier is not None or self.override is not None):
            raise refuse("not_with_free_line", "a free line has no tier and no computed price to override")
        if self.unit_price is None and self.unit is not None and not self.unit.is_whole:
            raise refuse("not_with_part", "a part is counted in pieces or sets")
        if (self.unit_price or "").startswith("-") and self.discount is not None:
            raise refuse("not_with_credit", "a credit takes no discount: it is one itself")
        self._check_choice()
        return self

    def _check_choice(self) -> None:
        """Whether what the customer may choose from is about one part, with prices of one maker."""
        quantities, tiers = self.quantities or [], self.tiers or []
        if self.unit_price is not None and (quantities or tiers):
            raise refuse("not_with_free_line", "a free line has one quantity and no tier: it can be optional")
        _check_part(self)
        if self.override is not None and max(len(quantities), 1) * max(len(tiers), 1) > 1:
            raise refuse("not_with_choice", "an override is the price of one quantity at one tier")

    def to_data(self) -> dict[str, Any]:
        """The line as a command carries it."""
        unsaid = {"specification", *(() if self.optional else ("optional",))}
        data = self.model_dump(mode="json", exclude_none=True, exclude=unsaid)
        return {**data, **({"specification": self.specification.to_data()} if self.specification else {})}


def _check_part(part: "LineBody | PricedBody") -> None:
    """Whether what is offered of a part fits together, in a line or in the short form."""
    quantities, tiers = part.quantities or [], part.tiers or []
    if part.tier is not None and tiers:
        raise refuse("one_of", "give tier or tiers, not both", ["tier", "tiers"])
    if quantities and part.specification is None:
        raise refuse("not_with_calculation", "a stored calculation has one quantity: give the specification")
    if quantities and part.specification is not None and part.specification.quantity != quantities[0]:
        raise refuse("not_the_first", "the specification's quantity must be the first of quantities")
    if part.lead_time_days is not None and len(tiers) > 1:
        raise refuse("not_with_choice", "a lead_time_days is that of one tier")


def _priced_in_time(lines: list[LineBody]) -> list[LineBody]:
    if sum(len(line.quantities or (1,)) - 1 for line in lines) > MAX_FURTHER_QUANTITIES:
        rule = f"may offer at most {MAX_FURTHER_QUANTITIES} further quantities together"
        raise refuse("too_many", rule, [f"at most {MAX_FURTHER_QUANTITIES} further quantities"])
    return lines


class PricedBody(RequestBody):
    """Short form of one part, or `lines`. `tier`, description, part numbers and lead time belong to the short form,
    `discount` and `files` to the quote as a whole. `currency` is for a quote of free lines alone; without it, it is that of
    the customer's rate card, or the seller's.
    """

    pricing_calculation_id: Uuid | None = None
    specification: SpecificationBody | None = None
    lines: (
        Annotated[list[LineBody], Field(min_length=1, max_length=MAX_LINES), AfterValidator(_priced_in_time)]
        | None
    ) = None
    tier: OneLine | None = None
    description: Description | None = None
    part_number: OneLine | None = None
    part_revision: OneLine | None = None
    customer_part_number: OneLine | None = None
    lead_time_days: LeadTime | None = None
    quantities: OfferedQuantities | None = None
    tiers: OfferedTiers | None = None
    discount: DiscountBody | None = None
    files: Annotated[list[EnclosureBody], Field(max_length=MAX_ENCLOSURES)] | None = None
    currency: Currency | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        exactly_one(**self._sources())
        short_only = (
            *("tier", "description", "part_number", "part_revision"),
            *("customer_part_number", "lead_time_days", "quantities", "tiers"),
        )
        given = [name for name in short_only if getattr(self, name) is not None]
        if given and self.pricing_calculation_id is None and self.specification is None:
            raise refuse("not_with_lines", f"{', '.join(given)}: give these on each line")
        if self.currency is not None and not (
            self.lines and all(line.unit_price is not None for line in self.lines)
        ):
            message = "parts are priced in the currency of their rate card; currency is for free lines alone"
            raise refuse("not_with_part", message)
        _check_part(self)
        return self

    def _sources(self) -> dict[str, object]:
        return {
            "pricing_calculation_id": self.pricing_calculation_id,
            "specification": self.specification,
            "lines": self.lines,
        }

    def discount_data(self) -> dict[str, Any] | None:
        """The discount as a command carries it."""
        return self.discount.to_data() if self.discount else None

    def lines_data(self) -> list[dict[str, Any]]:
        """The lines as a command carries them; a short form is one line."""
        if self.lines is not None:
            # What a person sets in a currency says so, as do amounts that are asked for again.
            currency = {"currency": self.currency} if self.currency is not None else {}
            return [{**line.to_data(), **currency} for line in self.lines]
        line = LineBody(
            description=self.description or self._default_description(),
            part_number=self.part_number,
            part_revision=self.part_revision,
            customer_part_number=self.customer_part_number,
            lead_time_days=self.lead_time_days,
            quantities=self.quantities,
            tiers=self.tiers,
            specification=self.specification,
            pricing_calculation_id=self.pricing_calculation_id,
            tier=self.tier,
        )
        return [line.to_data()]

    def specifications(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Each specification with the JSON pointer to it."""
        if self.lines is None:
            return [("/specification", self.specification.to_data())] if self.specification else []
        return [
            (f"/lines/{index}/specification", line.specification.to_data())
            for index, line in enumerate(self.lines)
            if line.specification is not None
        ]

    def named_tiers(self) -> list[tuple[str, str]]:
        """Each tier that is named for a specification, with the JSON pointer to it."""
        asked: list[tuple[str, PricedBody | LineBody]] = [("", self)]
        if self.lines is not None:
            asked = [(f"/lines/{index}", line) for index, line in enumerate(self.lines)]
        return [
            (f"{pointer}/{field}", tier)
            for pointer, each in asked
            if each.specification is not None
            for field, tier in (
                ("tier", each.tier),
                *((f"tiers/{index}", tier) for index, tier in enumerate(each.tiers or ())),
            )
            if tier
        ]

    def calculations(self) -> list[tuple[str, str]]:
        """Each stored calculation's id with the JSON pointer to it."""
        named = [("", self.pricing_calculation_id)]
        if self.lines is not None:
            named = [(f"/lines/{i}", line.pricing_calculation_id) for i, line in enumerate(self.lines)]
        return [(f"{pointer}/pricing_calculation_id", found) for pointer, found in named if found]

    def _default_description(self) -> str:
        return self.part_number or "Part"
