"""The price list as data: every figure that a price is made of, and nothing that calculates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, ClassVar, Final, TypeVar

from domain.rate_cards.form import SchemaKeywords, bound

STANDARD: Final = "standard"
"""The tier of a line, and the tier of a customer, of whom nothing is said, where the card has one of that name."""
FIRST_TIERS: Final = ("expedited", "standard", "economy", "domestic_economy")
"""The service levels, in their order, from before a card said which there are."""
TIER_LIMIT: Final = 8
CUSTOMER_TIER_LIMIT: Final = 50
NAME_LIMIT: Final = 100
ALIAS_LIMIT: Final = 50
COMPLEXITY_SCORES: Final = 5
ZONES: Final = range(1, 5)

# Beyond its bounds a figure is a slip of the pen, not a price. Money has room for the currencies in which an hour of
# work costs millions.
SHARE: Final = "a rate (0.15 is 15 %)"
"""What a figure counts that is a part of another one: above 1 it is more than all of it."""
_PER_BATCH: Final = bound("0", "100000000", "money per batch")
_PER_KG: Final = bound("0", "10000000", "money per kg")
_PER_CM3: Final = bound("0", "1000000", "money per cm³")
_FACTOR: Final = bound("1", "10", "factor")
EntryName = Annotated[str, SchemaKeywords(minLength=1, maxLength=NAME_LIMIT)]
Label = Annotated[str, SchemaKeywords(minLength=1, maxLength=NAME_LIMIT)]
"""What customers read instead of the name; without one they read the name in words."""
Aliases = Annotated[tuple[EntryName, ...], SchemaKeywords(minItems=0, maxItems=ALIAS_LIMIT, uniqueItems=True)]
"""By what else people call it, compared without case, accents and punctuation; see `domain.rate_cards.entry_names`."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A material's figures: money per cm³ or per kg, factor for waste, set-up money per batch, kg per cm³.

    One of the two costs is there. `stock_allowance_mm` is how much more than the part the stock measures, in each
    dimension.
    """

    cost_per_cm3: Annotated[Decimal, _PER_CM3] | None = None
    cost_per_kg: Annotated[Decimal, _PER_KG] | None = None
    stock_allowance_mm: Annotated[Decimal, bound("0", "1000", "mm")] | None = None
    waste_factor: Annotated[Decimal, _FACTOR]
    set_up: Annotated[Decimal, _PER_BATCH]
    density_kg_per_cm3: Annotated[Decimal, bound("0.000001", "0.03", "kg per cm³")]
    label: Label | None = None
    aliases: Aliases | None = None


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
    label: Label | None = None
    aliases: Aliases | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """What a surface finish costs: money per cm² of surface, money per batch, a rate on labour.

    `materials` are those it can be put on; None is all of them.
    """

    written_as_null: ClassVar = ("materials",)

    per_cm2: Annotated[Decimal, bound("0", "1000000", "money per cm²")] = Decimal(0)
    per_batch: Annotated[Decimal, _PER_BATCH] = Decimal(0)
    labour_rate: LabourRate = Decimal(0)
    materials: EntryNames | None = None
    label: Label | None = None
    aliases: Aliases | None = None


@dataclass(frozen=True, slots=True)
class ToleranceClass:
    """What a class of tolerance costs: a rate on labour, and set-up money per batch."""

    labour_rate: LabourRate = Decimal(0)
    set_up: Annotated[Decimal, _PER_BATCH] = Decimal(0)


@dataclass(frozen=True, slots=True)
class Shipping:
    """Shipping money: a base fee per batch, and per piece the greater of the parts by weight and by volume."""

    base_fee: Annotated[Decimal, _PER_BATCH]
    per_kg: Annotated[Decimal, _PER_KG]
    per_cm3: Annotated[Decimal, _PER_CM3]


@dataclass(frozen=True, slots=True)
class TierRules:
    """One service level: margin on the base, steps by pieces and by complexity, shipping, working days."""

    margin: Rate
    volume_discounts: tuple[DiscountStep, ...]
    surcharges: tuple[SurchargeStep, ...]
    shipping: Shipping
    lead_time_days: Annotated[int, bound("0", "365", "working days")]
    label: Label | None = None


PER_PART: Final = "per_part"
PER_QUOTE: Final = "per_quote"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRules:
    """What holds for a quote as a whole: its least value before packing and shipping, money for packing, and whether
    shipping is charged `per_part` or `per_quote`.
    """

    minimum_order_value: Annotated[Decimal, bound("0", "1000000000", "money for each quote")] | None = None
    packing: Annotated[Decimal, bound("0", "100000000", "money for each quote")] | None = None
    shipping: Annotated[str, SchemaKeywords(enum=[PER_PART, PER_QUOTE])] | None = None


@dataclass(frozen=True, slots=True)
class CustomerDiscounts:
    """Discounts by the customer's tier, and further ones for any customer from a number of pieces on.

    `by_tier` says which tiers of customers there are. `labels` are what people read of them.
    """

    by_tier: Annotated[
        Mapping[str, DiscountRate], SchemaKeywords(minProperties=1, maxProperties=CUSTOMER_TIER_LIMIT)
    ]
    by_quantity: tuple[DiscountStep, ...]
    labels: Mapping[str, Label] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCard:
    """One version of the price list. Steps ascend by their start; the last one reached holds. `tiers` are the service
    levels, shown in the card's order.

    `overhead` is a rate on cost, `adjustments` are rates on labour by complexity score, `weight_allowance` is
    the factor on volume times density where no weight is given, `zone_factors` multiply shipping. The quantity
    table shows `break_quantities`. No price of a part is below `minimum_per_part`, which older
    cards call `minimum_order_value`; None is no minimum. With `price_per_piece_digits` the price of a piece is rounded to
    so many digits after the point, and the total is that times the quantity. A price with less than `least_margin` on cost,
    or with more than `largest_discount` off what was computed, goes out only once somebody has confirmed it; None is no such
    limit.

    The fields are the declaration of a card's data, in its order: name, type, bounds, and a default for what may
    be left out. `data` reads and writes by it, and the OpenAPI document shows it.
    """

    written_as_null: ClassVar = ("minimum_order_value",)

    id: Annotated[str, SchemaKeywords(format="uuid")]
    version: Annotated[int, bound("1", "1000000", "number")]
    name: EntryName
    currency: Annotated[str, SchemaKeywords(description="ISO 4217", minLength=3, maxLength=3)]
    materials: Annotated[Mapping[str, Material], SchemaKeywords(minProperties=1)]
    processes: Annotated[Mapping[str, Process], SchemaKeywords(minProperties=1)]
    tiers: Annotated[Mapping[str, TierRules], SchemaKeywords(minProperties=1, maxProperties=TIER_LIMIT)]
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
    minimum_per_part: (
        Annotated[Decimal, bound("0", "1000000000", "money for each part of a quote")] | None
    ) = None
    price_per_piece_digits: Annotated[int, bound("0", "6", "digits after the point")] | None = None
    order: OrderRules | None = None
    least_margin: Rate | None = None
    largest_discount: DiscountRate | None = None

    @property
    def ships_per_quote(self) -> bool:
        """Whether shipping is charged once for a quote, and not in the price of each part."""
        return self.order is not None and self.order.shipping == PER_QUOTE

    @property
    def least_of_a_part(self) -> Decimal | None:
        """The minimum of each part's price, by whichever name the card has it."""
        return self.minimum_order_value if self.minimum_per_part is None else self.minimum_per_part

    @property
    def default_tier(self) -> str:
        """The tier of a line that names none: `standard`, or the first one on a card without it."""
        return STANDARD if STANDARD in self.tiers else next(iter(self.tiers))

    @property
    def default_customer_tier(self) -> str:
        """The tier of a customer of whom nothing is said: `standard`, or the first one on a card without it."""
        tiers = self.customer_discounts.by_tier
        return STANDARD if STANDARD in tiers else next(iter(tiers))

    @property
    def labels(self) -> dict[str, dict[str, str]]:
        """What customers read instead of names: by group, then by name; of what has no label nothing is there."""
        named_rules: dict[str, Mapping[str, Material | Process | Finish | TierRules]] = {
            "materials": self.materials,
            "processes": self.processes,
            "finishes": self.finishes,
            "tiers": self.tiers,
        }
        found = {
            group: {name: rule.label for name, rule in rules.items() if rule.label is not None}
            for group, rules in named_rules.items()
        }
        found["customer_tiers"] = dict(self.customer_discounts.labels or {})
        return {group: labels for group, labels in found.items() if labels}

    @property
    def aliases(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """By what else materials, processes and finishes are called: by group, then by name; like `labels`."""
        named_rules: dict[str, Mapping[str, Material | Process | Finish]] = {
            "materials": self.materials,
            "processes": self.processes,
            "finishes": self.finishes,
        }
        found = {
            group: {name: rule.aliases for name, rule in rules.items() if rule.aliases}
            for group, rules in named_rules.items()
        }
        return {group: aliases for group, aliases in found.items() if aliases}


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
