"""The result of pricing one part: four tiers, each with its lines, a quantity table and remarks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, partial
from typing import NamedTuple

from domain.money import AMOUNT_LIMIT, exact, minor_unit
from domain.pricing.advice import PricingWarning, pricing_warnings
from domain.pricing.breaks import QuantityBreak, quantity_breaks
from domain.pricing.explanation.by_tier import Explanation
from domain.pricing.figures import Piece, batch_figures, piece_figures, tier_amounts
from domain.pricing.price_lines import PriceLine
from domain.pricing.specification import PartSpecification
from domain.pricing.specification_check import problems
from domain.pricing.totals import Totals, by_piece, rounded_cost, total_price
from domain.rate_cards.problems import InvalidSpecificationError, Problem
from domain.rate_cards.rate_card import RateCard


class TierPrice(NamedTuple):
    """One service level, in money at the currency's scale. `lead_time_days` are working days: the tier's, and those of
    work that is given out.

    `total_price` is the sum of sign x amount over the `lines`, which are made when read.
    """

    total_price: Decimal
    lead_time_days: int
    tier: str
    explanation: Explanation
    rounded_piece: Decimal | None = None

    @property
    def price_per_piece(self) -> Decimal:
        """The total divided by the quantity, half up, for information only; or what the total is made of, where the card
        says to how many digits a piece is rounded.
        """
        return (
            self.explanation.per_piece(self.total_price) if self.rounded_piece is None else self.rounded_piece
        )

    @property
    def lines(self) -> tuple[PriceLine, ...]:
        """What the total is made of, in the order of `LineName`."""
        return self.explanation.lines(self.tier)


@dataclass(frozen=True)
class Calculation:
    """A priced part. The quantity table and the remarks follow from the same figures and are made when read."""

    specification: PartSpecification
    card: RateCard = field(repr=False)
    piece: Piece = field(repr=False)
    tiers: Mapping[str, TierPrice]

    @property
    def currency(self) -> str:
        """ISO 4217 code of every amount."""
        return self.card.currency

    @property
    def weight_kg(self) -> Decimal:
        """Kilograms per piece that shipping was worked out with: as given, or from volume and density."""
        return self.piece.weight_kg

    @cached_property
    def quantity_breaks(self) -> tuple[QuantityBreak, ...]:
        """The same part at the quantities where a price step may lie, ascending."""
        with exact():
            return quantity_breaks(self._totals)

    @cached_property
    def warnings(self) -> tuple[PricingWarning, ...]:
        """Remarks for the estimator; none of them changes the price."""
        with exact():
            return pricing_warnings(self.specification, self.card, self.piece, self._totals)

    @cached_property
    def _totals(self) -> Totals:
        return Totals(self.specification, self.card, self.piece, minor_unit(self.currency))


def calculate(specification: PartSpecification, card: RateCard) -> Calculation:
    """Prices one part at all four tiers.

    Rule: every line is worked out exactly and then rounded half up, once, to the scale of the card's currency;
    the price is the sum of the rounded lines; one below the card's minimum per part is lifted to it by a line
    of its own, and so is what rounding a piece adds or takes off. Raises InvalidSpecificationError with every problem found.
    """
    found = problems(partial(getattr, specification), card)
    if found:
        raise InvalidSpecificationError(found)
    unit = minor_unit(card.currency)
    with exact():
        piece = piece_figures(specification, card)
        batch = batch_figures(piece, specification.quantity, specification, card)
        cost = rounded_cost(batch, unit)
        explanation = Explanation(specification, card, piece, batch, unit)
        outside_days = specification.outside_days
        tiers = {}
        for tier, rules in card.tiers.items():
            amounts = tier_amounts(piece, batch, rules, specification, card)
            total, one = total_price(cost, amounts, card, unit), None
            if card.price_per_piece_digits is not None:
                one, total = by_piece(total, specification.quantity, card, unit)
            days = rules.lead_time_days + outside_days
            tiers[tier] = TierPrice(_payable(total), days, tier, explanation, one)
    return Calculation(specification, card, piece, tiers)


def _payable(total: Decimal) -> Decimal:
    if total >= AMOUNT_LIMIT:
        message = "gives a price that is too large"
        raise InvalidSpecificationError([Problem("price_out_of_range", "quantity", message)])
    return total
