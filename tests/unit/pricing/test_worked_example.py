"""One part worked out by hand, line by line, at all four tiers."""

from decimal import Decimal, localcontext

import pytest

from domain.pricing import DEFAULT_RATE_CARD, calculate
from tests.unit.pricing.parts import EXAMPLE, TEN

COSTS = ("345.00", "2111.40", "0.00", "152.50", "391.34")
TIERS = {
    # margin, shipping, surcharge, volume discount, customer discount, price, per piece, working days
    "expedited": ("1950.15", "87.79", "0.00", "99.01", "0.00", "4939.17", "246.96", 3),
    "standard": ("1350.11", "41.39", "0.00", "130.51", "0.00", "4261.23", "213.06", 10),
    "economy": ("900.07", "25.08", "0.00", "156.01", "0.00", "3769.38", "188.47", 15),
    "domestic_economy": ("750.06", "16.49", "0.00", "187.51", "0.00", "3579.28", "178.96", 20),
}


@pytest.mark.parametrize("tier", list(DEFAULT_RATE_CARD.tiers))
def test_every_line_agrees_with_the_hand(tier: str) -> None:
    """Proves lines, price, price per piece and lead time to the cent; overhead and a shipping are ties, rounded up.

    By hand: v = 1, s = 0.16, hours 0.5 + 0.128 + 0.2 = 0.828, multiplier 1.5; material 100 x 0.15 x 1.15 x 20,
    labour 0.828 x 1.5 x 85 x 20, set-up 25 + 1.5 x 85, overhead 15 % of 2,608.90 = 391.335.
    """
    price = calculate(EXAMPLE, DEFAULT_RATE_CARD).tiers[tier]
    *extras, total, per_piece, days = TIERS[tier]
    assert tuple(str(line.amount) for line in price.lines) == (*COSTS, *extras)
    assert (str(price.total_price), str(price.price_per_piece), price.lead_time_days) == (
        total,
        per_piece,
        days,
    )


def test_the_ten_lines_come_in_order_and_add_up() -> None:
    """Proves that all ten lines are there at every tier, and that the signed sum is the price."""
    calculation = calculate(EXAMPLE, DEFAULT_RATE_CARD)
    assert list(calculation.tiers) == list(DEFAULT_RATE_CARD.tiers)
    for price in calculation.tiers.values():
        assert [line.name for line in price.lines] == TEN
        assert sum(line.sign * line.amount for line in price.lines) == price.total_price
        assert [line.name for line in price.lines if line.sign < 0] == [
            "volume_discount",
            "customer_discount",
        ]


def test_the_weight_used_is_kept() -> None:
    """Proves that a weight not given is the bounding box times density times 1.15."""
    calculation = calculate(EXAMPLE, DEFAULT_RATE_CARD)
    assert calculation.weight_kg == Decimal("0.3105")
    assert calculation.specification.part_weight_kg is None


def test_the_threads_decimal_context_changes_nothing() -> None:
    """Proves that a caller who has set three digits of precision gets the same prices."""
    expected = calculate(EXAMPLE, DEFAULT_RATE_CARD)
    with localcontext(prec=3):
        coarse = calculate(EXAMPLE, DEFAULT_RATE_CARD)
        assert coarse.tiers == expected.tiers
        assert coarse.quantity_breaks == expected.quantity_breaks
