"""Every refusal of a specification, with its field, its code and what would be taken."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.errors import QuoteError
from domain.pricing import DEFAULT_RATE_CARD, InvalidSpecificationError, PricingError, calculate
from domain.pricing.part_shapes import Shape
from tests.unit.pricing.oracle import MATERIALS, OFFERED
from tests.unit.pricing.parts import EXAMPLE, with_money

D = Decimal
ROUND: dict[str, Any] = {
    "shape": Shape.ROUND,
    "diameter_mm": D(30),
    "width_mm": None,
    "height_mm": None,
}
SHEET: dict[str, Any] = {"shape": Shape.SHEET, "thickness_mm": D(2), "height_mm": None}
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    *(({field: D(0)}, field, "out_of_range") for field in ("length_mm", "width_mm", "height_mm")),
    *(({field: D("-1")}, field, "out_of_range") for field in ("length_mm", "width_mm", "height_mm")),
    *(({field: D("NaN")}, field, "not_finite") for field in ("length_mm", "width_mm", "height_mm")),
    *(({field: D("2000.000001")}, field, "too_large") for field in ("length_mm", "width_mm", "height_mm")),
    *(({field: D("1E+30")}, field, "out_of_range") for field in ("length_mm", "width_mm", "height_mm")),
    *(
        ({field: 20.0}, field, "not_a_number")
        for field in ("length_mm", "geometric_complexity_score", "part_weight_kg")
    ),
    *(
        ({**ROUND, "diameter_mm": size}, "diameter_mm", code)
        for size, code in (
            (D(0), "out_of_range"),
            (D("NaN"), "not_finite"),
            (30, "not_a_number"),
            (D(2001), "too_large"),
            (None, "required"),
        )
    ),
    ({**ROUND, "width_mm": D(1)}, "width_mm", "not_for_shape"),
    ({**SHEET, "height_mm": D(1)}, "height_mm", "not_for_shape"),
    ({**SHEET, "thickness_mm": None}, "thickness_mm", "required"),
    ({"width_mm": None}, "width_mm", "required"),
    ({"thickness_mm": D(1)}, "thickness_mm", "not_for_shape"),
    ({"shape": "cone"}, "shape", "unknown_shape"),
    ({"volume_cm3": D(0)}, "volume_cm3", "out_of_range"),
    ({"volume_cm3": D("1000000001")}, "volume_cm3", "out_of_range"),
    ({"surface_cm2": D(-1)}, "surface_cm2", "out_of_range"),
    ({"surface_cm2": 1.5}, "surface_cm2", "not_a_number"),
    ({"length_mm": D("Infinity")}, "length_mm", "not_finite"),
    ({"length_mm": D("sNaN")}, "length_mm", "not_finite"),
    ({"geometric_complexity_score": D("0.999999")}, "geometric_complexity_score", "out_of_range"),
    ({"geometric_complexity_score": D("5.000001")}, "geometric_complexity_score", "out_of_range"),
    ({"geometric_complexity_score": D("-Infinity")}, "geometric_complexity_score", "not_finite"),
    *(({"quantity": quantity}, "quantity", "out_of_range") for quantity in (0, -1, 1_000_001, 10**9)),
    *(({"quantity": quantity}, "quantity", "not_an_integer") for quantity in (1.5, True, "20", D(20))),
    *(({"shipping_distance_zone": zone}, "shipping_distance_zone", "out_of_range") for zone in (0, 5, -1)),
    ({"shipping_distance_zone": D(1)}, "shipping_distance_zone", "not_an_integer"),
    ({"part_weight_kg": D(0)}, "part_weight_kg", "out_of_range"),
    ({"part_weight_kg": D("100000.1")}, "part_weight_kg", "out_of_range"),
    ({"part_weight_kg": D("NaN")}, "part_weight_kg", "not_finite"),
    *(
        ({"customer_tier": tier}, "customer_tier", "unknown_customer_tier")
        for tier in ("gold", "Standard", "")
    ),
    ({"material": "unobtainium"}, "material", "unknown_material"),
    ({"material": "Aluminum"}, "material", "unknown_material"),
    ({"process": "alchemy"}, "process", "unknown_process"),
    ({"material": "plastic_pla"}, "material", "pair_not_offered"),
    ({"material": "plastic_abs", "process": "3d_printing", "length_mm": D(501)}, "length_mm", "too_large"),
]


@pytest.mark.parametrize(("changes", "field", "code"), REFUSED)
def test_each_refusal_names_its_field(changes: dict[str, Any], field: str, code: str) -> None:
    """Proves that a part that cannot be priced is refused for exactly the field and reason that is wrong."""
    with pytest.raises(InvalidSpecificationError) as refusal:
        calculate(replace(EXAMPLE, **changes), DEFAULT_RATE_CARD)
    assert [(each.field, each.code) for each in refusal.value.problems] == [(field, code)]
    assert refusal.value.code == code
    assert isinstance(refusal.value, PricingError | QuoteError)


@pytest.mark.parametrize(
    "changes",
    [
        {"length_mm": D(2000)},
        {"length_mm": D("0.000001")},
        {"geometric_complexity_score": D("1.0")},
        {"geometric_complexity_score": D("5.0")},
        {"quantity": 1_000_000},
        {"shipping_distance_zone": 4},
        {"part_weight_kg": D(100_000)},
    ],
)
def test_the_limits_themselves_are_taken(changes: dict[str, Any]) -> None:
    """Proves that each bound belongs to what is allowed."""
    assert calculate(replace(EXAMPLE, **changes), DEFAULT_RATE_CARD).tiers


def test_all_problems_come_at_once() -> None:
    """Proves that one answer tells everything that is wrong, under a code of its own."""
    bad = replace(
        EXAMPLE,
        length_mm=D(-1),
        height_mm=D(3000),
        quantity=0,
        material="plastic_petg",
        part_weight_kg=D("NaN"),
    )
    with pytest.raises(InvalidSpecificationError) as refusal:
        calculate(bad, DEFAULT_RATE_CARD)
    assert {(each.field, each.code) for each in refusal.value.problems} == {
        ("length_mm", "out_of_range"),
        ("height_mm", "too_large"),
        ("quantity", "out_of_range"),
        ("material", "pair_not_offered"),
        ("part_weight_kg", "not_finite"),
    }
    assert refusal.value.code == "invalid_specification"


@pytest.mark.parametrize("process", list(OFFERED))
@pytest.mark.parametrize("material", list(MATERIALS))
def test_only_offered_pairs_are_priced(material: str, process: str) -> None:
    """Proves all seventy pairs against an independent list; a refusal says which materials the process takes."""
    part = replace(EXAMPLE, material=material, process=process)
    if material in OFFERED[process]:
        assert calculate(part, DEFAULT_RATE_CARD).tiers
        return
    with pytest.raises(InvalidSpecificationError) as refusal:
        calculate(part, DEFAULT_RATE_CARD)
    (problem,) = refusal.value.problems
    assert (problem.code, problem.field, set(problem.allowed)) == (
        "pair_not_offered",
        "material",
        OFFERED[process],
    )


def test_what_would_be_taken_is_said() -> None:
    """Proves that names come with the names on the card and ranges with their limits."""
    bad = replace(EXAMPLE, material="x", process="y", quantity=0, shipping_distance_zone=9)
    with pytest.raises(InvalidSpecificationError) as refusal:
        calculate(bad, DEFAULT_RATE_CARD)
    allowed = {each.field: each.allowed for each in refusal.value.problems}
    assert set(allowed["material"]) == set(MATERIALS)
    assert set(allowed["process"]) == set(OFFERED)
    assert allowed["quantity"] == ("1 to 1000000",)
    assert allowed["shipping_distance_zone"] == ("1 to 4",)
    with pytest.raises(InvalidSpecificationError) as refusal:
        calculate(replace(EXAMPLE, **{**ROUND, "width_mm": D(5)}), DEFAULT_RATE_CARD)
    assert refusal.value.problems[0].allowed == ("diameter_mm", "length_mm")


def test_a_price_beyond_all_money_is_refused() -> None:
    """Proves that a total which the money pattern could not carry never leaves the engine."""
    huge = replace(EXAMPLE, length_mm=D(2000), width_mm=D(2000), height_mm=D(2000), quantity=1_000_000)
    with pytest.raises(InvalidSpecificationError) as refusal:
        calculate(huge, with_money(DEFAULT_RATE_CARD, 1000, "EUR"))
    assert refusal.value.code == "price_out_of_range"
