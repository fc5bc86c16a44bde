"""What forbids pricing a part: a figure beyond its bounds, a side that its shape has not, what the card does not offer."""

from collections.abc import Callable, Container, Iterator
from dataclasses import MISSING, fields
from decimal import Decimal
from typing import Final, get_type_hints

from domain.pricing.operations import (
    COSTS,
    MOST,
    InHouseWork,
    PartOperation,
    figures_of,
    one_of,
    without_cost,
)
from domain.pricing.part_shapes import DIMENSIONS, SIDES, Shape
from domain.pricing.specification import LENGTH, PartSpecification
from domain.rate_cards.form import Bound, Figure, form_of
from domain.rate_cards.problems import Problem
from domain.rate_cards.rate_card import RateCard, named

FIELDS: Final = tuple(field.name for field in fields(PartSpecification))
REQUIRED: Final = {field.name for field in fields(PartSpecification) if field.default is MISSING}
_HINTS: Final = get_type_hints(PartSpecification, include_extras=True)
CHOICES: Final = {"shape": Shape}
_FORMS: Final = {
    field: form_of(hint) for field, hint in _HINTS.items() if field not in {"operations", *CHOICES}
}
_FIGURES: Final = {field: form for field, form in _FORMS.items() if isinstance(form, Figure)}
DECIMALS: Final = {field: form.bound for field, form in _FIGURES.items() if not form.whole}
INTEGERS: Final = {field: form.bound for field, form in _FIGURES.items() if form.whole}

_ALIEN: Final = {
    shape: tuple(side for side in DIMENSIONS if side not in sides) for shape, sides in SIDES.items()
}
_NEEDED: Final = {
    shape: tuple(side for side in sides if side not in REQUIRED) for shape, sides in SIDES.items()
}


def problems(
    given: Callable[[str], object], card: RateCard | None, refused: Container[str] = ()
) -> list[Problem]:
    """All that is wrong with the fields that `given` returns by name, without the card's rules where `card` is
    None. Each field is read in place, as every price is checked.

    A field that is required in every part and is None is not complained about, nor is one that was `refused`:
    whoever read it has already done so.
    """
    found = _figures(given)
    for field, kind in CHOICES.items():
        value = given(field)
        if value is not None and not isinstance(value, kind):
            found.append(unknown_choice(field))
    shape = given("shape")
    if isinstance(shape, Shape):
        found += _sides(given, shape, refused)
    if given("process") is None or given("operations"):
        found += _way(given, refused)
    if card is not None:
        found += _by_card(given, card)
    return found


def _figures(given: Callable[[str], object]) -> list[Problem]:
    found = []
    for field, limits in DECIMALS.items():
        value = given(field)
        if value is None:
            continue
        # Most figures are plainly within their bounds, and every price asks for them all.
        if isinstance(value, Decimal) and value.is_finite() and limits.low < value <= limits.high:
            continue
        if problem := _decimal_problem(value, field, limits):
            found.append(problem)
    for field, limits in INTEGERS.items():
        value = given(field)
        if value is not None and (problem := _integer_problem(value, field, limits)):
            found.append(problem)
    return found


def unknown_choice(field: str) -> Problem:
    """The problem of a field that holds none of its names."""
    name, allowed = field.replace("_", " "), tuple(CHOICES[field])
    return Problem(f"unknown_{field}", field, f"is not a {name}", allowed)


def _way(given: Callable[[str], object], refused: Container[str]) -> Iterator[Problem]:
    """How the part is made: by one process, or by operations. One with a process alone has nothing wrong here."""
    process, operations = given("process"), given("operations")
    ways = ("process", "operations")
    if process is not None and operations:
        message = "stands beside process: a part has either of the two"
        yield Problem("one_of", "operations", message, ways)
    elif process is None and not operations and not any(way in refused for way in ways):
        yield Problem("required", "process", "is missing: a part has a process, or operations", ways)
    if operations and isinstance(operations, tuple):
        if len(operations) > MOST:
            message = f"must have 1 to {MOST} entries"
            yield Problem("too_many", "operations", message, (f"1 to {MOST}",))
        for index, operation in enumerate(operations[:MOST]):
            if operation is not None or "operations" not in refused:
                yield from _operation(operation, ("operations", str(index)))


