"""Cards in currencies without and with three digits after the point, from their data to the price."""

from typing import Any

import pytest

from domain.pricing import DEFAULT_RATE_CARD, calculate, calculation_to_data, rate_card_to_data, review
from tests.unit.pricing.parts import EXAMPLE, with_money

# By hand, EXAMPLE at the standard tier. Yen, all money x 160: the unrounded lines of the euro example x 160,
# then whole yen: 345 -> 55200; 2111.4 -> 337824; 152.5 -> 24400; 391.335 -> 62613.6; 1350.10575 -> 216016.92
# 41.3925 -> 6622.8; 130.5102225 -> 20881.6356.
YEN = "55200 337824 0 24400 62614 216017 6623 0 20882 0 = 681796"
# Kuwaiti dinars, the same figures as in euros, rounded to the fils: 1350.10575, 41.3925 is a tie: up
DINAR = "345.000 2111.400 0.000 152.500 391.335 1350.106 41.393 0.000 130.510 0.000 = 4261.224"


@pytest.mark.parametrize(("currency", "factor", "expected"), [("JPY", 160, YEN), ("KWD", 1, DINAR)])
def test_every_amount_has_the_currencys_digits(currency: str, factor: int, expected: str) -> None:
    """Proves a card that was written, checked and read, in each currency, line by line."""
    written = rate_card_to_data(with_money(DEFAULT_RATE_CARD, factor, currency))
    card = review(written).card
    assert card is not None
    calculation = calculate(EXAMPLE, card)
    price = calculation.tiers["standard"]
    assert f"{' '.join(str(line.amount) for line in price.lines)} = {price.total_price}" == expected
    data: Any = calculation_to_data(calculation)
    digits = {"JPY": 0, "KWD": 3}[currency]
    amounts = [
        *(line["amount"] for tier in data["tiers"].values() for line in tier["lines"]),
        *(tier[figure] for tier in data["tiers"].values() for figure in ("total_price", "price_per_piece")),
        *(tier["total_price"] for row in data["quantity_breaks"] for tier in row["tiers"].values()),
    ]
    assert {len(amount.partition(".")[2]) for amount in amounts} == {digits}


@pytest.mark.parametrize(("currency", "least"), [("JPY", "1000.5"), ("EUR", "99.999"), ("KWD", "1.0001")])
def test_a_minimum_has_no_more_digits_than_the_currency(currency: str, least: str) -> None:
    """Proves that a minimum which no price could equal is refused."""
    data = {**rate_card_to_data(DEFAULT_RATE_CARD), "currency": currency, "minimum_order_value": least}
    assert [(each.field, each.code) for each in review(data).errors] == [
        ("minimum_order_value", "too_many_decimals")
    ]
