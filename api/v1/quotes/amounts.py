"""What a person sets about a price: an override, a discount, a tax rate."""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, WithJsonSchema, model_validator

from api.http.fields import DECIMAL_PATTERN, Body, DecimalText, Line, refuse
from api.http.json_body import NumberText

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


def _fraction(value: str) -> str:
    if not 0 <= Decimal(value) <= 1:
        raise refuse("not_a_fraction", "must be a fraction from 0 to 1, such as 0.19 for 19 %")
    return value


Price = Annotated[
    DecimalText,
    BeforeValidator(_as_text),
    AfterValidator(_not_negative),
    WithJsonSchema({"type": "string", "pattern": PRICE_PATTERN, "examples": ["12.50"]}),
]
"""An amount of money in a request, in the currency of the quote: text, since programs make floats of numbers."""
Fraction = Annotated[DecimalText, AfterValidator(_fraction)]
"""A rate: 0.19 is 19 %."""


class _TwoFigures(Body):
    def to_data(self) -> dict[str, Any]:
        """As a command carries it."""
        return self.model_dump(mode="json", exclude_none=True)


class DiscountBody(_TwoFigures):
    """A discount by `rate` or by `amount`; the customer reads its reason."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rate": "0.05", "reason": "Repeat order"}]})

    reason: Line
    rate: Fraction | None = None
    amount: Price | None = None

    @model_validator(mode="after")
    def _one_figure(self) -> Self:
        exactly_one(rate=self.rate, amount=self.amount)
        return self


class OverrideBody(_TwoFigures):
    """A price set in place of the computed one, per piece or for the line; only staff read why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"unit_price": "199.00", "reason": "Matched a competitor"}]}
    )

    reason: Line
    unit_price: Price | None = None
    total: Price | None = None

    @model_validator(mode="after")
    def _one_figure(self) -> Self:
        exactly_one(unit_price=self.unit_price, total=self.total)
        return self
