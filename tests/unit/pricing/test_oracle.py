"""The product's prices against an independent calculation in exact fractions.

FIRM_OFFER_ORACLE_PARTS sets how many random parts are compared (100000 for the long run).
"""

import os
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random

from domain.pricing import DEFAULT_RATE_CARD, PartSpecification, RateCard, calculate
from domain.pricing.operations import OutsideWork
from domain.pricing.part_shapes import PI
from tests.unit.pricing import oracle
from tests.unit.pricing.parts import (
    MINIMUM,
    SHOP_CARD,
    as_part,
    in_any_shape,
    random_specification,
    with_dearer_operations,
    with_money,
    with_operations,
    with_wishes,
)

PARTS = int(os.environ.get("FIRM_OFFER_ORACLE_PARTS", "1000"))


def differences(
    specification: PartSpecification,
    card: RateCard,
    digits: int,
    money: int,
    seen: Counter[str] | None = None,
) -> list[str]:
    """What differs between both calculations of one part, in words; counts in `seen` the lines with an amount."""
    part = as_part(specification)
    found = []
    for tier, price in calculate(with_dearer_operations(specification, money), card).tiers.items():
        if seen is not None:
            seen.update(line.name for line in price.lines if line.amount)
        ours = [*(line.amount for line in price.lines), price.total_price]
        theirs = oracle.price(part, tier, digits=digits, money=money, minimum=least(card))
        if [int(amount.scaleb(digits)) for amount in ours] != theirs:
            found.append(f"{tier}: {ours} is not {theirs} for {specification}")
        if int(price.price_per_piece.scaleb(digits)) != (2 * theirs[-1] + part.quantity) // (
            2 * part.quantity
        ):
            found.append(f"{tier}: per piece {price.price_per_piece} for {specification}")
    return found


def least(card: RateCard) -> Fraction | None:
    """The oracle's minimum order value, where the card has one."""
    return None if card.minimum_order_value is None else Fraction(MINIMUM)


def test_finishes_tolerances_and_the_minimum_are_as_exact() -> None:
    """Proves the same by a card that has them, in three scales of money; and that each of them came up."""
    random = Random(20260309)
    yen, dinar = with_money(SHOP_CARD, 160, "JPY"), with_money(SHOP_CARD, 1, "KWD")
    seen: Counter[str] = Counter()
    for number in range(PARTS):
        specification = with_wishes(random, random_specification(random))
        if number % 3 == 0:  # small enough to cost less than the minimum
            side = Decimal(random.randint(1, 20))
            specification = replace(specification, quantity=1, length_mm=side, width_mm=side, height_mm=side)
        assert not differences(specification, SHOP_CARD, digits=2, money=1, seen=seen)
        if number % 10 == 0:
            few = replace(specification, quantity=min(specification.quantity, 10_000))
            assert not differences(few, yen, digits=0, money=160)
            assert not differences(few, dinar, digits=3, money=1)
    assert all(seen[name] > PARTS // 20 for name in ("finish", "tolerance", "minimum_order")), seen


def test_shapes_and_figures_of_a_model_are_as_exact() -> None:
    """Proves the same of rounds and sheets, and of parts whose real volume, surface and weight are known, with
    finishes, in three scales of money; and that each of them came up.
    """
    random = Random(20260314)
    yen, dinar = with_money(SHOP_CARD, 160, "JPY"), with_money(SHOP_CARD, 1, "KWD")
    seen: Counter[str] = Counter()
    for number in range(PARTS):
        specification = in_any_shape(random, with_wishes(random, random_specification(random)))
        seen.update(
            {
                specification.shape: 1,
                "volume": specification.volume_cm3 is not None,
                "surface": specification.surface_cm2 is not None,
            }
        )
        assert not differences(specification, SHOP_CARD, digits=2, money=1)
        if number % 10 == 0:
            few = replace(specification, quantity=min(specification.quantity, 10_000))
            assert not differences(few, yen, digits=0, money=160)
            assert not differences(few, dinar, digits=3, money=1)
    assert all(seen[name] > PARTS // 5 for name in ("box", "round", "sheet", "volume", "surface")), seen


def test_operations_are_as_exact() -> None:
    """Proves the same of parts by several operations, with hours of the estimator's, work that is given out and parts
    that are bought, of any shape, in three scales of money and at the quantities of the table; and that each came up.
    """
    random = Random(20260316)
    yen, dinar = with_money(SHOP_CARD, 160, "JPY"), with_money(SHOP_CARD, 1, "KWD")
    seen: Counter[str] = Counter()
    for number in range(PARTS):
        asked = with_operations(random, with_wishes(random, random_specification(random)))
        specification = in_any_shape(random, asked)
        assert not differences(specification, SHOP_CARD, digits=2, money=1, seen=seen)
        if number % 10 == 0:
            few = replace(specification, quantity=min(specification.quantity, 10_000))
            assert not differences(few, yen, digits=0, money=160)
            assert not differences(few, dinar, digits=3, money=1)
        if number % 30 == 0:
            table_agrees(specification)
        outside = [each for each in specification.operations if isinstance(each, OutsideWork)]
        pieces = Decimal(specification.quantity)
        seen["raised"] += any(each.cost(pieces) > each.unraised(pieces) for each in outside)
        seen["nothing in the house"] += not specification.processes
    kinds = ("outside", "bought", "adjustment", "raised", "nothing in the house")
    assert all(seen[name] > PARTS // 20 for name in kinds), seen


def test_pi_has_thirty_digits() -> None:
    """Proves the one figure that is rounded before money is, against a series of its own."""
    assert len(str(PI)) == len("3.") + 29
    assert Fraction(PI) == oracle.PI


def test_no_line_is_a_minor_unit_off() -> None:
    """Proves, over random parts at their edges too, that every line, price and piece price is exactly right."""
    random = Random(20260301)
    for _ in range(PARTS):
        assert not differences(random_specification(random), DEFAULT_RATE_CARD, digits=2, money=1)


def test_currencies_without_and_with_three_digits() -> None:
    """Proves that lines round at the scale of the card's currency: yen whole, Kuwaiti dinars to the fils."""
    random = Random(20260302)
    yen, dinar = with_money(DEFAULT_RATE_CARD, 160, "JPY"), with_money(DEFAULT_RATE_CARD, 1, "KWD")
    for _ in range(max(PARTS // 10, 100)):
        specification = random_specification(random)
        specification = replace(specification, quantity=min(specification.quantity, 10_000))
        assert not differences(specification, yen, digits=0, money=160)
        assert not differences(specification, dinar, digits=3, money=1)


def test_other_quantities_in_the_table_are_as_exact() -> None:
    """Proves that each row of the quantity table is the price that the oracle gives for that many pieces."""
    random = Random(20260303)
    for _ in range(max(PARTS // 30, 50)):
        specification = with_wishes(random, random_specification(random))
        table_agrees(specification)


def table_agrees(specification: PartSpecification) -> None:
    """Each row against the oracle's price for that many pieces."""
    part = as_part(specification)
    for row in calculate(specification, SHOP_CARD).quantity_breaks:
        other = oracle.Part(**{**vars(part), "quantity": row.quantity})
        for tier, price in row.tiers.items():
            total = oracle.price(other, tier, minimum=Fraction(MINIMUM))[-1]
            assert int(price.total_price.scaleb(2)) == total
            assert int(price.price_per_piece.scaleb(2)) == (2 * total + row.quantity) // (2 * row.quantity)
