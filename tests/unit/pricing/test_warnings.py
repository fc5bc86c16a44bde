"""Remarks for the estimator: given where they are due, and never a change of price."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.pricing import DEFAULT_RATE_CARD, calculate
from domain.pricing.part_shapes import Shape
from tests.unit.pricing.parts import EXAMPLE


def codes(**changes: Any) -> list[str]:
    return [each.code for each in calculate(replace(EXAMPLE, **changes), DEFAULT_RATE_CARD).warnings]


def test_an_ordinary_part_has_none() -> None:
    """Proves that the example passes without remark."""
    assert codes() == []


@pytest.mark.parametrize("field", ["surface_finish", "tolerance_class", "special_requirements"])
def test_what_the_card_does_not_price_is_said(field: str) -> None:
    """Proves that a wish without a rule is shown and costs nothing by itself."""
    wish: dict[str, Any] = {field: "as drawn"}
    assert codes(**wish) == ["not_priced_by_card"]
    wished = calculate(replace(EXAMPLE, **wish), DEFAULT_RATE_CARD)
    assert wished.tiers == calculate(EXAMPLE, DEFAULT_RATE_CARD).tiers


@pytest.mark.parametrize(("height", "expected"), [("0.999999", ["thin_wall"]), ("1", [])])
def test_a_thin_wall_is_said(height: str, expected: list[str]) -> None:
    """Proves the process's limit on the thinnest axis, the limit itself being fine."""
    assert codes(height_mm=Decimal(height)) == expected


@pytest.mark.parametrize(
    "sides",
    [
        {"shape": Shape.SHEET, "thickness_mm": Decimal("0.9"), "height_mm": None},
        {"shape": Shape.ROUND, "diameter_mm": Decimal("0.9"), "width_mm": None, "height_mm": None},
    ],
)
def test_a_thin_sheet_and_a_thin_round_are_said(sides: dict[str, Any]) -> None:
    """Proves that the thinnest of the shape's own sides counts."""
    assert codes(**sides) == ["thin_wall"]


def test_figures_of_a_model_that_cannot_be_are_said() -> None:
    """Proves the remarks on a volume beyond the stock's, a surface too small for the volume, and a weight too high for
    it; a sphere's own surface (36 π V² under the cube root) is fine.
    """
    assert codes(volume_cm3=Decimal(100)) == []
    assert codes(volume_cm3=Decimal("100.1")) == ["volume_above_stock"]
    assert codes(volume_cm3=Decimal(40), surface_cm2=Decimal("56.57")) == []
    assert codes(volume_cm3=Decimal(40), surface_cm2=Decimal("56.56")) == ["surface_too_small"]
    assert codes(volume_cm3=Decimal(40), part_weight_kg=Decimal("0.125")) == ["weight_above_solid"]


def test_unusual_figures_are_said() -> None:
    """Proves the remarks on a quantity beyond the table and on a weight above a solid block's."""
    assert codes(quantity=250) == []
    assert codes(quantity=251) == ["quantity_outside_table"]
    assert codes(part_weight_kg=Decimal("0.3105")) == []
    assert codes(part_weight_kg=Decimal("0.3106")) == ["weight_above_solid"]


def test_a_quantity_that_is_best_exceeded_is_said() -> None:
    """Proves the word to whoever asks for 48: fifty cost less, at the tiers where they do."""
    warnings = calculate(replace(EXAMPLE, quantity=48), DEFAULT_RATE_CARD).warnings
    assert [(each.code, each.message) for each in warnings] == [
        ("more_pieces_cost_less", "Economy: 50 pieces cost less than 48"),
        ("more_pieces_cost_less", "Domestic economy: 50 pieces cost less than 48"),
    ]
    assert codes(quantity=50) == []


def test_what_people_read_calls_a_tier_as_the_shop_does() -> None:
    """By the rate card's label where it has one, not by the name that programs use."""
    tiers = DEFAULT_RATE_CARD.tiers
    economy = replace(tiers["economy"], label="Slow and cheap")
    card = replace(DEFAULT_RATE_CARD, tiers={**tiers, "economy": economy})
    warnings = calculate(replace(EXAMPLE, quantity=48), card).warnings
    assert warnings[0].message == "Slow and cheap: 50 pieces cost less than 48"
