"""Parts by several operations: read strictly, explained one by one, and priced by laws."""

import json
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from domain.pricing import (
    DEFAULT_RATE_CARD,
    InvalidSpecificationError,
    LineName,
    PartSpecification,
    PriceLine,
    calculate,
    calculation_to_data,
    specification_from_data,
    specification_to_data,
)
from domain.pricing.operations import InHouseWork, OutsideWork, PartOperation
from tests.unit.pricing.parts import (
    EXAMPLE,
    SHOP_CARD,
    in_any_shape,
    random_specification,
    with_operations,
    with_wishes,
)
from tests.unit.pricing.test_breaks import total
from tests.unit.pricing.test_laws import never_lower, totals

D = Decimal
CNC = {"process": "cnc"}
HARDENING = {"outside": True, "name": "Hardening", "cost_per_piece": "2.40"}
PINS = {"bought": True, "name": "Dowel pin", "cost_per_piece": "0.18"}
DATA: dict[str, Any] = {
    "material": "steel",
    "length_mm": "100",
    "width_mm": "50",
    "height_mm": "20",
    "geometric_complexity_score": "2.5",
    "quantity": 20,
}
ROUNDING = D("1.00")
"""Of twenty operations with three lines each, half a cent a line, beside those of the discounts."""


def made(*operations: Any, **changes: Any) -> PartSpecification:
    return specification_from_data(
        {**DATA, "operations": list(operations), **changes}, card=DEFAULT_RATE_CARD
    )


def by(*operations: PartOperation) -> PartSpecification:
    return replace(EXAMPLE, process=None, operations=operations)


def lines(part: PartSpecification) -> tuple[PriceLine, ...]:
    return calculate(part, DEFAULT_RATE_CARD).tiers["standard"].lines


REFUSED: list[tuple[Any, str, str]] = [
    ([], "operations", "too_few"),
    ([CNC] * 21, "operations", "too_many"),
    ("cnc", "operations", "not_a_list"),
    (["cnc"], "operations.0", "not_an_object"),
    ([{}], "operations.0", "one_of"),
    ([CNC, {"name": "Hardening"}], "operations.1", "one_of"),
    ([{**CNC, **HARDENING}], "operations.0", "one_of"),
    ([{"outside": True, "bought": True, "name": "x"}], "operations.0", "one_of"),
    ([{"outside": False, "name": "x"}], "operations.0", "one_of"),
    ([{**HARDENING, "outside": "Hardening"}], "operations.0.outside", "not_allowed"),
    ([{**CNC, "hours_per_piece": 0}], "operations.0.hours_per_piece", "out_of_range"),
    ([{**CNC, "hours_per_piece": "500.1"}], "operations.0.hours_per_piece", "out_of_range"),
    ([{**CNC, "hours_per_piece": 1000}], "operations.0.hours_per_piece", "out_of_range"),
    ([{**CNC, "hours_per_piece": 0.5}], "operations.0.hours_per_piece", "not_a_number"),
    ([{**CNC, "hours_per_piece": "NaN"}], "operations.0.hours_per_piece", "not_finite"),
    ([CNC, {**CNC, "set_up_hours": 1000}], "operations.1.set_up_hours", "out_of_range"),
    ([{**CNC, "set_up_hours": "-1"}], "operations.0.set_up_hours", "out_of_range"),
    ([{**CNC, "complexity": "5.1"}], "operations.0.complexity", "out_of_range"),
    ([{**CNC, "cost_per_piece": "1"}], "operations.0.cost_per_piece", "unknown_field"),
    ([{"process": "alchemy"}], "operations.0.process", "unknown_process"),
    ([CNC, {"process": "3d_printing"}], "operations.1.process", "pair_not_offered"),
    ([{"process": " "}], "operations.0.process", "not_text"),
    ([{"process": "cnc\x00"}], "operations.0.process", "not_text"),
    ([{**HARDENING, "name": None}], "operations.0.name", "required"),
    ([{**HARDENING, "name": "a\nb"}], "operations.0.name", "not_text"),
    ([{**HARDENING, "name": "x" * 201}], "operations.0.name", "too_long"),
    ([{"outside": True, "name": "x"}], "operations.0.cost_per_piece", "required"),
    ([{**HARDENING, "minimum": "-1"}], "operations.0.minimum", "out_of_range"),
    ([{**HARDENING, "lead_time_days": 366}], "operations.0.lead_time_days", "out_of_range"),
    ([{**HARDENING, "lead_time_days": "1.5"}], "operations.0.lead_time_days", "not_an_integer"),
    ([{**HARDENING, "hours_per_piece": "1"}], "operations.0.hours_per_piece", "unknown_field"),
    ([{"bought": True, "name": "x"}], "operations.0.cost_per_piece", "required"),
    ([{**PINS, "pieces_per_part": 0}], "operations.0.pieces_per_part", "out_of_range"),
]


