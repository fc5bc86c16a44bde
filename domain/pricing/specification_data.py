"""A part specification as plain data and back, strictly."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any, Final

from domain.decimals import NotADecimalError, plain, read_decimal
from domain.pricing.check import DECIMAL_RANGES, INTEGER_RANGES, problems
from domain.pricing.specification import PartSpecification
from domain.rate_cards.problems import InvalidSpecificationError, Problem
from domain.rate_cards.rate_card import CustomerTier, RateCard

TEXT_LIMIT: Final = 1000
_FIELDS: Final = tuple(field.name for field in fields(PartSpecification))
_REQUIRED: Final = (
    *("material", "process", "length_mm", "width_mm", "height_mm"),
    *("geometric_complexity_score", "quantity"),
)


class _RefusedError(Exception):
    def __init__(self, code: str, message: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.allowed = allowed


def specification_from_data(
    data: object, *, card: RateCard | None = None, default_customer_tier: CustomerTier = CustomerTier.STANDARD
) -> PartSpecification:
    """The specification in `data`: decimals as text or whole numbers, whole numbers as such or as text.

    An optional field that is absent or null takes its default; a missing customer tier takes
    `default_customer_tier` (the customer's own). Empty texts count as absent. With a `card`, its rules are
    checked too. Raises InvalidSpecificationError with every problem found, in the order of the fields.
    """
    if not isinstance(data, Mapping):
        raise InvalidSpecificationError([Problem("not_an_object", "specification", "must be an object")])
    values: dict[str, Any] = {}
    found = [
        Problem("unknown_field", str(key)[:64], "is not a field", _FIELDS)
        for key in data
        if key not in _FIELDS
    ]
    for field in _FIELDS:
        value = data.get(field)
        if value is None:
            if field in _REQUIRED:
                found.append(Problem("required", field, "is missing"))
            continue
        try:
            values[field] = _READERS[field](value)
        except _RefusedError as refused:
            found.append(Problem(refused.code, field, refused.message, refused.allowed))
    values.setdefault("customer_tier", default_customer_tier)
    found += problems(values.get, card)
    if found:
        raise InvalidSpecificationError(sorted(found, key=_position))
    return PartSpecification(**values)


def specification_to_data(specification: PartSpecification) -> dict[str, object]:
    """`specification` as data for JSON: decimals as plain text, absent fields left out."""
    data: dict[str, object] = {}
    for field in _FIELDS:
        value = getattr(specification, field)
        if isinstance(value, Decimal):
            data[field] = plain(value)
        elif value is not None:
            data[field] = value.value if isinstance(value, CustomerTier) else value
    return data


def _position(problem: Problem) -> int:
    return _FIELDS.index(problem.field) if problem.field in _FIELDS else len(_FIELDS)


def _decimal(value: object) -> Decimal:
    try:
        return read_decimal(value)
    except NotADecimalError as error:
        message = (
            "must be finite"
            if error.code == "not_finite"
            else "must be a plain decimal such as 12.5, as text"
        )
        raise _RefusedError(error.code, message) from None


def _integer(value: object) -> int:
    number = _decimal(value)
    if number != int(number):
        raise _RefusedError("not_an_integer", "must be a whole number")
    return int(number)


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        raise _RefusedError("not_text", "must be text")
    if len(value) > TEXT_LIMIT:
        raise _RefusedError("too_long", f"must have at most {TEXT_LIMIT} characters")
    # PostgreSQL takes neither NUL nor half a surrogate pair, and no other control character is text.
    if any(unicodedata.category(char) in {"Cc", "Cs"} and char not in "\t\n\r" for char in value):
        raise _RefusedError("not_text", "must not hold control characters")
    return value.strip() or None


def _name(value: object) -> str:
    text = _text(value)
    if text is None:
        raise _RefusedError("required", "is empty")
    return text


def _customer_tier(value: object) -> CustomerTier:
    try:
        return CustomerTier(_name(value))
    except ValueError:
        raise _RefusedError("unknown_customer_tier", "is not a customer tier", tuple(CustomerTier)) from None


_READERS: Final[Mapping[str, Callable[[object], object]]] = {
    **dict.fromkeys(DECIMAL_RANGES, _decimal),
    **dict.fromkeys(INTEGER_RANGES, _integer),
    **dict.fromkeys(("material", "process"), _name),
    "customer_tier": _customer_tier,
    **dict.fromkeys(("surface_finish", "tolerance_class", "special_requirements"), _text),
}
