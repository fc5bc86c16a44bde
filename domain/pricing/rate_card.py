"""The price list as data: every figure that a price is made of, and nothing that calculates."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from domain.pricing.specification import CustomerTier, Tier


@dataclass(frozen=True, slots=True)
class Step:
    """A rate (0.02 for 2 %) that holds from `start` on: a number of pieces or a complexity score."""

    start: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Material:
    """A material's figures: money per cm³, factor for waste, set-up money per batch, kg per cm³."""

    cost_per_cm3: Decimal
    waste_factor: Decimal
    set_up: Decimal
    density_kg_per_cm3: Decimal


@dataclass(frozen=True, slots=True)
class TimeFormula:
    """Base hours for one piece: constant + coefficients per 100 cm³, per 1000 cm² and per 100 mm of height."""

    constant: Decimal
    per_volume: Decimal
    per_surface: Decimal
    per_height: Decimal


@dataclass(frozen=True, slots=True)
class Process:
    """A process: money per hour, set-up hours per batch, time, limits, and the materials it is offered for.

    `complexity_multipliers` holds the factor on the hours at the scores 1, 2, 3, 4 and 5, linear between.
    `size_limit_mm` bounds each axis; a part with an axis under `thin_wall_mm` is priced with a warning.
    """

    rate_per_hour: Decimal
    set_up_hours: Decimal
    complexity_multipliers: tuple[Decimal, ...]
    time: TimeFormula
    size_limit_mm: Decimal
    thin_wall_mm: Decimal
    materials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shipping:
    """Shipping money: a base fee per batch, and per piece the greater of the parts by weight and by volume."""

    base_fee: Decimal
    per_kg: Decimal
    per_cm3: Decimal


@dataclass(frozen=True, slots=True)
class TierRules:
    """One service level: margin on the base, steps by pieces and by complexity, shipping, working days."""

    margin: Decimal
    volume_discounts: tuple[Step, ...]
    surcharges: tuple[Step, ...]
    shipping: Shipping
    lead_time_days: int


@dataclass(frozen=True, slots=True)
class CustomerDiscounts:
    """Discounts by the customer's tier, and further ones for any customer from a number of pieces on."""

    by_tier: Mapping[CustomerTier, Decimal]
    by_quantity: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCard:
    """One version of the price list. Steps ascend by their start; the last one reached holds.

    `overhead` is a rate on cost, `adjustments` are rates on labour by complexity score, `weight_allowance` is
    the factor on volume times density where no weight is given, `zone_factors` multiply shipping. The quantity
    table shows `break_quantities`.
    """

    id: str
    version: int
    name: str
    currency: str
    materials: Mapping[str, Material]
    processes: Mapping[str, Process]
    tiers: Mapping[Tier, TierRules]
    customer_discounts: CustomerDiscounts
    overhead: Decimal
    adjustments: tuple[Step, ...]
    weight_allowance: Decimal
    zone_factors: Mapping[int, Decimal]
    break_quantities: tuple[int, ...]


def reached(steps: tuple[Step, ...], value: Decimal | int) -> Step | None:
    """The last step whose start is at or below `value`, or None below the first."""
    found = None
    for step in steps:
        if step.start > value:
            break
        found = step
    return found
