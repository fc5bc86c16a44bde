"""A part specification as plain data and back, strictly."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from domain.decimals import NotADecimalError, plain, read_decimal
from domain.pricing.operations import InHouseWork, operation_to_data, operations_from_data
from domain.pricing.part_shapes import Shape
from domain.pricing.specification import PartSpecification
from domain.pricing.specification_check import (
    CHOICES,
    DECIMALS,
    FIELDS,
    INTEGERS,
    REQUIRED,
    problems,
    unknown_choice,
)
from domain.rate_cards.entry_names import Aliased, find_by_name_or_alias
from domain.rate_cards.problems import InvalidSpecificationError, Problem
from domain.rate_cards.rate_card import STANDARD, RateCard, named

TEXT_LIMIT: Final = 1000


class _RefusedError(Exception):
    def __init__(self, code: str, message: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.allowed = allowed


def specification_from_data(
    data: object, *, card: RateCard | None = None, default_customer_tier: str | None = None
) -> PartSpecification:
    """The specification in `data`: decimals as text or whole numbers, whole numbers as such or as text.

    An optional field that is absent or null takes its default; a missing customer tier takes
    `default_customer_tier` (the customer's own), or the card's own where that is None. Empty texts count as absent. With a `card`, its rules are
    checked too, and what is called by an alias gets the card's name. Raises InvalidSpecificationError with every problem found, in the order of the fields.
    """
    if not isinstance(data, Mapping):
        raise InvalidSpecificationError([Problem("not_an_object", "specification", "must be an object")])
    values: dict[str, Any] = {}
    refused: set[str] = set()
    found = [
        Problem("unknown_field", str(key)[:64], "is not a known field", FIELDS)
        for key in data
        if key not in FIELDS
    ]
    for field in FIELDS:
        value = data.get(field)
        if value is None:
            if field in REQUIRED:
                found.append(Problem("required", field, "is missing"))
            continue
        if field == "operations":
            values[field], unread = operations_from_data(value)
            refused |= {field} if unread else set()
            found += unread
            continue
        try:
            values[field] = _READERS[field](value)
        except _RefusedError as error:
            refused.add(field)
            found.append(Problem(error.code, field, error.message, error.allowed))
    values.setdefault("customer_tier", default_customer_tier or _customer_tier(card))
    if card is not None:
        values |= _on_card(values, card)
    if "shape" not in refused:
        values.setdefault("shape", Shape.BOX)
    told = {problem.field for problem in found}  # a figure that cannot be read stands as nought
    found += (each for each in problems(values.get, card, refused) if each.field not in told)
    if found:
        raise InvalidSpecificationError(sorted(found, key=_position))
    return PartSpecification(**values)


def _customer_tier(card: RateCard | None) -> str:
    return STANDARD if card is None else card.default_customer_tier


def specification_to_data(specification: PartSpecification) -> dict[str, object]:
    """`specification` as data for JSON: decimals as plain text, absent fields left out, and so is the usual shape."""
    data: dict[str, object] = {}
    for field in FIELDS:
        value = getattr(specification, field)
        if isinstance(value, Decimal):
            data[field] = plain(value)
        elif field == "operations":
            if value:
                data[field] = [operation_to_data(operation) for operation in value]
        elif value is not None and value is not Shape.BOX:
            data[field] = value.value if isinstance(value, StrEnum) else value
    return data


def _on_card(values: Mapping[str, Any], card: RateCard) -> dict[str, Any]:
    """The card's names of what was called by an alias. A finish that is named but for its case stays as it was written."""
    found: dict[str, tuple[str, Aliased] | None] = {
        "material": find_by_name_or_alias(card.materials, values.get("material")),
        "process": find_by_name_or_alias(card.processes, values.get("process")),
    }
    if named(card.finishes, values.get("surface_finish")) is None:
        found["surface_finish"] = find_by_name_or_alias(card.finishes, values.get("surface_finish"))
    told: dict[str, Any] = {field: entry[0] for field, entry in found.items() if entry is not None}
    if values.get("operations"):
        told["operations"] = tuple(_operation_on_card(each, card) for each in values["operations"])
    return told


def _operation_on_card(operation: Any, card: RateCard) -> Any:
    if not isinstance(operation, InHouseWork):
        return operation
    found = find_by_name_or_alias(card.processes, operation.process)
    return operation if found is None else replace(operation, process=found[0])


def _position(problem: Problem) -> int:
    field = problem.path[0] if problem.path else problem.field
    return FIELDS.index(field) if field in FIELDS else len(FIELDS)


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
        raise _RefusedError("not_text", "must not contain control characters")
    return value.strip() or None


def _name(value: object) -> str:
    text = _text(value)
    if text is None:
        raise _RefusedError("required", "must not be empty")
    return text


def _choice(field: str) -> Callable[[object], StrEnum]:
    def read(value: object) -> StrEnum:
        text = _name(value)
        try:
            return CHOICES[field](text)
        except ValueError:
            unknown = unknown_choice(field)
            raise _RefusedError(unknown.code, unknown.message, unknown.allowed) from None

    return read


def _reader(field: str) -> Callable[[object], object]:
    if field in INTEGERS:
        return _integer
    if field in DECIMALS:
        return _decimal
    if field in CHOICES:
        return _choice(field)
    return _name if field in REQUIRED else _text


_READERS: Final = {field: _reader(field) for field in FIELDS if field != "operations"}
