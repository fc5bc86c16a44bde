"""A calculation as data: complete, in plain text, and each line traceable to the card."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_UP, Decimal, localcontext
from random import Random
from typing import Any

import pytest

from domain.canonical import canonical_json
from domain.pricing import (
    DEFAULT_RATE_CARD,
    LineName,
    calculate,
    calculation_to_data,
    rate_card_to_data,
    specification_to_data,
)
from domain.pricing.part_shapes import Shape
from tests.unit.pricing.parts import EXAMPLE, TEN, in_any_shape, random_specification


def lines_of(specification: Any, tier: str = "standard") -> dict[LineName, str]:
    """The formulas of one tier by line."""
    return {line.name: line.formula for line in calculate(specification, DEFAULT_RATE_CARD).tiers[tier].lines}


def test_data_has_the_published_shape() -> None:
    """Proves the names that the API answers with and the database stores."""
    data: Any = calculation_to_data(calculate(EXAMPLE, DEFAULT_RATE_CARD))
    assert list(data) == [
        *("rate_card_id", "rate_card_version", "currency", "specification", "weight_kg"),
        *("tiers", "quantity_breaks", "warnings"),
    ]
    assert list(data["tiers"]) == ["expedited", "standard", "economy", "domestic_economy"]
    standard = data["tiers"]["standard"]
    assert list(standard) == ["total_price", "price_per_piece", "lead_time_days", "lines"]
    assert list(standard["lines"][0]) == ["name", "amount", "sign", "formula", "inputs", "rule"]
    assert [line["name"] for line in standard["lines"]] == [name.value for name in TEN]


def test_data_is_plain_json() -> None:
    """Proves that nothing but objects, lists, text and whole numbers is in it, and no exponent in any figure."""
    random = Random(20260306)
    for _ in range(50):
        data = calculation_to_data(calculate(random_specification(random), DEFAULT_RATE_CARD))
        assert json.loads(json.dumps(data)) == data
        assert canonical_json(data)
        for text in texts(data):
            assert "E+" not in text
            assert "E-" not in text


def texts(value: object) -> Iterator[str]:
    """Every text inside `value`; fails on anything that is not plain data."""
    if isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif type(value) is str:
        yield value
    else:
        assert value is None or type(value) is int


def test_formulas_read_as_sentences() -> None:
    """Proves the words of the worked example."""
    assert lines_of(EXAMPLE) == {
        "material": "volume 100 cm³ × 0.15 EUR/cm³ × waste 1.15 × 20 pieces",
        "labour": "0.828 h (0.5 + 0.2 × volume 1 + 0.8 × surface 0.16) × complexity multiplier 1.5 × 85 EUR/h × 20 pieces",
        "adjustment": "nothing at complexity 2.5",
        "set_up": "material 25 EUR + 1.5 h × 85 EUR/h, once for the batch",
        "overhead": "15 % of 2608.9 EUR (material + labour + adjustment + set-up)",
        "margin": "45 % of base 3000.235 EUR",
        "shipping": "(15 EUR + 20 pieces × the greater of 0.3105 kg × 4.25 EUR/kg and 100 cm³ × 0.008 EUR/cm³) × zone 1 factor 1",
        "surcharge": "nothing at complexity 2.5",
        "volume_discount": "3 % of base and margin 4350.34075 EUR, from 10 pieces",
        "customer_discount": "nothing for 20 pieces and a standard customer",
    }


def test_a_shape_tells_how_it_was_measured() -> None:
    """Proves the words for a round and a sheet."""
    bare = replace(EXAMPLE, width_mm=None, height_mm=None)
    bar = replace(bare, shape=Shape.ROUND, diameter_mm=Decimal(30))
    assert lines_of(bar)[LineName.MATERIAL].startswith(
        "volume ≈70.685835 cm³ (π/4 × 30² × 100 / 1000) × 0.15 EUR/cm³"
    )
    plate = replace(bare, shape=Shape.SHEET, width_mm=Decimal(50), thickness_mm=Decimal("1.5"))
    assert lines_of(plate)[LineName.MATERIAL].startswith("volume 7.5 cm³ (100 × 50 × 1.5 / 1000) × ")


def test_figures_of_a_model_are_marked_as_given() -> None:
    """Proves which lines a real volume, surface and weight are in, that each names its own rule, and that material
    and room stay those of the stock.
    """
    part = replace(EXAMPLE, volume_cm3=Decimal(40), surface_cm2=Decimal(250), part_weight_kg=Decimal("0.108"))
    lines = {line.name: line for line in calculate(part, DEFAULT_RATE_CARD).tiers["standard"].lines}
    before = {line.name: line for line in calculate(EXAMPLE, DEFAULT_RATE_CARD).tiers["standard"].lines}
    assert lines[LineName.MATERIAL] == before[LineName.MATERIAL]
    labour, shipping = lines[LineName.LABOUR], lines[LineName.SHIPPING]
    assert labour.formula.startswith("0.78 h (0.5 + 0.2 × given volume 0.4 + 0.8 × given surface 0.25) × ")
    assert labour.rule == "processes.cnc.rate_per_hour, specification.volume_cm3, specification.surface_cm2"
    assert "0.108 kg (given) × 4.25 EUR/kg and 100 cm³ × 0.008 EUR/cm³" in shipping.formula
    assert shipping.rule == "tiers.standard.shipping, specification.part_weight_kg"
    lighter = replace(EXAMPLE, volume_cm3=Decimal(40))
    assert calculate(lighter, DEFAULT_RATE_CARD).weight_kg == Decimal("0.1242")  # 40 x 0.0027 x 1.15
    assert "0.1242 kg (by the given volume) × " in lines_of(lighter)[LineName.SHIPPING]


def test_steps_that_hold_are_named() -> None:
    """Proves that adjustment, surcharge and discounts say from where on they hold, and height counts in printing."""
    hard = replace(EXAMPLE, geometric_complexity_score=Decimal("4.2"), quantity=120, customer_tier="premium")
    formulas = lines_of(hard)
    assert formulas[LineName.ADJUSTMENT].endswith("because complexity 4.2 is 4 or more")
    assert formulas[LineName.ADJUSTMENT].startswith("25 % of labour ")
    assert formulas[LineName.SURCHARGE].startswith("15 % of base and margin ")
    assert formulas[LineName.VOLUME_DISCOUNT].endswith("from 100 pieces")
    assert formulas[LineName.CUSTOMER_DISCOUNT].startswith(
        "(5 % for a premium customer + 2 % from 100 pieces) of base"
    )
    printed = replace(EXAMPLE, material="plastic_pla", process="3d_printing")
    assert lines_of(printed)[LineName.LABOUR].startswith("1.2 h (1 + 0.1 × volume 1 + 0.5 × height 0.2) × ")


@pytest.mark.parametrize(
    ("quantity", "tier", "start"),
    [
        (20, "enterprise", "8 % of base and margin "),
        (100, "standard", "2 % of base and margin "),
        (99, "standard", "nothing for 99 pieces and a standard customer"),
    ],
)
def test_customer_discounts_say_why(quantity: int, tier: str, start: str) -> None:
    """Proves the wording with a tier's discount alone, the quantity's alone and neither."""
    part = replace(EXAMPLE, quantity=quantity, customer_tier=tier)
    assert lines_of(part)[LineName.CUSTOMER_DISCOUNT].startswith(start)


def test_long_figures_are_shortened_for_people_only() -> None:
    """Proves that a formula marks a shortened figure and the inputs keep all of it."""
    part = replace(EXAMPLE, length_mm=Decimal("1.234567"), width_mm=Decimal("7.654321"))
    line = calculate(part, DEFAULT_RATE_CARD).tiers["standard"].lines[0]
    assert line.formula.startswith("volume ≈0.188995 cm³")
    assert line.inputs["volume_cm3"] == "0.18899544228014"  # 1.234567 x 7.654321 x 20 / 1000


def test_each_rule_is_a_place_in_the_card() -> None:
    """Proves that what a line says it came from can be found in the data of the card, or of the specification."""
    card = rate_card_to_data(DEFAULT_RATE_CARD)
    random = Random(20260307)
    for _ in range(60):
        part = in_any_shape(random, random_specification(random))
        data = {**card, "specification": specification_to_data(part)}
        for price in calculate(part, DEFAULT_RATE_CARD).tiers.values():
            for place in ", ".join(line.rule for line in price.lines).split(", "):
                found: Any = data
                for key in place.split("."):
                    found = found[key]
                assert found


def test_the_card_used_is_named() -> None:
    """Proves that a calculation tells id and version of its card, and the weight it used."""
    data = calculation_to_data(calculate(EXAMPLE, DEFAULT_RATE_CARD))
    assert (data["rate_card_id"], data["rate_card_version"]) == (DEFAULT_RATE_CARD.id, 1)
    assert data["weight_kg"] == "0.3105"


def test_prices_that_read_alike_are_equal() -> None:
    """Proves that the same lines make equal prices, whatever object holds them, and another word unequal ones."""
    price = calculate(EXAMPLE, DEFAULT_RATE_CARD).tiers["standard"]
    length, width, _ = EXAMPLE.sides
    turned = replace(EXAMPLE, length_mm=width, width_mm=length)
    assert calculate(turned, DEFAULT_RATE_CARD).tiers["standard"] == price
    harder = replace(EXAMPLE, geometric_complexity_score=Decimal("2.50000001"))
    same_total = calculate(harder, DEFAULT_RATE_CARD).tiers["standard"]
    assert same_total.total_price == price.total_price
    assert same_total != price


def test_lines_read_outside_are_exact_too() -> None:
    """Proves that lines made when read do not heed the reader's decimal context."""
    random = Random(20260312)
    for _ in range(20):
        part = random_specification(random)
        with localcontext(prec=3, rounding=ROUND_UP):
            found = calculate(part, DEFAULT_RATE_CARD).tiers["economy"]
            lines, per_piece = found.lines, found.price_per_piece
        assert sum(line.sign * line.amount for line in lines) == found.total_price
        expected = calculate(part, DEFAULT_RATE_CARD).tiers["economy"]
        assert (lines, per_piece) == (expected.lines, expected.price_per_piece)
