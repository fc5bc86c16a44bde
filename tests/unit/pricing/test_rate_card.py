"""A rate card as data: without loss there and back, and refused with the place of each mistake."""

import json
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from decimal import Decimal
from typing import Any

import pytest

from domain.pricing import (
    DEFAULT_RATE_CARD,
    InvalidRateCardError,
    calculate,
    rate_card_from_data,
    rate_card_to_data,
)
from tests.unit.pricing.parts import EXAMPLE


def data() -> Any:
    return json.loads(json.dumps(rate_card_to_data(DEFAULT_RATE_CARD)))


def test_data_round_trips_with_every_figure() -> None:
    """Proves that storing a card changes neither the card nor a price made from it."""
    card = rate_card_from_data(data())
    assert card == DEFAULT_RATE_CARD
    assert calculate(EXAMPLE, card).tiers == calculate(EXAMPLE, DEFAULT_RATE_CARD).tiers


def test_the_order_of_keys_changes_no_price() -> None:
    """Proves that a card with its keys sorted gives the same prices, with the tiers in its own order."""
    shuffled = json.loads(json.dumps(rate_card_to_data(DEFAULT_RATE_CARD), sort_keys=True))
    calculation = calculate(EXAMPLE, rate_card_from_data(shuffled))
    assert list(calculation.tiers) == sorted(DEFAULT_RATE_CARD.tiers)
    assert calculation.tiers == calculate(EXAMPLE, DEFAULT_RATE_CARD).tiers


def test_a_card_cannot_be_changed_in_place() -> None:
    """Proves that no caller can alter the list that others price by."""
    with pytest.raises(FrozenInstanceError):
        DEFAULT_RATE_CARD.overhead = Decimal(0)  # type: ignore[misc]
    with pytest.raises(TypeError):
        DEFAULT_RATE_CARD.materials["aluminum"] = DEFAULT_RATE_CARD.materials["steel"]  # type: ignore[index]


def change(path: str, value: object) -> Callable[[Any], None]:
    """Sets one place of a card's data."""
    *keys, last = path.split(".")

    def apply(card: Any) -> None:
        for key in keys:
            card = card[key]
        card[last] = value

    return apply


@pytest.mark.parametrize(
    ("path", "value", "place", "code"),
    [
        ("currency", "EURO", "currency", "unknown_currency"),
        ("overhead", 0.15, "overhead", "not_a_number"),
        ("overhead", "1e-1", "overhead", "not_a_number"),
        ("overhead", "NaN", "overhead", "not_finite"),
        ("overhead", "-0.1", "overhead", "out_of_range"),
        ("overhead", None, "overhead", "required"),
        ("name", 7, "name", "not_text"),
        ("version", "1.5", "version", "not_an_integer"),
        ("discount", "1", "discount", "unknown_field"),
        ("materials.steel", [], "materials.steel", "not_an_object"),
        ("materials.steel.colour", "red", "materials.steel.colour", "unknown_field"),
        (
            "processes.cnc.complexity_multipliers",
            ["1"],
            "processes.cnc.complexity_multipliers",
            "wrong_length",
        ),
        ("processes.cnc.materials", ["wood"], "processes.cnc.materials.0", "unknown_material"),
        ("processes.cnc.materials", "steel", "processes.cnc.materials", "not_a_list"),
        ("tiers", None, "tiers", "required"),
        ("tiers", {}, "tiers", "empty"),
        ("tiers.overnight", {}, "tiers.overnight.margin", "required"),
        ("zone_factors.5", "3", "zone_factors.5", "unknown_field"),
        ("break_quantities", [10, 1], "break_quantities", "not_ascending"),
        ("break_quantities", [0, 1], "break_quantities", "out_of_range"),
        (
            "adjustments",
            [{"start": "4", "rate": "0"}, {"start": "3", "rate": "0"}],
            "adjustments",
            "not_ascending",
        ),
    ],
)
def test_each_mistake_names_its_place(path: str, value: object, place: str, code: str) -> None:
    """Proves that a card with one mistake is refused, and says where the mistake stands."""
    card = data()
    change(path, value)(card)
    with pytest.raises(InvalidRateCardError) as refusal:
        rate_card_from_data(card)
    assert (place, code) in [(each.field, each.code) for each in refusal.value.problems]


def test_several_mistakes_are_told_together() -> None:
    """Proves that a card is read to its end, whatever stands at its start."""
    card = data()
    for place in ("materials.steel.set_up", "processes.cnc.time.constant", "tiers.standard.shipping.per_kg"):
        change(place, "x")(card)
    with pytest.raises(InvalidRateCardError) as refusal:
        rate_card_from_data(card)
    assert [each.code for each in refusal.value.problems] == ["not_a_number"] * 3
    assert refusal.value.code == "invalid_rate_card"


@pytest.mark.parametrize("value", [None, [], "card", 7])
def test_only_an_object_is_a_card(value: object) -> None:
    """Proves that another JSON value is refused without a crash."""
    with pytest.raises(InvalidRateCardError) as refusal:
        rate_card_from_data(value)
    assert refusal.value.problems[0].code == "not_an_object"
