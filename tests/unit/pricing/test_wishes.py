"""Finishes, tolerance classes and the minimum order value: priced by name, explained, refused where they do not go."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.pricing import (
    DEFAULT_RATE_CARD,
    InvalidSpecificationError,
    LineName,
    PriceLine,
    calculate,
    specification_from_data,
    specification_to_data,
)
from tests.unit.pricing.parts import EXAMPLE, SHOP_CARD, TEN

SMALL: dict[str, Any] = {
    "quantity": 1,
    "length_mm": Decimal(2),
    "geometric_complexity_score": Decimal(1),
    "material": "steel",
    "process": "laser_cutting",
}


def lines(tier: str = "standard", **changes: Any) -> dict[LineName, PriceLine]:
    price = calculate(replace(EXAMPLE, **changes), SHOP_CARD).tiers[tier]
    return {line.name: line for line in price.lines}


def warned(**changes: Any) -> list[str]:
    return [each.code for each in calculate(replace(EXAMPLE, **changes), SHOP_CARD).warnings]


@pytest.mark.parametrize("wish", ["anodized", "ANODIZED", " Anodized\t"])
def test_a_finish_is_found_by_its_name(wish: str) -> None:
    """Proves that upper and lower case and space around it do not matter, and that a known name is not warned of."""
    line = lines(surface_finish=wish)[LineName.FINISH]
    assert line.formula == (
        "anodized: 20 pieces × surface 160 cm² × 0.018 EUR/cm² + 45 EUR, once for the batch"
    )
    assert (str(line.amount), line.rule) == ("102.60", "finishes.anodized")
    assert warned(surface_finish=wish) == []


@pytest.mark.parametrize("wish", ["anodize", "anodized black", "anod ized", "ANODISED"])
def test_a_name_that_is_near_is_another(wish: str) -> None:
    """Proves that nothing is guessed: the part is priced without it, and the estimator is told."""
    assert list(lines(surface_finish=wish)) == TEN
    assert warned(surface_finish=wish) == ["not_priced_by_card"]


def test_each_wish_is_warned_of_by_itself() -> None:
    """Proves that a known finish does not hide an unknown tolerance, and special requirements are always told."""
    wishes = {"surface_finish": "polished", "tolerance_class": "IT5", "special_requirements": "deburr"}
    assert warned(**wishes) == ["not_priced_by_card", "not_priced_by_card"]


def test_a_tolerance_class_is_explained() -> None:
    """Proves the words, with and without set-up."""
    fine = lines(tolerance_class="Fine")[LineName.TOLERANCE]
    assert fine.formula == "fine: 15 % of labour 2111.4 EUR + set-up 40.25 EUR, once for the batch"
    coarse = lines(tolerance_class="ISO 2768-f")[LineName.TOLERANCE]
    assert coarse.formula == "ISO 2768-f: 0.5 % of labour 2111.4 EUR"
    assert str(coarse.amount) == "10.56"  # 10.557


def test_optional_lines_stand_in_their_places() -> None:
    """Proves the order: finish and tolerance before overhead, the minimum at the end; overhead is on both."""
    made = lines(**SMALL, surface_finish="polished", tolerance_class="ISO 2768-f", tier="domestic_economy")
    absent = {LineName.OUTSIDE, LineName.BOUGHT, LineName.ROUNDED_UP, LineName.ROUNDED_DOWN}
    assert list(made) == [name for name in LineName if name not in absent]
    assert made[LineName.OVERHEAD].formula.endswith(
        "(material + labour + adjustment + set-up + finish + tolerance)"
    )
    amount = made[LineName.MINIMUM_ORDER]
    assert amount.formula.startswith("up to the minimum of 150 EUR for each part, from ")
    assert sum(line.sign * line.amount for line in made.values()) == Decimal("150.00")


def test_a_price_at_the_minimum_is_not_lifted() -> None:
    """Proves that the minimum is reached by a price equal to it, and that one cent below is lifted by one cent."""
    total = calculate(EXAMPLE, SHOP_CARD).tiers["standard"].total_price
    at = calculate(EXAMPLE, replace(SHOP_CARD, minimum_order_value=total)).tiers["standard"]
    assert [line.name for line in at.lines] == TEN
    card = replace(SHOP_CARD, minimum_order_value=total + Decimal("0.01"))
    lifted = calculate(EXAMPLE, card).tiers["standard"]
    assert (lifted.lines[-1].name, str(lifted.lines[-1].amount)) == ("minimum_order", "0.01")
    assert lifted.total_price == total + Decimal("0.01")


def test_a_batch_that_is_lifted_names_no_cheaper_quantity() -> None:
    """Proves that where every quantity up to a step costs the minimum, more pieces are not said to cost less."""
    card = replace(SHOP_CARD, minimum_order_value=Decimal(10**9))
    calculation = calculate(replace(EXAMPLE, quantity=48), card)
    assert calculation.warnings == ()
    assert {price.total_price for row in calculation.quantity_breaks for price in row.tiers.values()} == {
        Decimal(10**9)
    }


def test_a_finish_goes_on_its_materials_only() -> None:
    """Proves the refusal with its field and with the finishes that this material takes, by both ways in."""
    steel = replace(EXAMPLE, material="steel", surface_finish="Anodized")
    for refuse in (
        lambda: calculate(steel, SHOP_CARD),
        lambda: specification_from_data(specification_to_data(steel), card=SHOP_CARD),
    ):
        with pytest.raises(InvalidSpecificationError) as refusal:
            refuse()
        (problem,) = refusal.value.problems
        assert (problem.code, problem.field, problem.allowed) == (
            "finish_not_offered",
            "surface_finish",
            ("Powder coated", "polished"),
        )
    assert calculate(steel, DEFAULT_RATE_CARD).tiers
