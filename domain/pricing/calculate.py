"""One entry: a part specification and a rate card give a calculation."""

from decimal import Decimal
from typing import Final

from domain.money import AMOUNT_LIMIT, exact, minor_unit
from domain.pricing.batch_lines import batch_lines
from domain.pricing.calculation import Calculation, TierPrice
from domain.pricing.check import problems
from domain.pricing.errors import InvalidSpecificationError, Problem
from domain.pricing.figures import Batch, Piece, batch_figures, piece_figures, tier_amounts
from domain.pricing.lines import PriceLine
from domain.pricing.rate_card import RateCard
from domain.pricing.specification import PartSpecification, Tier
from domain.pricing.tier_lines import minimum_line, tier_lines

_CHECKED: Final = (
    *("material", "process", "length_mm", "width_mm", "height_mm", "geometric_complexity_score", "quantity"),
    *("shipping_distance_zone", "part_weight_kg", "customer_tier", "surface_finish"),
)


def calculate(specification: PartSpecification, card: RateCard) -> Calculation:
    """Prices one part at all four tiers.

    Rule: every line is worked out exactly and then rounded half up, once, to the scale of the card's currency;
    the price is the sum of the rounded lines; one below the card's minimum order value is lifted to it by a line
    of its own. Raises InvalidSpecificationError with every problem found.
    """
    found = problems({field: getattr(specification, field) for field in _CHECKED}, card)
    if found:
        raise InvalidSpecificationError(found)
    unit = minor_unit(card.currency)
    with exact():
        piece = piece_figures(specification, card)
        batch = batch_figures(piece, specification.quantity, specification, card)
        cost_lines = batch_lines(specification, card, piece, batch, unit)
        tiers = {
            tier: _tier_price(specification, card, tier, piece, batch, cost_lines, unit)
            for tier in card.tiers
        }
    return Calculation(specification, card, piece, tiers)


def _tier_price(
    specification: PartSpecification,
    card: RateCard,
    tier: Tier,
    piece: Piece,
    batch: Batch,
    cost_lines: tuple[PriceLine, ...],
    unit: Decimal,
) -> TierPrice:
    rules = card.tiers[tier]
    amounts = tier_amounts(piece, batch, rules, specification, card)
    lines = cost_lines + tier_lines(specification, card, tier, piece, batch, amounts, unit)
    total = sum((line.sign * line.amount for line in lines), Decimal(0))
    lifting = minimum_line(total, card, unit)
    if lifting is not None:
        lines, total = (*lines, lifting), total + lifting.amount
    if total >= AMOUNT_LIMIT:
        message = "makes a price that no amount of money can hold"
        raise InvalidSpecificationError([Problem("price_out_of_range", "quantity", message)])
    per_piece = (total / batch.quantity).quantize(unit)
    return TierPrice(total, per_piece, rules.lead_time_days, lines)
