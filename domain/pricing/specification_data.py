"""A part specification as plain data and back, strictly."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from decimal import Decimal
from typing import Any, Final, get_type_hints

from domain.decimals import NotADecimalError, plain, read_decimal
from domain.pricing.specification import LENGTH, PartSpecification
from domain.rate_cards.form import Bound, Figure, form_of
from domain.rate_cards.problems import InvalidSpecificationError, Problem
from domain.rate_cards.rate_card import CustomerTier, Process, RateCard, named

TEXT_LIMIT: Final = 1000
_FIELDS: Final = tuple(field.name for field in fields(PartSpecification))
_REQUIRED: Final = {field.name for field in fields(PartSpecification) if field.default is MISSING}
_HINTS: Final = get_type_hints(PartSpecification, include_extras=True)
_FORMS: Final = {field: form_of(hint) for field, hint in _HINTS.items() if hint is not CustomerTier}
_FIGURES: Final = {field: form for field, form in _FORMS.items() if isinstance(form, Figure)}
_DECIMALS: Final = {field: form.bound for field, form in _FIGURES.items() if not form.whole}
_INTEGERS: Final = {field: form.bound for field, form in _FIGURES.items() if form.whole}
DIMENSIONS: Final = ("length_mm", "width_mm", "height_mm")


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
        Problem("unknown_field", str(key)[:64], "is not a known field", _FIELDS)
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
        raise _RefusedError("not_text", "must not contain control characters")
    return value.strip() or None


def _name(value: object) -> str:
    text = _text(value)
    if text is None:
        raise _RefusedError("required", "must not be empty")
    return text


def _customer_tier(value: object) -> CustomerTier:
    try:
        return CustomerTier(_name(value))
    except ValueError:
        raise _RefusedError("unknown_customer_tier", "is not a customer tier", tuple(CustomerTier)) from None


def problems(given: Callable[[str], object], card: RateCard | None) -> list[Problem]:
    """All that is wrong with the fields that `given` returns by name, without the card's rules where `card` is
    None. Each field is read in place, as every price is checked.

    A field that is None is not complained about: whoever read it has already done so.
    """
    found = []
    for field, limits in _DECIMALS.items():
        value = given(field)
        if value is not None and (problem := _decimal_problem(value, field, limits)):
            found.append(problem)
    for field, limits in _INTEGERS.items():
        value = given(field)
        if value is not None and (problem := _integer_problem(value, field, limits)):
            found.append(problem)
    tier = given("customer_tier")
    if tier is not None and not isinstance(tier, CustomerTier):
        allowed = tuple(CustomerTier)
        found.append(Problem("unknown_customer_tier", "customer_tier", "is not a customer tier", allowed))
    if card is not None:
        found += _by_card(given, card)
    return found


def _by_card(given: Callable[[str], object], card: RateCard) -> list[Problem]:
    found = _names(given, card)
    wish = given("surface_finish")
    if wish is not None and (problem := _finish(wish, given("material"), card)):
        found.append(problem)
    process = card.processes.get(str(given("process")))
    if process is not None:
        found += _sizes(given, process)
    return found


def _decimal_problem(value: object, field: str, limits: Bound) -> Problem | None:
    if not isinstance(value, Decimal):
        return Problem("not_a_number", field, "must be a decimal number")
    if not value.is_finite():
        return Problem("not_finite", field, "must be a finite number", (str(limits),))
    return None if limits.holds(value) else _out_of(limits, field)


def _integer_problem(value: object, field: str, limits: Bound) -> Problem | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return Problem("not_an_integer", field, "must be a whole number", (str(limits),))
    return None if limits.holds(value) else _out_of(limits, field)


def _out_of(limits: Bound, field: str) -> Problem:
    return Problem("out_of_range", field, f"must be {limits}", (str(limits),))


def _names(given: Callable[[str], object], card: RateCard) -> list[Problem]:
    material, process = given("material"), given("process")
    found = []
    if material is not None and material not in card.materials:
        allowed = tuple(card.materials)
        found.append(Problem("unknown_material", "material", "is not on the rate card", allowed))
    if process is not None and process not in card.processes:
        allowed = tuple(card.processes)
        found.append(Problem("unknown_process", "process", "is not on the rate card", allowed))
    if material in card.materials and process in card.processes:
        offered = card.processes[str(process)].materials
        if material not in offered:
            message = f"{process} is offered only for {', '.join(offered) or 'no material'}"
            found.append(Problem("pair_not_offered", "material", message, offered))
    return found


def _finish(wish: object, material: object, card: RateCard) -> Problem | None:
    named_rule = named(card.finishes, wish) if isinstance(wish, str) else None
    if named_rule is None or material not in card.materials:
        return None
    name, finish = named_rule
    if finish.materials is None or material in finish.materials:
        return None
    offered = tuple(
        each for each, rule in card.finishes.items() if rule.materials is None or material in rule.materials
    )
    message = f"{name} is offered only on {', '.join(finish.materials) or 'no material'}"
    return Problem("finish_not_offered", "surface_finish", message, offered)


def _sizes(given: Callable[[str], object], process: Process) -> list[Problem]:
    found = []
    for field in DIMENSIONS:
        value = given(field)
        if not isinstance(value, Decimal) or not value.is_finite():
            continue
        if process.size_limit_mm < value <= LENGTH.high:
            limit = f"{process.size_limit_mm:f}"
            message = f"must be at most {limit} mm for this process"
            found.append(Problem("too_large", field, message, (f"at most {limit}",)))
    return found


def _reader(field: str) -> Callable[[object], object]:
    if field in _FIGURES:
        return _integer if field in _INTEGERS else _decimal
    if field not in _FORMS:
        return _customer_tier
    return _name if field in _REQUIRED else _text


_READERS: Final = {field: _reader(field) for field in _FIELDS}
