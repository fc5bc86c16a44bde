"""Laws that every price obeys, whatever the part."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest

from domain.pricing import DEFAULT_RATE_CARD, PartSpecification, RateCard, calculate
from domain.pricing.part_shapes import DIMENSIONS, Shape
from tests.unit.pricing.parts import (
    SHOP_CARD,
    in_any_shape,
    random_specification,
    with_money,
    with_wishes,
)

# A dearer part may raise two discounts by a rounding step each while a cost line's step is not reached:
# the price of a change smaller than a cent may fall by cents. Some ten lines round by half a cent each.
ROUNDING = Decimal("0.10")
PARTS = 300


@pytest.fixture
def parts() -> list[PartSpecification]:
    random = Random(20260304)
    return [random_specification(random) for _ in range(PARTS)]


def totals(specification: PartSpecification, card: RateCard = DEFAULT_RATE_CARD) -> Mapping[str, Decimal]:
    return {tier: price.total_price for tier, price in calculate(specification, card).tiers.items()}


def never_lower(
    before: Mapping[str, Decimal], after: Mapping[str, Decimal], slack: Decimal = ROUNDING
) -> bool:
    return all(after[tier] >= before[tier] - slack for tier in DEFAULT_RATE_CARD.tiers)


def test_a_dearer_material_never_lowers_a_price(parts: list[PartSpecification]) -> None:
    """Proves monotony in the material's cost, and a strict rise where the material line itself rises clearly."""
    for part in parts:
        material = DEFAULT_RATE_CARD.materials[part.material]
        dearer = replace(material, cost_per_cm3=(material.cost_per_cm3 or Decimal(0)) * 2)
        card = replace(DEFAULT_RATE_CARD, materials={**DEFAULT_RATE_CARD.materials, part.material: dearer})
        before, after = totals(part), totals(part, card)
        assert never_lower(before, after)
        if calculate(part, DEFAULT_RATE_CARD).tiers["standard"].lines[0].amount > 1:
            assert all(after[tier] > before[tier] for tier in DEFAULT_RATE_CARD.tiers)


def test_more_hours_never_lower_a_price(parts: list[PartSpecification]) -> None:
    """Proves monotony in every coefficient of the time formula, in set-up hours and in the hourly rate."""
    for part in parts:
        process = DEFAULT_RATE_CARD.processes[part.processes[0]]
        time = process.time
        slower = (
            replace(process, time=replace(time, constant=time.constant + 1)),
            replace(process, time=replace(time, per_volume=time.per_volume + 1)),
            replace(process, time=replace(time, per_surface=time.per_surface + 1)),
            replace(process, time=replace(time, per_height=time.per_height + 1)),
            replace(process, set_up_hours=process.set_up_hours + 1),
            replace(process, rate_per_hour=process.rate_per_hour + 1),
        )
        for each in slower:
            card = replace(
                DEFAULT_RATE_CARD, processes={**DEFAULT_RATE_CARD.processes, part.processes[0]: each}
            )
            assert never_lower(totals(part), totals(part, card))


@pytest.mark.parametrize("field", ["length_mm", "width_mm", "height_mm", "geometric_complexity_score"])
def test_a_larger_or_harder_part_never_costs_less(parts: list[PartSpecification], field: str) -> None:
    """Proves monotony in each dimension and in complexity, across the steps of surcharge and adjustment."""
    for part in parts:
        value = getattr(part, field)
        limit = (
            Decimal(5) if "score" in field else DEFAULT_RATE_CARD.processes[part.processes[0]].size_limit_mm
        )
        larger = replace(part, **{field: min(limit, value * Decimal("1.3"))})
        assert never_lower(totals(part), totals(larger))


def test_a_farther_zone_never_costs_less(parts: list[PartSpecification]) -> None:
    """Proves that a zone touches the shipping line alone, and only upwards."""
    for part in parts:
        zones = [
            calculate(replace(part, shipping_distance_zone=zone), DEFAULT_RATE_CARD) for zone in range(1, 5)
        ]
        for near, far in pairwise(zones):
            for tier in DEFAULT_RATE_CARD.tiers:
                changed = [
                    ours.name
                    for ours, theirs in zip(near.tiers[tier].lines, far.tiers[tier].lines, strict=True)
                    if ours.amount != theirs.amount
                ]
                assert changed == ["shipping"]
                assert far.tiers[tier].total_price > near.tiers[tier].total_price


def test_faster_tiers_and_better_customers(parts: list[PartSpecification]) -> None:
    """Proves that a faster tier costs more, and that a better customer never pays more."""
    for part in parts:
        assert all(fast >= slow for fast, slow in pairwise(totals(part).values()))
        standard, premium, enterprise = (
            totals(replace(part, customer_tier=tier)) for tier in DEFAULT_RATE_CARD.customer_discounts.by_tier
        )
        assert never_lower(premium, standard, slack=Decimal(0))
        assert never_lower(enterprise, premium, slack=Decimal(0))


def test_turning_the_part_changes_nothing_unless_height_is_time(parts: list[PartSpecification]) -> None:
    """Proves symmetry: length and width always swap, and all three where the process does not build upwards."""
    for part in parts:
        length, width, height = part.sides
        assert totals(replace(part, length_mm=width, width_mm=length)) == totals(part)
        if part.processes[0] != "3d_printing":
            assert totals(replace(part, length_mm=height, width_mm=length, height_mm=width)) == totals(part)


