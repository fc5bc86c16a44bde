"""What of a specification cannot be priced, by general limits and by a rate card."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from domain.pricing.errors import Problem
from domain.pricing.rate_card import RateCard, named
from domain.pricing.specification import CustomerTier

DIMENSIONS: Final = ("length_mm", "width_mm", "height_mm")


class Range(NamedTuple):
    """Limits of a figure; `low` itself is allowed only where `from_low`."""

    low: int
    high: int
    from_low: bool

    def holds(self, value: Decimal | int) -> bool:
        return (value >= self.low if self.from_low else value > self.low) and value <= self.high

    def __str__(self) -> str:
        return f"{self.low} to {self.high}" if self.from_low else f"more than {self.low}, at most {self.high}"


_LENGTH_RANGE: Final = Range(0, 100_000, from_low=False)
DECIMAL_RANGES: Final = {
    **dict.fromkeys(DIMENSIONS, _LENGTH_RANGE),
    "geometric_complexity_score": Range(1, 5, from_low=True),
    "part_weight_kg": Range(0, 100_000, from_low=False),
}
INTEGER_RANGES: Final = {
    "quantity": Range(1, 1_000_000, from_low=True),
    "shipping_distance_zone": Range(1, 4, from_low=True),
}


def problems(values: Mapping[str, object], card: RateCard | None) -> list[Problem]:
    """All that is wrong with the fields present in `values`, without the card's rules where `card` is None.

    A field that is missing from `values` is not complained about: whoever read it has already done so.
    """
    found = [*_decimals(values), *_integers(values), *_customer_tier(values)]
    if card is not None:
        found += _names(values, card)
        found += _sizes(values, card)
    return found


def _decimals(values: Mapping[str, object]) -> Iterator[Problem]:
    for field, limits in DECIMAL_RANGES.items():
        value = values.get(field)
        if value is None:
            continue
        if not isinstance(value, Decimal):
            yield Problem("not_a_number", field, "must be a decimal number")
        elif not value.is_finite():
            yield Problem("not_finite", field, "must be a finite number", (str(limits),))
        elif not limits.holds(value):
            yield Problem("out_of_range", field, f"must be {limits}", (str(limits),))


def _integers(values: Mapping[str, object]) -> Iterator[Problem]:
    for field, limits in INTEGER_RANGES.items():
        value = values.get(field)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool):
            yield Problem("not_an_integer", field, "must be a whole number", (str(limits),))
        elif not limits.holds(value):
            yield Problem("out_of_range", field, f"must be {limits}", (str(limits),))


def _customer_tier(values: Mapping[str, object]) -> Iterator[Problem]:
    tier = values.get("customer_tier")
    if tier is not None and not isinstance(tier, CustomerTier):
        yield Problem("unknown_customer_tier", "customer_tier", "is not a customer tier", tuple(CustomerTier))


def _names(values: Mapping[str, object], card: RateCard) -> Iterator[Problem]:
    material, process = values.get("material"), values.get("process")
    if material is not None and material not in card.materials:
        yield Problem("unknown_material", "material", "is not on the rate card", tuple(card.materials))
    if process is not None and process not in card.processes:
        yield Problem("unknown_process", "process", "is not on the rate card", tuple(card.processes))
    if material in card.materials and process in card.processes:
        offered = card.processes[str(process)].materials
        if material not in offered:
            message = f"{process} is offered for {', '.join(offered) or 'no material'}"
            yield Problem("pair_not_offered", "material", message, offered)
    yield from _finish(values, card)


def _finish(values: Mapping[str, object], card: RateCard) -> Iterator[Problem]:
    wish, material = values.get("surface_finish"), str(values.get("material"))
    found = named(card.finishes, wish) if isinstance(wish, str) else None
    if found is None or material not in card.materials:
        return
    name, finish = found
    if finish.materials is not None and material not in finish.materials:
        offered = tuple(
            each
            for each, rule in card.finishes.items()
            if rule.materials is None or material in rule.materials
        )
        message = f"{name} is offered on {', '.join(finish.materials) or 'no material'}"
        yield Problem("finish_not_offered", "surface_finish", message, offered)


def _sizes(values: Mapping[str, object], card: RateCard) -> Iterator[Problem]:
    process = card.processes.get(str(values.get("process")))
    if process is None:
        return
    for field in DIMENSIONS:
        value = values.get(field)
        if (
            isinstance(value, Decimal)
            and value.is_finite()
            and process.size_limit_mm < value <= _LENGTH_RANGE.high
        ):
            limit = f"{process.size_limit_mm:f}"
            yield Problem(
                "too_large", field, f"must be at most {limit} mm for this process", (f"at most {limit}",)
            )
