"""A specification read from plain data: strictly, with every problem named, and back without loss."""

import json
from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest

from domain.pricing import (
    DEFAULT_RATE_CARD,
    InvalidSpecificationError,
    PartSpecification,
    specification_from_data,
    specification_to_data,
)
from tests.unit.pricing.parts import EXAMPLE, in_any_shape, random_specification

DATA: dict[str, object] = {
    "material": "aluminum",
    "process": "cnc",
    "length_mm": "100",
    "width_mm": 50,
    "height_mm": Decimal("20.0"),
    "geometric_complexity_score": "2.5",
    "quantity": 20,
}


def refused(data: object) -> list[tuple[str, str]]:
    """Field and code of every problem with `data`."""
    with pytest.raises(InvalidSpecificationError) as refusal:
        specification_from_data(data, card=DEFAULT_RATE_CARD)
    return [(each.field, each.code) for each in refusal.value.problems]


def test_texts_whole_numbers_and_decimals_are_read() -> None:
    """Proves the forms that JSON, forms and code use, and the defaults of what is left out."""
    assert specification_from_data(DATA) == EXAMPLE
    assert (
        specification_from_data({**DATA, "quantity": "20", "part_weight_kg": None, "surface_finish": "  "})
        == EXAMPLE
    )


def test_data_round_trips() -> None:
    """Proves that what is written as JSON reads as an equal specification."""
    random = Random(20260305)
    for _ in range(200):
        specification = in_any_shape(random, random_specification(random))
        assert (
            specification_from_data(json.loads(json.dumps(specification_to_data(specification))))
            == specification
        )


def test_a_box_is_written_as_it_always_was() -> None:
    """Proves that what a part does not have is not in its data, and that its usual shape is not named."""
    assert specification_from_data({**DATA, "shape": "box", "diameter_mm": None}) == EXAMPLE
    assert list(specification_to_data(EXAMPLE)) == [*DATA, "shipping_distance_zone", "customer_tier"]


def test_texts_are_kept() -> None:
    """Proves that the estimator's three texts travel, trimmed, with line breaks and any script."""
    texts = {
        "surface_finish": " Ra 0.8 ",
        "tolerance_class": "ISO 2768-m",
        "special_requirements": "深\n絞り",
    }
    specification = specification_from_data({**DATA, **texts})
    assert specification.surface_finish == "Ra 0.8"
    assert specification_to_data(specification)["special_requirements"] == "深\n絞り"


def test_the_specifications_customer_tier_wins() -> None:
    """Proves that the customer's own tier only fills a gap."""
    enterprise = "enterprise"
    assert specification_from_data(DATA, default_customer_tier=enterprise).customer_tier is enterprise
    given = specification_from_data({**DATA, "customer_tier": "premium"}, default_customer_tier=enterprise)
    assert given.customer_tier == "premium"


@pytest.mark.parametrize(
    "value",
    [
        *(
            "1e2",
            "1E2",
            " 100",
            "100 ",
            "+100",
            "1_000",
            "1,5",
            "\uff11\uff10",
            "\u0661",
            "0x10",
            "",
            ".5",
            "5.",
            "00",
        ),
        *(
            1.5,
            100.0,
            True,
            [],
            {},
            b"100",
            "1.1234567",
            "123456789012345",
            10**400,
            Decimal("1E+5000"),
            Decimal("1E-9"),
        ),
    ],
)
def test_only_plain_decimals_are_numbers(value: object) -> None:
    """Proves that floats, exponents, look-alike digits and over-long figures are refused by field."""
    for field in ("length_mm", "geometric_complexity_score", "part_weight_kg"):
        assert refused({**DATA, field: value}) == [(field, "not_a_number")]


@pytest.mark.parametrize(
    "value", ["NaN", "nan", "sNaN", "Infinity", "-inf", "+Infinity", Decimal("NaN"), Decimal("-Infinity")]
)
def test_numbers_are_finite(value: object) -> None:
    """Proves that every spelling of not-a-number and infinity has its own code."""
    assert refused({**DATA, "height_mm": value}) == [("height_mm", "not_finite")]
    assert refused({**DATA, "quantity": value}) == [("quantity", "not_finite")]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("quantity", "1.5", "not_an_integer"),
        ("quantity", 0, "out_of_range"),
        ("quantity", 10**9, "out_of_range"),
        ("quantity", True, "not_a_number"),
        ("quantity", None, "required"),
        ("shipping_distance_zone", "5", "out_of_range"),
        ("length_mm", "-1", "out_of_range"),
        ("length_mm", "2001", "too_large"),
        ("material", 7, "not_text"),
        ("material", "", "required"),
        ("material", "x" * 1001, "too_long"),
        ("material", "plastic_pla", "pair_not_offered"),
        ("customer_tier", "gold", "unknown_customer_tier"),
        ("customer_tier", 1, "not_text"),
        ("surface_finish", "\x00", "not_text"),
        ("special_requirements", "\ud800", "not_text"),
        ("tolerance_class", ["fine"], "not_text"),
        ("shape", "cone", "unknown_shape"),
        ("shape", 1, "not_text"),
        ("diameter_mm", "5", "not_for_shape"),
        ("height_mm", None, "required"),
        ("volume_cm3", "0", "out_of_range"),
        ("colour", "red", "unknown_field"),
    ],
)
def test_each_problem_names_its_field(field: str, value: object, code: str) -> None:
    """Proves one code per kind of mistake, with the field it is in."""
    assert refused({**DATA, field: value}) == [(field, code)]


def test_all_problems_come_at_once_in_the_order_of_the_fields() -> None:
    """Proves that shape, limits and the card's rules are told in one answer."""
    data = {
        "process": "alchemy",
        "length_mm": "x",
        "width_mm": "-1",
        "height_mm": "1",
        "quantity": 1.5,
        "extra": 1,
    }
    assert refused(data) == [
        ("material", "required"),
        ("process", "unknown_process"),
        ("length_mm", "not_a_number"),
        ("width_mm", "out_of_range"),
        ("geometric_complexity_score", "required"),
        ("quantity", "not_a_number"),
        ("extra", "unknown_field"),
    ]


@pytest.mark.parametrize("data", [None, [], "aluminum", 7])
def test_only_an_object_is_a_specification(data: object) -> None:
    """Proves that another JSON value is refused and not taken for an empty object."""
    assert refused(data) == [("specification", "not_an_object")]


def test_refusals_never_repeat_what_was_sent() -> None:
    """Proves that a submitted value does not come back in a message."""
    secret = "4111111111111111"
    with pytest.raises(InvalidSpecificationError) as refusal:
        specification_from_data(dict.fromkeys(DATA, secret), card=DEFAULT_RATE_CARD)
    assert len(refusal.value.problems) == len(DATA)
    assert secret not in str(refusal.value)


def test_specifications_are_values() -> None:
    """Proves that a specification cannot be changed once it is priced."""
    with pytest.raises(AttributeError):
        EXAMPLE.quantity = 21  # type: ignore[misc]
    assert isinstance(EXAMPLE, PartSpecification)


@pytest.mark.parametrize(
    ("figure", "text"), [("1E+2", "100"), ("1E-7", "0.0000001"), ("0E-9", "0"), ("2.50", "2.5"), ("20", "20")]
)
def test_figures_are_written_without_exponent(figure: str, text: str) -> None:
    """Proves that a decimal of any form is written in full, without trailing zeros after the point."""
    assert specification_to_data(replace(EXAMPLE, length_mm=Decimal(figure)))["length_mm"] == text