def test_scale_moves_between_money_and_minor_units(parts: list[PartSpecification]) -> None:
    """Proves that a hundred times the money in a currency without cents gives the same minor units."""
    yen = with_money(DEFAULT_RATE_CARD, 100, "JPY")
    for part in parts:
        small = replace(part, quantity=min(part.quantity, 1000))
        assert totals(small, yen) == {tier: total * 100 for tier, total in totals(small).items()}


def test_set_up_is_charged_once(parts: list[PartSpecification]) -> None:
    """Proves that the set-up line does not know the quantity."""
    for part in parts:
        few, many = (
            calculate(replace(part, quantity=quantity), DEFAULT_RATE_CARD).tiers["standard"].lines[3]
            for quantity in (1, 1000)
        )
        assert few.amount == many.amount


def test_wishes_never_make_a_part_cheaper() -> None:
    """Proves that a finish, a tolerance class and a minimum, and each of their figures, only ever raise a price."""
    random = Random(20260310)
    for _ in range(PARTS):
        plain = random_specification(random)
        wished = with_wishes(random, plain)
        bare = replace(SHOP_CARD, minimum_order_value=None)
        assert never_lower(totals(plain, bare), totals(wished, bare))
        assert never_lower(totals(wished, bare), totals(wished, SHOP_CARD), slack=Decimal(0))
        for card in dearer_wishes():
            assert never_lower(totals(wished, SHOP_CARD), totals(wished, card))


def dearer_wishes() -> list[RateCard]:
    """The shop's card with one figure of every wish raised, one kind of figure after the other."""
    finishes, classes = SHOP_CARD.finishes.items(), SHOP_CARD.tolerance_classes.items()
    more = Decimal("0.5")
    return [
        replace(
            SHOP_CARD, finishes={name: replace(each, per_cm2=each.per_cm2 + more) for name, each in finishes}
        ),
        replace(
            SHOP_CARD,
            finishes={name: replace(each, per_batch=each.per_batch + more) for name, each in finishes},
        ),
        replace(
            SHOP_CARD,
            finishes={name: replace(each, labour_rate=each.labour_rate + more) for name, each in finishes},
        ),
        replace(
            SHOP_CARD,
            tolerance_classes={name: replace(each, set_up=each.set_up + more) for name, each in classes},
        ),
        replace(
            SHOP_CARD,
            tolerance_classes={
                name: replace(each, labour_rate=each.labour_rate + more) for name, each in classes
            },
        ),
        replace(SHOP_CARD, minimum_order_value=Decimal(500)),
    ]


@pytest.mark.parametrize("field", ["length_mm", "width_mm", "height_mm", "geometric_complexity_score"])
def test_a_larger_or_harder_part_with_wishes_never_costs_less(field: str) -> None:
    """Proves the same monotony by a card with finishes, tolerance classes and a minimum."""
    random = Random(20260311)
    for _ in range(PARTS):
        part = with_wishes(random, random_specification(random))
        value = getattr(part, field)
        limit = Decimal(5) if "score" in field else SHOP_CARD.processes[part.processes[0]].size_limit_mm
        larger = replace(part, **{field: min(limit, value * Decimal("1.3"))})
        assert never_lower(totals(part, SHOP_CARD), totals(larger, SHOP_CARD))


@pytest.mark.parametrize(
    "field",
    [*DIMENSIONS, "volume_cm3", "surface_cm2", "part_weight_kg", "geometric_complexity_score"],
)
def test_a_larger_part_of_any_shape_never_costs_less(field: str) -> None:
    """Proves the same of each shape's own sides, and of volume, surface and weight where they are given."""
    random = Random(20260315)
    seen = 0
    for _ in range(PARTS):
        part = in_any_shape(random, with_wishes(random, random_specification(random)))
        value = getattr(part, field)
        if value is None:
            continue
        seen += 1
        limit = Decimal(5) if "score" in field else SHOP_CARD.processes[part.processes[0]].size_limit_mm
        larger = value * Decimal("1.3")
        larger = min(limit, larger) if field.endswith(("_mm", "score")) else larger
        assert never_lower(totals(part, SHOP_CARD), totals(replace(part, **{field: larger}), SHOP_CARD))
    assert seen > PARTS // 5


def test_a_sheet_costs_what_a_box_of_its_sides_costs(parts: list[PartSpecification]) -> None:
    """Proves that a sheet is a box by another name, and that a round takes π/4 of the box around it."""
    for part in parts:
        bare = replace(part, width_mm=None, height_mm=None)
        sheet = replace(bare, shape=Shape.SHEET, width_mm=part.width_mm, thickness_mm=part.height_mm)
        assert totals(sheet) == totals(part)
        round_bar = replace(bare, shape=Shape.ROUND, diameter_mm=part.width_mm)
        around = replace(part, height_mm=part.width_mm)
        if part.processes[0] != "3d_printing":  # it counts the height, and a round stands upright
            assert never_lower(totals(round_bar), totals(around))
