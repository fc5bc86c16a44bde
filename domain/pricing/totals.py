"""Prices without their explanation: the total of any tier at any quantity, for tables and comparisons."""

from decimal import Decimal
from typing import Final

from domain.pricing.figures import Batch, Piece, TierAmounts, batch_figures, tier_amounts
from domain.pricing.operations import OutsideWork
from domain.pricing.price_lines import LineName
from domain.pricing.specification import PartSpecification
from domain.rate_cards.rate_card import RateCard

_NOTHING: Final = Decimal(0)
_LINES_OF_STEP: Final = 3
"""Of one operation, at most: labour, adjustment, set-up."""


def rounded_cost(batch: Batch, unit: Decimal) -> Decimal:
    """The sum of the batch's lines, each rounded half up to `unit`. Needs `exact()` around it."""
    cost = batch.material.quantize(unit) + batch.overhead.quantize(unit)
    for amounts in batch.steps:
        for amount in amounts:
            cost += amount.quantize(unit)
    for some in (batch.set_up, batch.finish, batch.tolerance):
        if some is not None:
            cost += some.quantize(unit)
    return cost


def rounded_extra(amounts: TierAmounts, unit: Decimal) -> Decimal:
    """The sum of the tier's five lines, each rounded half up to `unit`. Needs `exact()` around it."""
    return (
        amounts.margin.quantize(unit)
        + amounts.shipping.quantize(unit)
        + amounts.surcharge.quantize(unit)
        - amounts.volume_discount.quantize(unit)
        - amounts.customer_discount.quantize(unit)
    )


def total_price(cost: Decimal, amounts: TierAmounts, card: RateCard, unit: Decimal) -> Decimal:
    """The sum of the rounded lines of batch and tier, no less than the card's minimum, before a piece is rounded. Needs
    `exact()` around it.
    """
    total = cost + rounded_extra(amounts, unit)
    return total + up_to_minimum(total, card, unit)


def by_piece(total: Decimal, quantity: int, card: RateCard, unit: Decimal) -> tuple[Decimal, Decimal]:
    """The price of a piece and the total. Needs `exact()` around it.

    Rule: on a card with `price_per_piece_digits` a piece is rounded half up to them, at least to one unit of the last
    digit, and up where the total would fall below the card's minimum per part; the total is that times the quantity,
    rounded half up to `unit` once. Without them the total stays, and the piece is for information only.
    """
    if card.price_per_piece_digits is None:
        return per_piece(total, quantity, unit), total
    step = Decimal(1).scaleb(-card.price_per_piece_digits)
    piece = (total / quantity).quantize(step)
    if total and not piece:
        piece = step
    if card.least_of_a_part is not None and piece * quantity < card.least_of_a_part <= total:
        piece += step
    return piece, (piece * quantity).quantize(unit)


def per_piece(total: Decimal, quantity: int, unit: Decimal) -> Decimal:
    """The price of one piece, rounded half up to `unit`; for information only. Needs `exact()` around it."""
    return (total / quantity).quantize(unit)


def up_to_minimum(total: Decimal, card: RateCard, unit: Decimal) -> Decimal:
    """What lifts `total` to the card's minimum per part, 0 where it is reached. Needs `exact()` around it."""
    least = card.least_of_a_part
    return _NOTHING if least is None else max(_NOTHING, least.quantize(unit) - total)


class Totals:
    """The total price of one part by tier and quantity, each worked out once; `unit` is the minor unit of money.

    `least` is the card's minimum per part, 0 without one; `slack` is money that bounds by how much rounding
    moves the distance of two totals. At each of `bends` work that is given out outgrows its own minimum. Needs
    `exact()` around its making and its use.
    """

    def __init__(self, specification: PartSpecification, card: RateCard, piece: Piece, unit: Decimal) -> None:
        self._specification = specification
        self.card = card
        self._piece = piece
        self._unit = unit
        self.least = up_to_minimum(_NOTHING, card, unit)
        self.slack = (len(LineName) + _LINES_OF_STEP * len(piece.steps)) * unit
        outside = (step for step in piece.steps if isinstance(step, OutsideWork))
        self.bends = tuple(bend for step in outside if (bend := step.bend) is not None)
        self._batches: dict[int, tuple[Batch, Decimal]] = {}
        self._totals: dict[tuple[str, int], tuple[Decimal, Decimal]] = {}

    def total(self, tier: str, quantity: int) -> Decimal:
        """The total price in money: the sum of the rounded lines, no less than the card's minimum."""
        return self._priced(tier, quantity)[1]

    def per_piece(self, tier: str, quantity: int) -> Decimal:
        """The price of one piece, see `by_piece`."""
        return self._priced(tier, quantity)[0]

    def _priced(self, tier: str, quantity: int) -> tuple[Decimal, Decimal]:
        known = self._totals.get((tier, quantity))
        if known is not None:
            return known
        batch, cost = self._batch(quantity)
        amounts = tier_amounts(self._piece, batch, self.card.tiers[tier], self._specification, self.card)
        total = total_price(cost, amounts, self.card, self._unit)
        found = by_piece(total, quantity, self.card, self._unit)
        self._totals[tier, quantity] = found
        return found

    def _batch(self, quantity: int) -> tuple[Batch, Decimal]:
        if quantity not in self._batches:
            batch = batch_figures(self._piece, quantity, self._specification, self.card)
            self._batches[quantity] = batch, rounded_cost(batch, self._unit)
        return self._batches[quantity]