@pytest.mark.parametrize(("operations", "field", "code"), REFUSED)
def test_each_refusal_names_its_place(operations: Any, field: str, code: str) -> None:
    """Proves one code per kind of mistake, with the operation and the field it is in."""
    with pytest.raises(InvalidSpecificationError) as refusal:
        specification_from_data({**DATA, "operations": operations}, card=DEFAULT_RATE_CARD)
    assert [(each.field, each.code) for each in refusal.value.problems] == [(field, code)]
    assert refusal.value.problems[0].path in {(), tuple(field.split("."))}


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({"operations": [{}]}, ("process", "outside", "bought")),
        ({"operations": [CNC] * 21}, ("1 to 20",)),
        ({"operations": [{**CNC, "hours_per_piece": 1000}]}, ("more than 0, at most 500",)),
        ({"operations": [{**CNC, "set_up_hours": 1000}]}, ("0 to 500",)),
        ({"operations": [{**CNC, "hours": 1}]}, ("process", "set_up_hours", "hours_per_piece", "complexity")),
        ({"operations": [{"process": "x"}]}, tuple(DEFAULT_RATE_CARD.processes)),
        ({"operations": [CNC], "process": "cnc"}, ("process", "operations")),
        ({}, ("process", "operations")),
    ],
)
def test_what_would_be_taken_is_said(changes: dict[str, Any], allowed: tuple[str, ...]) -> None:
    """Proves that each refusal comes with the fields, names or bounds that would do."""
    with pytest.raises(InvalidSpecificationError) as refusal:
        specification_from_data({**DATA, **changes}, card=DEFAULT_RATE_CARD)
    assert [each.allowed for each in refusal.value.problems] == [allowed]


def test_every_mistake_of_every_operation_comes_at_once() -> None:
    """Proves that an operation that cannot be read does not hide those after it."""
    with pytest.raises(InvalidSpecificationError) as refusal:
        made({}, {**CNC, "hours_per_piece": "x", "set_up_hours": 1000}, {"process": "x"}, quantity=0)
    assert [(each.field, each.code) for each in refusal.value.problems] == [
        ("operations.0", "one_of"),
        ("operations.1.hours_per_piece", "not_a_number"),
        ("operations.1.set_up_hours", "out_of_range"),
        ("operations.2.process", "unknown_process"),
        ("quantity", "out_of_range"),
    ]


@pytest.mark.parametrize(
    ("operation", "field", "code"),
    [
        (InHouseWork(process="cnc", hours_per_piece=D("NaN")), "operations.0.hours_per_piece", "not_finite"),
        (InHouseWork(process="cnc", set_up_hours=D(1000)), "operations.0.set_up_hours", "out_of_range"),
        (OutsideWork(name="x"), "operations.0.cost_per_piece", "required"),
        ("cnc", "operations.0", "one_of"),
    ],
)
def test_what_was_made_in_code_is_held_to_the_same(operation: Any, field: str, code: str) -> None:
    """Proves that `calculate` refuses what reading would have refused."""
    with pytest.raises(InvalidSpecificationError) as refusal:
        calculate(by(operation), DEFAULT_RATE_CARD)
    assert [(each.field, each.code) for each in refusal.value.problems] == [(field, code)]


def test_data_round_trips() -> None:
    """Proves that operations written as JSON read as equal ones, and that what was not given is not written."""
    random = Random(20260317)
    for _ in range(200):
        part = with_operations(random, random_specification(random))
        assert specification_from_data(json.loads(json.dumps(specification_to_data(part)))) == part
    assert specification_to_data(made(CNC, HARDENING, PINS))["operations"] == [
        CNC,
        {**HARDENING, "cost_per_piece": "2.4"},
        {**PINS, "pieces_per_part": 1},
    ]


def test_a_process_is_one_operation() -> None:
    """Proves that either way of writing it gives the same amounts, quantity table and lead times, whatever the part."""
    random = Random(20260318)
    for _ in range(200):
        old = with_wishes(random, random_specification(random))
        new = replace(old, process=None, operations=old.steps)
        was, now = calculate(old, SHOP_CARD), calculate(new, SHOP_CARD)
        assert was.quantity_breaks == now.quantity_breaks
        for tier in DEFAULT_RATE_CARD.tiers:
            assert [line[:3] for line in was.tiers[tier].lines] == [
                line[:3] for line in now.tiers[tier].lines
            ]
            assert was.tiers[tier].total_price == now.tiers[tier].total_price


