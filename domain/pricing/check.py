"""What of a specification cannot be priced, by general limits and by a rate card."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple

from domain.rate_cards.problems import Problem
from domain.rate_cards.rate_card import CustomerTier, Process, RateCard, named

DIMENSIONS: Final = ("length_mm", "width_mm", "height_mm")


class Range(NamedTuple):
    """Limits of a figure, of its own type; `low` itself is allowed only where `from_low`."""

    low: Decimal | int
    high: Decimal | int
    from_low: bool

    def holds(self, value: Decimal | int) -> bool:
        return (value >= self.low if self.from_low else value > self.low) and value <= self.high

    def __str__(self) -> str:
        return f"{self.low} to {self.high}" if self.from_low else f"more than {self.low}, at most {self.high}"


_LENGTH_RANGE: Final = Range(Decimal(0), Decimal(100_000), from_low=False)
DECIMAL_RANGES: Final = {
    **dict.fromkeys(DIMENSIONS, _LENGTH_RANGE),
    "geometric_complexity_score": Range(Decimal(1), Decimal(5), from_low=True),
    "part_weight_kg": Range(Decimal(0), Decimal(100_000), from_low=False),
}
INTEGER_RANGES: Final = {
    "quantity": Range(1, 1_000_000, from_low=True),
    "shipping_distance_zone": Range(1, 4, from_low=True),
}


def problems(given: Callable[[str], object], card: RateCard | None) -> list[Problem]:
    """All that is wrong with the fields that `given` returns by name, without the card's rules where `card` is
    None. Each field is read in place, as every price is checked.

    A field that is None is not complained about: whoever read it has already done so.
    """
    found = []
    for field, limits in DECIMAL_RANGES.items():
        value = given(field)
        if value is not None and (problem := _decimal(value, field, limits)):
            found.append(problem)
    for field, limits in INTEGER_RANGES.items():
        value = given(field)
        if value is not None and (problem := _integer(value, field, limits)):
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


def _decimal(value: object, field: str, limits: Range) -> Problem | None:
    if not isinstance(value, Decimal):
        return Problem("not_a_number", field, "must be a decimal number")
    if not value.is_finite():
        return Problem("not_finite", field, "must be a finite number", (str(limits),))
    return None if limits.holds(value) else _out_of(limits, field)


def _integer(value: object, field: str, limits: Range) -> Problem | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return Problem("not_an_integer", field, "must be a whole number", (str(limits),))
    return None if limits.holds(value) else _out_of(limits, field)


def _out_of(limits: Range, field: str) -> Problem:
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
            message = f"{process} is offered for {', '.join(offered) or 'no material'}"
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
    message = f"{name} is offered on {', '.join(finish.materials) or 'no material'}"
    return Problem("finish_not_offered", "surface_finish", message, offered)


def _sizes(given: Callable[[str], object], process: Process) -> list[Problem]:
    found = []
    for field in DIMENSIONS:
        value = given(field)
        if not isinstance(value, Decimal) or not value.is_finite():
            continue
        if process.size_limit_mm < value <= _LENGTH_RANGE.high:
            limit = f"{process.size_limit_mm:f}"
            message = f"must be at most {limit} mm for this process"
            found.append(Problem("too_large", field, message, (f"at most {limit}",)))
    return found
