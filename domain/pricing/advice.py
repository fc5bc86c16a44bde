"""What an estimator should look at before the price goes out: none of it changes the price."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.decimals import plain
from domain.pricing.breaks import BreakEven, cheaper_quantity
from domain.pricing.figures import Piece
from domain.pricing.specification import PartSpecification
from domain.pricing.totals import Totals
from domain.rate_cards.rate_card import RateCard, named


@dataclass(frozen=True, slots=True)
class PricingWarning:
    """A remark on a calculation; `code` is stable, `message` is for people.

    Codes: `not_priced_by_card`, `thin_wall`, `quantity_outside_table`, `weight_above_solid`,
    `more_pieces_cost_less`.
    """

    code: str
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
                "not_priced_by_card", f"{name} is given, but the rate card has no rule for it"
            )


def _unusual(specification: PartSpecification, card: RateCard, piece: Piece) -> Iterator[PricingWarning]:
    thinnest = min(specification.length_mm, specification.width_mm, specification.height_mm)
    limit = card.processes[specification.process].thin_wall_mm
    if thinnest < limit:
        yield PricingWarning(
            "thin_wall", f"{plain(thinnest)} mm is thinner than the usual minimum of {plain(limit)} mm"
        )
    if card.break_quantities and specification.quantity > card.break_quantities[-1]:
        largest = card.break_quantities[-1]
        yield PricingWarning(
            "quantity_outside_table", f"more than the {largest} pieces that the quantity table goes up to"
        )
    density = card.materials[specification.material].density_kg_per_cm3
    if piece.weight_kg > piece.volume_cm3 * density * card.weight_allowance:
        yield PricingWarning(
            "weight_above_solid", "the given weight exceeds that of a solid block of these dimensions"
        )


def _cheaper(specification: PartSpecification, card: RateCard, totals: Totals) -> Iterator[PricingWarning]:
    for tier in card.tiers:
        larger = cheaper_quantity(totals, tier, specification.quantity)
        if larger is not None:
            message = BreakEven(larger, specification.quantity).message
            yield PricingWarning("more_pieces_cost_less", f"{tier}: {message}")
