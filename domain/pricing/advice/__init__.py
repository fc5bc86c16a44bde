"""What an estimator should look at before the price goes out: none of it changes the price."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain import wording
from domain.decimals import plain, words
from domain.pricing.advice.limits import PriceLimit
from domain.pricing.breaks import BreakEven, cheaper_quantity
from domain.pricing.figures import Piece, Work, base_hours, complexity_multiplier
from domain.pricing.part_shapes import PI
from domain.pricing.specification import PartSpecification
from domain.pricing.totals import Totals
from domain.rate_cards.rate_card import RateCard, named

FAR_HOURS: Final = 10
"""How many times the hours given for a piece may differ from the card's without a remark."""


class WarningCode(StrEnum):
    """What staff should look at: remarks on a calculation, on a version's lines, and prices that pass a limit."""

    NOT_PRICED_BY_CARD = "not_priced_by_card"
    THIN_WALL = "thin_wall"
    QUANTITY_OUTSIDE_TABLE = "quantity_outside_table"
    WEIGHT_ABOVE_SOLID = "weight_above_solid"
    VOLUME_ABOVE_STOCK = "volume_above_stock"
    SURFACE_TOO_SMALL = "surface_too_small"
    HOURS_FAR_FROM_CARD = "hours_far_from_card"
    MORE_PIECES_COST_LESS = "more_pieces_cost_less"
    CUSTOMER_TIER_DIFFERS = "customer_tier_differs"
    MINIMUM_FOR_EACH_PART = "minimum_for_each_part"
    BELOW_COST = PriceLimit.BELOW_COST.value
    BELOW_LEAST_MARGIN = PriceLimit.BELOW_LEAST_MARGIN.value
    BEYOND_LARGEST_DISCOUNT = PriceLimit.BEYOND_LARGEST_DISCOUNT.value


@dataclass(frozen=True, slots=True)
class PricingWarning:
    """A remark on a calculation; `code` is stable, `message` is for people."""

    code: WarningCode
    message: str


def pricing_warnings(
    specification: PartSpecification, card: RateCard, piece: Piece, totals: Totals
) -> tuple[PricingWarning, ...]:
    """The remarks on a calculation, in a fixed order. Needs `exact()` around it."""
    return (
        *_unpriced(specification, card),
        *_unusual(specification, card, piece),
        *_cheaper(specification, card, totals),
    )


def _unpriced(specification: PartSpecification, card: RateCard) -> Iterator[PricingWarning]:
    wishes: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("surface_finish", card.finishes),
        ("tolerance_class", card.tolerance_classes),
        ("special_requirements", {}),
    )
    for field, rules in wishes:
        wish = getattr(specification, field)
        if wish is not None and named(rules, wish) is None:
            name = field.replace("_", " ")
            yield PricingWarning(
                WarningCode.NOT_PRICED_BY_CARD, f"{name} is given, but the rate card has no rule for it"
            )


def _unusual(specification: PartSpecification, card: RateCard, piece: Piece) -> Iterator[PricingWarning]:
    thinnest = min(specification.sides)
    limit = max((card.processes[name].thin_wall_mm for name in specification.processes), default=thinnest)
    if thinnest < limit:
        yield PricingWarning(
            WarningCode.THIN_WALL,
            f"{plain(thinnest)} mm is thinner than the usual minimum of {plain(limit)} mm",
        )
    if card.break_quantities and specification.quantity > card.break_quantities[-1]:
        largest = card.break_quantities[-1]
        yield PricingWarning(
            WarningCode.QUANTITY_OUTSIDE_TABLE,
            f"more than the {largest} pieces that the quantity table goes up to",
        )
    density = card.materials[specification.material].density_kg_per_cm3
    if piece.weight_kg > piece.volume_cm3 * density * card.weight_allowance:
        body = "a solid block of these dimensions" if specification.volume_cm3 is None else "the given volume"
        yield PricingWarning(WarningCode.WEIGHT_ABOVE_SOLID, f"the given weight exceeds that of {body}")
    yield from _impossible(specification, piece)
    yield from _hours(card, piece)


def _impossible(specification: PartSpecification, piece: Piece) -> Iterator[PricingWarning]:
    """Figures of a model in another unit mostly show here."""
    if specification.volume_cm3 is None:
        return
    if piece.volume_cm3 > piece.stock_cm3:
        yield PricingWarning(
            WarningCode.VOLUME_ABOVE_STOCK,
            f"the given volume of {plain(piece.volume_cm3)} cm³ is more than the {words(piece.stock_cm3)} cm³ of these dimensions",
        )
    # Of all bodies of one volume the sphere has the least surface: S³ = 36 π V².
    if specification.surface_cm2 is not None and piece.surface_cm2**3 < 36 * PI * piece.volume_cm3**2:
        yield PricingWarning(
            WarningCode.SURFACE_TOO_SMALL, "no body of the given volume has so small a surface"
        )


def _hours(card: RateCard, piece: Piece) -> Iterator[PricingWarning]:
    """Minutes that were given as hours mostly show here."""
    for number, work in enumerate(piece.steps, start=1):
        if not isinstance(work, Work) or not work.is_given:
            continue
        process = card.processes[work.asked.process]
        by_card = base_hours(
            process, piece.volume_cm3, piece.surface_cm2, piece.height_mm
        ) * complexity_multiplier(process.complexity_multipliers, work.complexity)
        if work.hours > by_card * FAR_HOURS or work.hours * FAR_HOURS < by_card:
            message = (
                f"operation {number}: {plain(work.hours)} h are given for a piece, and the card's formula gives "
                f"{words(by_card)} h"
            )
            yield PricingWarning(WarningCode.HOURS_FAR_FROM_CARD, message)


def _cheaper(specification: PartSpecification, card: RateCard, totals: Totals) -> Iterator[PricingWarning]:
    for tier in card.tiers:
        larger = cheaper_quantity(totals, tier, specification.quantity)
        if larger is not None:
            message = BreakEven(larger, specification.quantity).message
            yield PricingWarning(
                WarningCode.MORE_PIECES_COST_LESS, f"{wording.service(tier, card.labels)}: {message}"
            )
