"""The price list as data: every figure that a price is made of, and nothing that calculates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final, TypeVar

from domain.rate_cards.form import SchemaKeywords, bound


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


NAME_LIMIT: Final = 100
COMPLEXITY_SCORES: Final = 5
ZONES: Final = range(1, 5)

# Beyond its bounds a figure is a slip of the pen, not a price. Money has room for the currencies in which an hour of
# work costs millions.
SHARE: Final = "a rate (0.15 is 15 %)"
"""What a figure counts that is a part of another one: above 1 it is more than all of it."""
_PER_BATCH: Final = bound("0", "100000000", "money per batch")
_PER_CM3: Final = bound("0", "1000000", "money per cm³")
_FACTOR: Final = bound("1", "10", "factor")
EntryName = Annotated[str, SchemaKeywords(minLength=1, maxLength=NAME_LIMIT)]
EntryNames = Annotated[tuple[EntryName, ...], SchemaKeywords(minItems=1, uniqueItems=True)]
Rate = Annotated[Decimal, bound("0", "5", SHARE)]
LabourRate = Annotated[Decimal, bound("0", "10", SHARE)]
DiscountRate = Annotated[Decimal, bound("0", "0.999999", SHARE)]


@dataclass(frozen=True, slots=True)
class RateStep:
    """A rate (0.02 for 2 %) that holds from `start` on."""

    start: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class DiscountStep(RateStep):
    """A discount from a number of pieces on."""

    start: Annotated[Decimal, bound("1", "1000000", "pieces")]
    rate: DiscountRate


@dataclass(frozen=True, slots=True)
class SurchargeStep(RateStep):
    """A surcharge from a complexity score on."""

    start: Annotated[Decimal, bound("1", "5", "complexity score")]
    rate: Rate


@dataclass(frozen=True, slots=True)
class Material:
    """A material's figures: money per cm³, factor for waste, set-up money per batch, kg per cm³."""

    cost_per_cm3: Annotated[Decimal, _PER_CM3]
    waste_factor: Annotated[Decimal, _FACTOR]
    set_up: Annotated[Decimal, _PER_BATCH]
    density_kg_per_cm3: Annotated[Decimal, bound("0.000001", "0.03", "kg per cm³")]


@dataclass(frozen=True, slots=True)
class TimeFormula:
    """Base hours for one piece: constant + coefficients per 100 cm³, per 1000 cm² and per 100 mm of height."""

    constant: Annotated[Decimal, bound("0", "1000", "hours")]
    per_volume: Annotated[Decimal, bound("0", "1000", "hours per 100 cm³")]
    per_surface: Annotated[Decimal, bound("0", "1000", "hours per 1000 cm²")]
    per_height: Annotated[Decimal, bound("0", "1000", "hours per 100 mm")]


@dataclass(frozen=True, slots=True)
class Process:
    """A process: money per hour, set-up hours per batch, time, limits, and the materials it is offered for.

    `complexity_multipliers` holds the factor on the hours at the scores 1, 2, 3, 4 and 5, linear between.
    `size_limit_mm` bounds each axis; a part with an axis under `thin_wall_mm` is priced with a warning.
    """

    rate_per_hour: Annotated[Decimal, bound("0.000001", "100000000", "money per hour")]
    set_up_hours: Annotated[Decimal, bound("0", "1000", "hours per batch")]
    complexity_multipliers: Annotated[
        tuple[Annotated[Decimal, bound("0.1", "100", "factor")], ...],
        SchemaKeywords(minItems=COMPLEXITY_SCORES, maxItems=COMPLEXITY_SCORES),
    ]
    time: TimeFormula
    size_limit_mm: Annotated[Decimal, bound("1", "100000", "mm")]
    thin_wall_mm: Annotated[Decimal, bound("0", "1000", "mm")]
    materials: EntryNames


@dataclass(frozen=True, slots=True)
class Finish:
    """What a surface finish costs: money per cm² of surface, money per batch, a rate on labour.

    `materials` are those it can be put on; None is all of them.
    """

    per_cm2: Annotated[Decimal, bound("0", "1000000", "money per cm²")] = Decimal(0)
    per_batch: Annotated[Decimal, _PER_BATCH] = Decimal(0)
    labour_rate: LabourRate = Decimal(0)
    materials: EntryNames | None = None


@dataclass(frozen=True, slots=True)
class ToleranceClass:
    """What a class of tolerance costs: a rate on labour, and set-up money per batch."""

    labour_rate: LabourRate = Decimal(0)
    set_up: Annotated[Decimal, _PER_BATCH] = Decimal(0)


@dataclass(frozen=True, slots=True)
class Shipping:
    """Shipping money: a base fee per batch, and per piece the greater of the parts by weight and by volume."""

    base_fee: Annotated[Decimal, _PER_BATCH]
    per_kg: Annotated[Decimal, bound("0", "10000000", "money per kg")]
    per_cm3: Annotated[Decimal, _PER_CM3]


@dataclass(frozen=True, slots=True)
class TierRules:
    """One service level: margin on the base, steps by pieces and by complexity, shipping, working days."""

    margin: Rate
    volume_discounts: tuple[DiscountStep, ...]
    surcharges: tuple[SurchargeStep, ...]
    shipping: Shipping
    lead_time_days: Annotated[int, bound("0", "365", "working days")]


@dataclass(frozen=True, slots=True)
class CustomerDiscounts:
    """Discounts by the customer's tier, and further ones for any customer from a number of pieces on."""

    by_tier: Mapping[CustomerTier, DiscountRate]
    by_quantity: tuple[DiscountStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCard:
    """One version of the price list. Steps ascend by their start; the last one reached holds.

    `overhead` is a rate on cost, `adjustments` are rates on labour by complexity score, `weight_allowance` is
    the factor on volume times density where no weight is given, `zone_factors` multiply shipping. The quantity
    table shows `break_quantities`. No price of a part is below `minimum_order_value`: that is
    money for each part, whatever its name says of orders; None is no minimum.

    The fields are the declaration of a card's data, in its order: name, type, bounds, and a default for what may
    be left out. `data` reads and writes by it, and the OpenAPI document shows it.
    """

    id: Annotated[str, SchemaKeywords(format="uuid")]
    version: Annotated[int, bound("1", "1000000", "number")]
    name: EntryName
    currency: Annotated[str, SchemaKeywords(description="ISO 4217", minLength=3, maxLength=3)]
    materials: Annotated[Mapping[str, Material], SchemaKeywords(minProperties=1)]
    processes: Annotated[Mapping[str, Process], SchemaKeywords(minProperties=1)]
    tiers: Mapping[Tier, TierRules]
    customer_discounts: CustomerDiscounts
    overhead: Rate
    adjustments: tuple[SurchargeStep, ...]
    weight_allowance: Annotated[Decimal, _FACTOR]
    zone_factors: Annotated[Mapping[int, Annotated[Decimal, bound("0", "100", "factor")]], ZONES]
    break_quantities: tuple[Annotated[int, bound("1", "1000000", "pieces")], ...]
    minimum_order_value: (
        Annotated[Decimal, bound("0", "1000000000", "money for each part of a quote")] | None
    ) = None
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


def reached(steps: tuple[RateStep, ...], value: Decimal) -> RateStep | None:
    """The last step whose start is at or below `value`, or None below the first."""
    found = None
    for step in steps:
        if step.start > value:
            break
        found = step
    return found
