"""The price list as data: every figure that a price is made of, and nothing that calculates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar


class CustomerTier(StrEnum):
    """The customer's standing; each has a discount on the rate card."""

    STANDARD = "standard"
    PREMIUM = "premium"
    ENTERPRISE = "enterprise"


class Tier(StrEnum):
    """The service levels that a part is priced at, fastest first."""

    EXPEDITED = "expedited"
    STANDARD = "standard"
    ECONOMY = "economy"
    DOMESTIC_ECONOMY = "domestic_economy"


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
class Finish:
    """What a surface finish costs: money per cm² of surface, money per batch, a rate on labour.

    `materials` are those it can be put on; None is all of them.
    """

    per_cm2: Decimal
    per_batch: Decimal
    labour_rate: Decimal
    materials: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ToleranceClass:
    """What a class of tolerance costs: a rate on labour, and set-up money per batch."""

    labour_rate: Decimal
    set_up: Decimal


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
    table shows `break_quantities`. No price is below `minimum_order_value`, in money; None is no minimum.
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
    minimum_order_value: Decimal | None = None
    finishes: Mapping[str, Finish] = field(default_factory=lambda: MappingProxyType({}))
    tolerance_classes: Mapping[str, ToleranceClass] = field(default_factory=lambda: MappingProxyType({}))


Rule = TypeVar("Rule")


def folded(name: str) -> str:
    """`name` as names are compared: without space around it, upper and lower case alike."""
    return name.strip().casefold()


def named(rules: Mapping[str, Rule], wanted: str | None) -> tuple[str, Rule] | None:
    """The rule that `wanted` names, with its name on the card; None where the card has no such rule."""
    if wanted is None or not rules:
        return None
    sought = folded(wanted)
    return next(((name, rule) for name, rule in rules.items() if folded(name) == sought), None)


def reached(steps: tuple[Step, ...], value: Decimal) -> Step | None:
    """The last step whose start is at or below `value`, or None below the first."""
    found = None
    for step in steps:
        if step.start > value:
            break
        found = step
    return found
