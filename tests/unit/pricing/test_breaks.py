"""The quantity table, and the word about more pieces that cost less."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest

from domain.pricing import DEFAULT_RATE_CARD, PartSpecification, calculate
from tests.unit.pricing import oracle
from tests.unit.pricing.parts import EXAMPLE, as_part, random_specification, with_money


def total(specification: PartSpecification, tier: str, quantity: int) -> int:
    part = as_part(replace(specification, quantity=quantity))
    return oracle.price(part, tier)[-1]


def test_the_table_shows_the_cards_quantities() -> None:
    """Proves the rows, with the example's break-even at fifty pieces, worked out from the neighbours' prices."""
    rows = {row.quantity: row.tiers for row in calculate(EXAMPLE, DEFAULT_RATE_CARD).quantity_breaks}
    assert list(rows) == [1, 10, 25, 50, 100, 250]
    price = rows[50]["economy"]
    assert price.break_even is not None
    assert price.break_even.message == "50 pieces cost less than 48"
    assert total(EXAMPLE, "economy", 47) <= total(EXAMPLE, "economy", 50) < total(EXAMPLE, "economy", 48)
    assert rows[1]["economy"].break_even is None
    assert rows[250]["economy"].break_even is None


def test_every_quantity_that_is_best_exceeded_is_told() -> None:
    """Proves against the oracle, quantity by quantity up to 110, that no total falls without a break-even."""
    random = Random(20260308)
    for _ in range(3):
        part = random_specification(random)
        rows = calculate(part, DEFAULT_RATE_CARD).quantity_breaks
        for tier in DEFAULT_RATE_CARD.tiers:
            told = {
                quantity
                for row in rows
                if (note := row.tiers[tier].break_even) is not None
                for quantity in range(note.from_quantity, note.quantity)
            }
            totals = [total(part, tier, quantity) for quantity in range(1, 111)]
            true = {
                index + 1
                for index, price in enumerate(totals)
                if any(later < price for later in totals[index + 1 :])
            }
            assert told == true


@pytest.mark.parametrize("minimum", [None, 2000])
@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("JPY", 0)])
def test_a_break_even_starts_where_the_total_is_passed(
    currency: str, digits: int, minimum: int | None
) -> None:
    """Proves against the oracle that the named quantity is the first that costs more, also across a minimum that
    lifts some quantities, and where rounding to a whole yen is much beside the cost of a small piece.
    """
    random = Random(20260313)
    least = None if minimum is None else Decimal(minimum)
    card = replace(with_money(DEFAULT_RATE_CARD, 1, currency), minimum_order_value=least)
    floor = None if minimum is None else Fraction(minimum)
    seen = 0
    for number in range(40):
        part = random_specification(random)
        if number % 2:
            side = Decimal(random.randint(1, 20))
            part = replace(part, length_mm=side, width_mm=side, height_mm=side)
        given = as_part(part)
        for row in calculate(part, card).quantity_breaks:
            for tier, price in row.tiers.items():
                note = price.break_even
                if note is None or note.from_quantity == 1:
                    continue
                seen += 1
                before, at, here = (
                    oracle.price(replace(given, quantity=pieces), tier, digits=digits, minimum=floor)[-1]
                    for pieces in (note.from_quantity - 1, note.from_quantity, note.quantity)
                )
                assert before <= here < at
    assert seen > 100


def test_a_steep_card_reaches_across_its_own_steps() -> None:
    """Proves that a break-even is found below the step before, where a discount is large enough for that."""
    rules = DEFAULT_RATE_CARD.tiers["standard"]
    steps = (rules.volume_discounts[0], replace(rules.volume_discounts[1], rate=Decimal("0.80")))
    steep = replace(DEFAULT_RATE_CARD, tiers={"standard": replace(rules, volume_discounts=steps)})
    rows = {row.quantity: row.tiers["standard"] for row in calculate(EXAMPLE, steep).quantity_breaks}
    note = rows[25].break_even
    assert note is not None
    assert note.from_quantity < 10
    below, above = (
        calculate(replace(EXAMPLE, quantity=quantity), steep).tiers["standard"].total_price
        for quantity in (note.from_quantity - 1, note.from_quantity)
    )
    assert below <= rows[25].total_price < above


def test_a_break_even_may_reach_down_to_one_piece() -> None:
    """Proves that ten pieces which cost less than a single one are told to do so."""
    rules = DEFAULT_RATE_CARD.tiers["standard"]
    nearly_free = replace(rules, volume_discounts=(replace(rules.volume_discounts[0], rate=Decimal("0.99")),))
    card = replace(DEFAULT_RATE_CARD, tiers={"standard": nearly_free})
    rows = {row.quantity: row.tiers["standard"] for row in calculate(EXAMPLE, card).quantity_breaks}
    assert rows[10].total_price < rows[1].total_price
    note = rows[10].break_even
    assert note is not None
    assert note.message == "10 pieces cost less than 1"


def test_a_card_without_table_still_names_its_steps() -> None:
    """Proves that a discount's step is a row even where the card lists no break quantities."""
    card = replace(DEFAULT_RATE_CARD, break_quantities=())
    rows = calculate(EXAMPLE, card).quantity_breaks
    assert [row.quantity for row in rows] == [10, 25, 50, 100]


def test_the_same_total_is_not_less() -> None:
    """Proves that where every quantity costs the same, none is said to cost less."""
    free = with_money(DEFAULT_RATE_CARD, 0, "EUR")
    calculation = calculate(replace(EXAMPLE, quantity=49), free)
    assert calculation.warnings == ()
    assert all(
        price.break_even is None for row in calculation.quantity_breaks for price in row.tiers.values()
    )
