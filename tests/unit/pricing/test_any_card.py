"""Prices by cards of any shop agree with an independent calculation, to the minor unit."""

import os
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from random import Random

from domain.pricing import PartSpecification, RateCard, calculate, rate_card_to_data, specification_to_data
from tests.unit.pricing import card_oracle
from tests.unit.pricing.parts import EXAMPLE, SHOP_CARD, random_specification
from tests.unit.pricing.random_cards import random_card

PARTS = int(os.environ.get("FIRM_OFFER_ORACLE_PARTS", "1000"))


def random_part(random: Random, card: RateCard) -> PartSpecification:
    part = random_specification(random)
    kind = random.choice(list(card.customer_discounts.by_tier))
    return replace(part, customer_tier=kind, quantity=min(part.quantity, 5_000))


def test_any_card_is_priced_as_by_fractions() -> None:
    """Proves every line, total, price per piece and row of the quantity table of random parts by random cards."""
    random, seen = Random(20261201), Counter[str]()
    for _ in range(PARTS // 5):
        card = random_card(random)
        data, digits = rate_card_to_data(card), card_oracle.DIGITS[card.currency]
        for _ in range(4):
            part = random_part(random, card)
            asked = specification_to_data(part)
            made = calculate(part, card)
            for tier, price in made.tiers.items():
                ours = [int(line.amount.scaleb(digits)) for line in price.lines]
                theirs = card_oracle.price(data, asked, tier)
                assert [*ours, int(price.total_price.scaleb(digits))] == theirs, (card, part, tier)
                seen.update({card.currency, price.lines[0].rule.rpartition(".")[2], str(len(card.tiers))})
                seen.update(line.name for line in price.lines)
                seen.update(line.rule for line in price.lines)
            row = random.choice(made.quantity_breaks)
            tier = random.choice(list(card.tiers))
            total = card_oracle.price(data, asked, tier, row.quantity)[-1]
            assert int(row.tiers[tier].total_price.scaleb(digits)) == total
    assert {
        "EUR",
        "JPY",
        "KWD",
        "cost_per_kg",
        "cost_per_cm3",
        "minimum_order",
        "rounded_up",
        "rounded_down",
        "order.shipping",
        "1",
        "8",
    } <= set(seen)


def by_weight(allowance: str | None = None) -> RateCard:
    """The shop's card with steel at 1.20 a kilogram."""
    steel = replace(
        SHOP_CARD.materials["steel"],
        cost_per_cm3=None,
        cost_per_kg=Decimal("1.20"),
        stock_allowance_mm=None if allowance is None else Decimal(allowance),
    )
    return replace(SHOP_CARD, materials={**SHOP_CARD.materials, "steel": steel})


def test_material_by_weight_by_hand() -> None:
    """100 cm³ × 0.00785 kg/cm³ × 1.20 EUR/kg × 1.2 waste × 20 pieces = 22.608."""
    part = replace(EXAMPLE, material="steel")
    line = calculate(part, by_weight()).tiers["standard"].lines[0]
    assert (str(line.amount), line.rule) == ("22.61", "materials.steel.cost_per_kg")
    assert line.formula == ("volume 100 cm³ × 0.00785 kg/cm³ × 1.2 EUR/kg × waste 1.2 × 20 pieces")


def test_the_allowance_is_on_each_dimension_of_the_stock_alone() -> None:
    """(103 × 53 × 23)/1000 = 125.557 cm³ of stock; hours, weight and shipping stay those of the part."""
    part = replace(EXAMPLE, material="steel")
    plain, more = calculate(part, by_weight()), calculate(part, by_weight("3"))
    line = more.tiers["standard"].lines[0]
    assert str(line.amount) == "28.39"  # 125.557 × 0.00785 × 1.2 × 1.2 × 20 = 28.3859...
    assert line.formula.startswith(
        "stock 125.557 cm³ (the part with 3 mm more on each side's length) × 0.00785"
    )
    assert more.weight_kg == plain.weight_kg
    for name in ("labour", "set_up", "shipping"):
        amounts = {
            each.amount
            for made in (plain, more)
            for each in made.tiers["standard"].lines
            if each.name == name
        }
        assert len(amounts) == 1


def test_a_piece_is_rounded_first_and_the_total_is_that_times_the_quantity() -> None:
    """By hand: 4261.23 for 20 pieces is 213.0615 a piece; the difference is a line of its own."""
    told = {}
    for digits in (0, 1, 2, 4):
        price = calculate(EXAMPLE, replace(SHOP_CARD, price_per_piece_digits=digits)).tiers["standard"]
        last = price.lines[-1]
        told[digits] = (str(price.price_per_piece), str(price.total_price), last.name, str(last.amount))
        assert sum(line.sign * line.amount for line in price.lines) == price.total_price
    assert told == {
        0: ("213", "4260.00", "rounded_down", "1.23"),
        1: ("213.1", "4262.00", "rounded_up", "0.77"),
        2: ("213.06", "4261.20", "rounded_down", "0.03"),
        4: ("213.0615", "4261.23", "customer_discount", "0.00"),
    }
    line = calculate(EXAMPLE, replace(SHOP_CARD, price_per_piece_digits=2)).tiers["standard"].lines[-1]
    assert line.formula == "20 pieces at 213.06 EUR are 4261.2 EUR, and the lines above 4261.23 EUR"
    assert line.rule == "price_per_piece_digits"


def test_rounding_a_piece_gives_nothing_away() -> None:
    """Proves that no piece is free, and that no part falls below its minimum by being rounded."""
    cnc = replace(SHOP_CARD.processes["cnc"], rate_per_hour=Decimal("0.01"))
    free = replace(SHOP_CARD, minimum_order_value=None, processes={"cnc": cnc}, price_per_piece_digits=0)
    small = replace(EXAMPLE, quantity=1000, length_mm=Decimal(1), width_mm=Decimal(1), height_mm=Decimal(1))
    price = calculate(small, free).tiers["economy"]  # 0.05 a piece, unrounded
    assert (str(price.price_per_piece), str(price.total_price)) == ("1", "1000.00")
    tiny = replace(EXAMPLE, quantity=7)
    card = replace(
        SHOP_CARD, minimum_order_value=None, minimum_per_part=Decimal(50_000), price_per_piece_digits=2
    )
    price = calculate(tiny, card).tiers["economy"]
    assert (str(price.price_per_piece), str(price.total_price)) == ("7142.86", "50000.02")
    card = replace(card, minimum_per_part=Decimal(50_001))
    price = calculate(tiny, card).tiers["economy"]  # 7143 exactly
    assert (str(price.price_per_piece), str(price.total_price)) == ("7143.00", "50001.00")
    cheap = replace(
        SHOP_CARD, minimum_order_value=None, minimum_per_part=Decimal("50000.10"), price_per_piece_digits=2
    )
    price = calculate(tiny, cheap).tiers["economy"]  # 7142.871...: rounded down it would be 50000.09
    assert (str(price.price_per_piece), str(price.total_price)) == ("7142.88", "50000.16")


def test_more_pieces_that_cost_less_are_told_where_pieces_are_rounded() -> None:
    """Proves the quantity table against every smaller quantity, one by one."""
    card = replace(SHOP_CARD, price_per_piece_digits=0)
    made = calculate(replace(EXAMPLE, quantity=10), card)
    for row in made.quantity_breaks:
        for tier, price in row.tiers.items():
            dearer = row.quantity
            while dearer > 1 and _total(card, tier, dearer - 1) > price.total_price:
                dearer -= 1
            expected = dearer if dearer < row.quantity else None
            assert (price.break_even.from_quantity if price.break_even else None) == expected


def _total(card: RateCard, tier: str, quantity: int) -> Decimal:
    return calculate(replace(EXAMPLE, quantity=quantity), card).tiers[tier].total_price