def test_each_operation_has_its_own_lines() -> None:
    """Proves number, name, rule and words of every line: by the card, by the estimator's hours, given out, bought."""
    part = made(
        {"process": "sheet_cutting"},
        {**CNC, "hours_per_piece": "0.25", "set_up_hours": "1"},
        {**CNC, "complexity": "4"},
        {**HARDENING, "minimum": "100", "lead_time_days": 5},
        {**PINS, "pieces_per_part": 2},
    )
    place = "specification.operations"
    told = [(line.operation, line.name.value, line.rule, line.formula) for line in lines(part)]
    assert told[1:-6] == [
        (
            *(1, "labour", "processes.sheet_cutting.rate_per_hour"),
            "operation 1, sheet_cutting: 0.248 h (0.2 + 0.3 × surface 0.16) × complexity multiplier 1.3 × 65 EUR/h × 20 pieces",
        ),
        (1, "adjustment", "adjustments", "operation 1, sheet_cutting: nothing at complexity 2.5"),
        (
            *(1, "set_up", "materials.steel.set_up, processes.sheet_cutting.set_up_hours"),
            "operation 1, sheet_cutting: material 30 EUR + 0.8 h × 65 EUR/h, once for the batch",
        ),
        (
            *(2, "labour", f"{place}.1.hours_per_piece, processes.cnc.rate_per_hour"),
            "operation 2, cnc: 0.25 h (given) × 85 EUR/h × 20 pieces",
        ),
        (
            *(2, "adjustment", f"{place}.1.hours_per_piece"),
            "operation 2, cnc: nothing, because the hours are given",
        ),
        (
            *(2, "set_up", f"{place}.1.set_up_hours"),
            "operation 2, cnc: 1 h (given) × 85 EUR/h, once for the batch",
        ),
        (
            *(3, "labour", f"processes.cnc.rate_per_hour, {place}.2.complexity"),
            (
                "operation 3, cnc: 0.828 h (0.5 + 0.2 × volume 1 + 0.8 × surface 0.16) × complexity multiplier 2.2 "
                "(given complexity 4) × 85 EUR/h × 20 pieces"
            ),
        ),
        (
            *(3, "adjustment", f"adjustments, {place}.2.complexity"),
            "operation 3, cnc: 25 % of labour 3096.72 EUR, because complexity 4 is 4 or more",
        ),
        (3, "set_up", "processes.cnc.set_up_hours", "operation 3, cnc: 1.5 h × 85 EUR/h, once for the batch"),
        (
            *(4, "outside", f"{place}.3.cost_per_piece, {place}.3.minimum"),
            (
                "operation 4, Hardening: 100 EUR, the minimum, for 20 pieces × 2.4 EUR + 0 EUR for the batch; "
                "5 working days more"
            ),
        ),
        (
            *(5, "bought", f"{place}.4.pieces_per_part, {place}.4.cost_per_piece"),
            "operation 5, Dowel pin: 20 pieces × 2 × 0.18 EUR",
        ),
    ]
    overhead = told[-6]
    assert overhead[0] is None
    assert overhead[3].endswith("(material + labour + adjustment + set-up + outside + bought)")


def test_data_names_the_operation_of_a_line() -> None:
    """Proves that a line says to which operation it belongs, and that a part with one process has no such word."""
    data: Any = calculation_to_data(calculate(made(CNC, HARDENING), DEFAULT_RATE_CARD))
    found = [(line["name"], line.get("operation")) for line in data["tiers"]["standard"]["lines"]]
    assert found[:6] == [
        *(("material", None), ("labour", 1), ("adjustment", 1), ("set_up", 1), ("outside", 2)),
        ("overhead", None),
    ]
    old: Any = calculation_to_data(calculate(EXAMPLE, DEFAULT_RATE_CARD))
    assert all("operation" not in line for line in old["tiers"]["standard"]["lines"])


def test_each_rule_is_a_place() -> None:
    """Proves that what a line says it came from can be found in the specification, where it is not the card's."""
    random = Random(20260319)
    for _ in range(60):
        part = in_any_shape(random, with_operations(random, random_specification(random)))
        data = specification_to_data(part)
        for place in ", ".join(line.rule for line in lines(part)).split(", "):
            found: Any = {"specification": data}
            for key in place.split(".") if place.startswith("specification.") else ():
                found = found[int(key)] if key.isdecimal() else found[key]
            assert found is not None


def test_without_work_in_the_house_the_material_is_still_got_ready() -> None:
    """Proves that the material's set-up stands by itself where no operation of the house has it."""
    part = by(OutsideWork(name="Casting", cost_per_batch=D(10)))
    assert [line.name for line in lines(part)][:4] == [
        LineName.MATERIAL,
        LineName.SET_UP,
        LineName.OUTSIDE,
        LineName.OVERHEAD,
    ]
    assert lines(part)[1].formula == "material 25 EUR, once for the batch"
    assert calculate(part, DEFAULT_RATE_CARD).warnings == ()


