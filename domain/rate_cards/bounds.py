"""The bounds of every figure on a rate card: beyond them a figure is a slip of the pen, not a price."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from domain.decimals import NotADecimalError, plain, read_decimal
from domain.rate_cards.problems import Problem


class Bound(NamedTuple):
    """The least and the greatest figure that are taken, and what it counts; money is in the card's currency."""

    low: Decimal
    high: Decimal
    unit: str

    def __str__(self) -> str:
        return f"{plain(self.low)} to {plain(self.high)}"


def _bounds(low: str, high: str, unit: str) -> Bound:
    return Bound(Decimal(low), Decimal(high), unit)


# Money has room for the currencies in which an hour of work costs millions.
_RATE: Final = "a rate (0.15 is 15 %)"
BOUNDS: Final[Mapping[str, Bound]] = {
    "version": _bounds("1", "1000000", "number"),
    "materials.*.cost_per_cm3": _bounds("0", "1000000", "money per cm³"),
    "materials.*.waste_factor": _bounds("1", "10", "factor"),
    "materials.*.set_up": _bounds("0", "100000000", "money per batch"),
    "materials.*.density_kg_per_cm3": _bounds("0.000001", "0.03", "kg per cm³"),
    "processes.*.rate_per_hour": _bounds("0.000001", "100000000", "money per hour"),
    "processes.*.set_up_hours": _bounds("0", "1000", "hours per batch"),
    "processes.*.complexity_multipliers.*": _bounds("0.1", "100", "factor"),
    "processes.*.time.constant": _bounds("0", "1000", "hours"),
    "processes.*.time.per_volume": _bounds("0", "1000", "hours per 100 cm³"),
    "processes.*.time.per_surface": _bounds("0", "1000", "hours per 1000 cm²"),
    "processes.*.time.per_height": _bounds("0", "1000", "hours per 100 mm"),
    "processes.*.size_limit_mm": _bounds("1", "100000", "mm"),
    "processes.*.thin_wall_mm": _bounds("0", "1000", "mm"),
    "tiers.*.margin": _bounds("0", "5", _RATE),
    "tiers.*.volume_discounts.*.start": _bounds("1", "1000000", "pieces"),
    "tiers.*.volume_discounts.*.rate": _bounds("0", "0.999999", _RATE),
    "tiers.*.surcharges.*.start": _bounds("1", "5", "complexity score"),
    "tiers.*.surcharges.*.rate": _bounds("0", "5", _RATE),
    "tiers.*.shipping.base_fee": _bounds("0", "100000000", "money per batch"),
    "tiers.*.shipping.per_kg": _bounds("0", "10000000", "money per kg"),
    "tiers.*.shipping.per_cm3": _bounds("0", "1000000", "money per cm³"),
    "tiers.*.lead_time_days": _bounds("0", "365", "working days"),
    "customer_discounts.by_tier.*": _bounds("0", "0.999999", _RATE),
    "customer_discounts.by_quantity.*.start": _bounds("1", "1000000", "pieces"),
    "customer_discounts.by_quantity.*.rate": _bounds("0", "0.999999", _RATE),
    "overhead": _bounds("0", "5", _RATE),
    "adjustments.*.start": _bounds("1", "5", "complexity score"),
    "adjustments.*.rate": _bounds("0", "5", _RATE),
    "weight_allowance": _bounds("1", "10", "factor"),
    "zone_factors.*": _bounds("0", "100", "factor"),
    "break_quantities.*": _bounds("1", "1000000", "pieces"),
    "minimum_order_value": _bounds("0", "1000000000", "money"),
    "finishes.*.per_cm2": _bounds("0", "1000000", "money per cm²"),
    "finishes.*.per_batch": _bounds("0", "100000000", "money per batch"),
    "finishes.*.labour_rate": _bounds("0", "10", _RATE),
    "tolerance_classes.*.labour_rate": _bounds("0", "10", _RATE),
    "tolerance_classes.*.set_up": _bounds("0", "100000000", "money per batch"),
}
_ANY: Final = "*"
_STARS: Final = tuple(
    dict.fromkeys(frozenset(at for at, key in enumerate(place.split(".")) if key == _ANY) for place in BOUNDS)
)


def bound_problems(data: object) -> Iterator[Problem]:
    """Every figure in a card's plain data that lies beyond its bounds. What is no figure is passed over."""
    for path, value in _leaves(data, ()):
        bound = _bound_of(path)
        if bound is None:
            continue
        try:
            figure = read_decimal(value)
        except NotADecimalError:
            continue
        if not bound.low <= figure <= bound.high:
            yield Problem.at(path, "out_of_range", f"must be {bound}", (str(bound),))


def _leaves(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(each, (*path, str(key)))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _leaves(each, (*path, str(index)))
    else:
        yield path, value


def _bound_of(path: tuple[str, ...]) -> Bound | None:
    for stars in _STARS:
        place = ".".join(_ANY if at in stars else key for at, key in enumerate(path))
        if place in BOUNDS:
            return BOUNDS[place]
    return None
