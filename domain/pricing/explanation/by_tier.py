"""The lines of a price, put together when somebody reads them: most readers want the total alone."""

from decimal import Decimal
from functools import cached_property

from domain.money import exact
from domain.pricing.explanation.batch_lines import batch_lines
from domain.pricing.explanation.tier_lines import minimum_line, rounding_line, tier_lines
from domain.pricing.figures import Batch, Piece, tier_amounts
from domain.pricing.price_lines import PriceLine
from domain.pricing.specification import PartSpecification
from domain.pricing.totals import by_piece, per_piece, rounded_cost, total_price
from domain.rate_cards.rate_card import RateCard


class Explanation:
    """Why one batch costs what it costs, tier by tier; equal to another that gives the same lines.

    The batch's own lines are made once and are the same objects at every tier.
    """

    def __init__(
        self, specification: PartSpecification, card: RateCard, piece: Piece, batch: Batch, unit: Decimal
    ) -> None:
        self._specification = specification
        self._card = card
        self._piece = piece
        self._batch = batch
        self._unit = unit
        self._known: dict[str, tuple[PriceLine, ...]] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Explanation) and self._every_line() == other._every_line()

    __hash__ = None  # type: ignore[assignment]  # as the lines' values have none

    def lines(self, tier: str) -> tuple[PriceLine, ...]:
        """All lines of `tier`, in the order of `LineName`; the sum of sign x amount is its total."""
        if tier not in self._known:
            with exact():
                self._known[tier] = self._lines(tier)
        return self._known[tier]

    def per_piece(self, total: Decimal) -> Decimal:
        """`total` divided by the number of pieces, half up."""
        with exact():
            return per_piece(total, self._batch.quantity, self._unit)

    def cost(self, tier: str) -> tuple[Decimal, Decimal, Decimal]:
        """Of the price at `tier`: its cost lines as they are rounded, the same exactly, and what is passed on: shipping, and what
        rounding a piece adds or takes off. Needs `exact()` around it.
        """
        batch, card, unit = self._batch, self._card, self._unit
        amounts = tier_amounts(self._piece, batch, card.tiers[tier], self._specification, card)
        rounded = rounded_cost(batch, unit)
        total = total_price(rounded, amounts, card, unit)
        rounding = by_piece(total, batch.quantity, card, unit)[1] - total
        return rounded, batch.base, amounts.shipping.quantize(unit) + rounding

    def _every_line(self) -> dict[str, tuple[PriceLine, ...]]:
        return {tier: self.lines(tier) for tier in self._card.tiers}

    def _lines(self, tier: str) -> tuple[PriceLine, ...]:
        specification, card, unit = self._specification, self._card, self._unit
        amounts = tier_amounts(self._piece, self._batch, card.tiers[tier], specification, card)
        lines = self._of_batch + tier_lines(
            specification, card, tier, self._piece, self._batch, amounts, unit
        )
        total = sum((line.sign * line.amount for line in lines), Decimal(0))
        lifting = minimum_line(total, card, unit)
        if lifting is not None:
            lines, total = (*lines, lifting), total + lifting.amount
        rounding = rounding_line(total, self._batch.quantity, card, unit)
        return lines if rounding is None else (*lines, rounding)

    @cached_property
    def _of_batch(self) -> tuple[PriceLine, ...]:
        return batch_lines(self._specification, self._card, self._piece, self._batch, self._unit)