def _operation(operation: object, place: tuple[str, ...]) -> Iterator[Problem]:
    if not isinstance(operation, PartOperation):
        yield one_of(place)
        return
    for name, (figure, value) in figures_of(operation).items():
        check = _integer_problem if figure.whole else _decimal_problem
        problem = check(value, name, figure.bound)
        if problem is not None:
            yield Problem.at((*place, name), problem.code, problem.message, problem.allowed)
    if without_cost(operation):
        yield Problem.at((*place, COSTS[0]), "required", f"is missing: one of {', '.join(COSTS)}", COSTS)


def _sides(given: Callable[[str], object], shape: Shape, refused: Container[str]) -> Iterator[Problem]:
    sides = SIDES[shape]
    for field in _ALIEN[shape]:
        if given(field) is not None:
            message = f"is no side of a {shape}, which has {', '.join(sides)}"
            yield Problem("not_for_shape", field, message, sides)
    for field in _NEEDED[shape]:
        if given(field) is None and field not in refused:
            yield Problem("required", field, f"is missing: a {shape} has {', '.join(sides)}")


def _by_card(given: Callable[[str], object], card: RateCard) -> list[Problem]:
    asked = _processes(given)
    material = given("material")
    found = _names(material, asked, card)
    kind, known = given("customer_tier"), card.customer_discounts.by_tier
    if kind is not None and kind not in known:
        message = f"is not on the rate card, which has {', '.join(known)}"
        found.append(Problem("unknown_customer_tier", "customer_tier", message, tuple(known)))
    wish = given("surface_finish")
    if wish is not None and (problem := _finish(wish, material, card)):
        found.append(problem)
    limits = [card.processes[name].size_limit_mm for _, name in asked if name in card.processes]
    if limits:
        found += _sizes(given, limits[0] if len(limits) == 1 else min(limits))
    return found


def _processes(given: Callable[[str], object]) -> list[tuple[tuple[str, ...], str]]:
    """The processes by which the part is made, each with its place."""
    process, operations = given("process"), given("operations")
    found: list[tuple[tuple[str, ...], str]] = [] if process is None else [(("process",), str(process))]
    if operations and isinstance(operations, tuple):
        found += (
            (("operations", str(index), "process"), operation.process)
            for index, operation in enumerate(operations)
            if isinstance(operation, InHouseWork)
        )
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


def _names(material: object, asked: list[tuple[tuple[str, ...], str]], card: RateCard) -> list[Problem]:
    found = []
    if material is not None and material not in card.materials:
        allowed = tuple(card.materials)
        found.append(Problem("unknown_material", "material", "is not on the rate card", allowed))
    for place, process in asked:
        if process not in card.processes:
            allowed = tuple(card.processes)
            found.append(Problem.at(place, "unknown_process", "is not on the rate card", allowed))
        elif material in card.materials and material not in card.processes[process].materials:
            offered = card.processes[process].materials
            message = f"{process} is offered only for {', '.join(offered) or 'no material'}"
            # Of a part with one process it is the material that is in question, of a longer way the step.
            at = ("material",) if place == ("process",) else place
            found.append(Problem.at(at, "pair_not_offered", message, offered))
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


def _sizes(given: Callable[[str], object], most: Decimal) -> list[Problem]:
    found = []
    for field in DIMENSIONS:
        value = given(field)
        if value is None or not isinstance(value, Decimal) or not value.is_finite():
            continue
        if most < value <= LENGTH.high:
            limit = f"{most:f}"
            message = f"must be at most {limit} mm for this process"
            found.append(Problem("too_large", field, message, (f"at most {limit}",)))
    return found
