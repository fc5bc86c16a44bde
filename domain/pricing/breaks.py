"""What the same part costs at other quantities, and where more pieces cost less in total."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile
from math import ceil
from typing import Final

from domain.pricing.totals import Totals
from domain.rate_cards.rate_card import RateCard

_MOST_LOOKED_AT: Final = 1000


@dataclass(frozen=True, slots=True)
class BreakEven:
    """`quantity` pieces cost less in total than `from_quantity` pieces, or any number between the two."""

    quantity: int
    from_quantity: int

    @property
    def message(self) -> str:
        pieces = "piece" if self.quantity == 1 else "pieces"
        return f"{self.quantity} {pieces} cost less than {self.from_quantity}"


@dataclass(frozen=True, slots=True)
class BreakPrice:
    """The price of one tier at a break quantity, in money at the currency's scale."""

    total_price: Decimal
    price_per_piece: Decimal
    break_even: BreakEven | None


@dataclass(frozen=True, slots=True)
class QuantityBreak:
    """One row of the quantity table."""

    quantity: int
    tiers: Mapping[str, BreakPrice]


def quantity_breaks(totals: Totals) -> tuple[QuantityBreak, ...]:
    """The card's break quantities, and every quantity at which a discount of the card steps, ascending.

    A total can fall only where a discount steps, so the table names every quantity that is best exceeded.
    """
    card = totals.card
    steps = {tier: discount_steps(card, tier) for tier in card.tiers}
    quantities = sorted({*card.break_quantities, *(start for starts in steps.values() for start in starts)})
    return tuple(
        QuantityBreak(
            quantity,
            {
                tier: BreakPrice(
                    totals.total(tier, quantity),
                    totals.per_piece(tier, quantity),
                    break_even(totals, tier, quantity, sorted({*starts, *totals.bends})),
                )
                for tier, starts in steps.items()
            },
        )
        for quantity in quantities
    )


def discount_steps(card: RateCard, tier: str) -> list[int]:
    """The quantities at which a discount of `tier` steps, ascending."""
    steps = (*card.tiers[tier].volume_discounts, *card.customer_discounts.by_quantity)
    return sorted({ceil(step.start) for step in steps})


def break_even(totals: Totals, tier: str, quantity: int, steps: list[int]) -> BreakEven | None:
    """The smallest number from which on up to `quantity` - 1 pieces cost more in total than `quantity` pieces.

    `steps` are the tier's discount steps, and where work that is given out outgrows its minimum: between two of them
    the total rises with the quantity, in a straight line but for rounding.
    """
    price = totals.total(tier, quantity)
    if totals.card.price_per_piece_digits is not None:
        return _looked_at_one_by_one(totals, tier, quantity, price)
    upper, found = quantity - 1, None
    for lower in reversed([1, *(step for step in steps if 1 < step < quantity)]):
        if upper < lower or totals.total(tier, upper) <= price:
            break
        found = _first_above(totals, tier, price, range(lower, upper + 1))
        if found > lower:
            break
        upper = lower - 1
    return BreakEven(quantity, found) if found is not None else None


def _looked_at_one_by_one(totals: Totals, tier: str, quantity: int, price: Decimal) -> BreakEven | None:
    """Where pieces are rounded no total follows from another: at most so many smaller ones are looked at."""
    smaller = range(quantity - 1, max(0, quantity - 1 - _MOST_LOOKED_AT), -1)
    dearer = list(takewhile(lambda pieces: totals.total(tier, pieces) > price, smaller))
    return BreakEven(quantity, dearer[-1]) if dearer else None


def _first_above(totals: Totals, tier: str, price: Decimal, between: range) -> int:
    """The first quantity of `between` whose total exceeds `price`; that of the last one does."""
    low, high = _bent_by_rounding(totals, tier, price, between)
    return low + bisect_right(range(low, high), price, key=lambda pieces: totals.total(tier, pieces))


def _bent_by_rounding(totals: Totals, tier: str, price: Decimal, between: range) -> tuple[int, int]:
    """The quantities, first and last, among which the total may come to exceed `price`.

    Between two steps an unrounded total is a straight line, and every rounded one lies by at most half a minor unit
    per line beside it. That leaves a few quantities to look at, often one: all others are decided by both ends.
    """
    first, last = between[0], between[-1]
    start, end = totals.total(tier, first), totals.total(tier, last)
    if start > price:
        return first, first
    if start <= totals.least:  # lifted to the minimum: no straight line
        return first, last
    pieces_per_money = (last - first) / (end - start)
    above = price - start
    low = first + int((above - totals.slack) * pieces_per_money)
    high = first + int((above + totals.slack) * pieces_per_money) + 1
    return max(low, first), min(high, last)


def cheaper_quantity(totals: Totals, tier: str, quantity: int) -> int | None:
    """The larger quantity with the lowest total below that of `quantity`, or None."""
    larger = [step for step in discount_steps(totals.card, tier) if step > quantity]
    best = min(larger, key=lambda step: totals.total(tier, step), default=None)
    if best is None or totals.total(tier, best) >= totals.total(tier, quantity):
        return None
    return best