def test_outside_work_adds_its_days_at_every_tier() -> None:
    """Proves that one piece of work given out comes after the other."""
    plating = OutsideWork(name="Plating", cost_per_batch=D(0), lead_time_days=3)
    part = by(
        InHouseWork(process="cnc"),
        replace(plating, lead_time_days=5),
        plating,
        replace(plating, lead_time_days=None),
    )
    days = [price.lead_time_days for price in calculate(part, DEFAULT_RATE_CARD).tiers.values()]
    assert days == [3 + 8, 10 + 8, 15 + 8, 20 + 8]


def test_the_strictest_of_the_processes_bounds_the_size() -> None:
    """Proves the size limit and the thin wall of a part by several processes."""
    part = replace(
        by(InHouseWork(process="cnc"), InHouseWork(process="3d_printing")), material="carbon_fiber"
    )
    with pytest.raises(InvalidSpecificationError) as refusal:
        calculate(replace(part, length_mm=D(501)), DEFAULT_RATE_CARD)
    assert [(each.field, each.code) for each in refusal.value.problems] == [("length_mm", "too_large")]
    thin = replace(
        part, material="steel", operations=(InHouseWork(process="laser_cutting"), InHouseWork(process="cnc"))
    )
    thin = replace(thin, height_mm=D("0.9"))
    assert [each.message for each in calculate(thin, DEFAULT_RATE_CARD).warnings] == [
        "0.9 mm is thinner than the usual minimum of 1 mm"
    ]


@pytest.mark.parametrize(
    ("hours", "warned"), [("12.42", False), ("12.43", True), ("0.1242", False), ("0.1241", True)]
)
def test_hours_that_may_be_minutes_are_said(hours: str, warned: bool) -> None:
    """Proves the remark on hours of more than ten times the card's 0.828 x 1.5, or less than a tenth."""
    part = by(InHouseWork(process="cnc", hours_per_piece=D(hours)))
    assert [each.code for each in calculate(part, DEFAULT_RATE_CARD).warnings] == (
        ["hours_far_from_card"] if warned else []
    )


def test_more_of_anything_never_costs_less() -> None:
    """Proves monotony in every figure of every operation, and that a further operation never makes a part cheaper."""
    random = Random(20260320)
    seen: set[str] = set()
    for _ in range(150):
        part = with_operations(random, with_wishes(random, random_specification(random)))
        before = totals(part, SHOP_CARD)
        at = random.randrange(len(part.operations))
        operation = part.operations[at]
        for field in set(type(operation).__dataclass_fields__) - {"process", "name", "lead_time_days"}:
            value = getattr(operation, field)
            if value is None:
                continue
            seen.add(field)
            more = min(D(5), value * D("1.3")) if field == "complexity" else value * 2
            dearer: Any = replace(operation, **{field: more})
            changed = (*part.operations[:at], dearer, *part.operations[at + 1 :])
            assert never_lower(before, totals(replace(part, operations=changed), SHOP_CARD), ROUNDING)
        if len(part.operations) < 20:
            longer = replace(part, operations=(*part.operations, operation))
            assert never_lower(before, totals(longer, SHOP_CARD), ROUNDING)
    assert seen == {
        *("set_up_hours", "hours_per_piece", "complexity"),
        *("cost_per_piece", "cost_per_batch", "minimum", "pieces_per_part"),
    }


def test_every_quantity_that_is_best_exceeded_is_told_across_a_minimum() -> None:
    """Proves against the oracle that the minimum of work given out, from which the price bends, hides no break-even and
    names no wrong one.
    """
    random = Random(20260321)
    told_any = 0
    for bend in (15, 30, 47, 48, 60):
        part = by(
            InHouseWork(process="cnc"),
            OutsideWork(name="Hardening", cost_per_piece=D(40), minimum=D(40) * bend - random.randint(0, 39)),
        )
        for row in calculate(part, DEFAULT_RATE_CARD).quantity_breaks:
            for tier, price in row.tiers.items():
                note = price.break_even
                prices = [total(part, tier, quantity) for quantity in range(1, row.quantity)]
                own = total(part, tier, row.quantity)
                dearer = [quantity for quantity, each in enumerate(prices, start=1) if each > own]
                told_any += bool(dearer)
                assert (note is not None) == (bool(dearer) and dearer[-1] == row.quantity - 1)
                if note is not None:
                    first = row.quantity - 1
                    while first > 1 and prices[first - 2] > own:
                        first -= 1
                    assert note.from_quantity == first
    assert told_any > 10
