"""docs/pricing.md says what the engine does: its example is worked out again, its tables are the code's own."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from api.v1.rate_cards.card_schema import EXAMPLE_CARD
from domain.pricing import (
    BOUNDS,
    DEFAULT_RATE_CARD,
    LineName,
    PartSpecification,
    calculate,
    rate_card_from_data,
)
from domain.pricing.operations import FORMS, KINDS, BoughtPart, InHouseWork, OutsideWork
from domain.pricing.part_shapes import Shape
from domain.pricing.price_lines import DISCOUNTS, OPTIONAL
from domain.rate_cards.form import MESSAGES, Figure
from tests.unit.pricing.parts import EXAMPLE
from tests.unit.test_docs import DOCS, ROOT, rows, section

PAGE = DOCS / "pricing.md"
DOMAIN = ROOT / "domain" / "pricing"
PART = replace(
    EXAMPLE,
    length_mm=Decimal(120),
    width_mm=Decimal(80),
    height_mm=Decimal(25),
    geometric_complexity_score=Decimal("3.5"),
    quantity=30,
    shipping_distance_zone=2,
    customer_tier="premium",
    surface_finish="anodized",
    tolerance_class="ISO 2768-f",
)
BY_OPERATIONS = PartSpecification(
    material="steel",
    operations=(
        InHouseWork(process="laser_cutting"),
        InHouseWork(process="cnc", hours_per_piece=Decimal("0.2"), set_up_hours=Decimal("0.5")),
        InHouseWork(process="tube_bending", complexity=Decimal(1)),
        OutsideWork(
            name="Zinc plating",
            cost_per_piece=Decimal("1.85"),
            cost_per_batch=Decimal("12.50"),
            minimum=Decimal(60),
            lead_time_days=4,
        ),
        BoughtPart(name="Threaded insert", pieces_per_part=2, cost_per_piece=Decimal("0.35")),
    ),
    shape=Shape.SHEET,
    length_mm=Decimal(300),
    width_mm=Decimal(200),
    thickness_mm=Decimal(4),
    volume_cm3=Decimal(180),
    geometric_complexity_score=Decimal("2.5"),
    quantity=25,
    shipping_distance_zone=2,
    customer_tier="premium",
)
CARD = rate_card_from_data({**EXAMPLE_CARD, "id": "01890000-0000-7000-8000-000000000003"})
EXAMPLES = {
    "## A worked example": (PART, CARD),
    "## A worked example with operations": (BY_OPERATIONS, DEFAULT_RATE_CARD),
}


def worked_out(how: str, known: dict[str, Fraction]) -> Fraction:
    """The value of what stands in the column "how": figures, steps before it, four operators and max()."""

    def value(node: Any) -> Fraction:
        match node:
            case ast.Constant():
                return Fraction(ast.get_source_segment(text, node) or "")
            case ast.Name():
                return known[node.id]
            case ast.BinOp():
                left, right = value(node.left), value(node.right)
                kinds = {ast.Add: left + right, ast.Sub: left - right, ast.Mult: left * right}
                return left / right if isinstance(node.op, ast.Div) else kinds[type(node.op)]
            case ast.Call():
                return max(map(value, node.args))
        raise AssertionError(f"not arithmetic: {how}")

    text = how.replace("×", "*")
    return value(ast.parse(text, mode="eval").body)


@pytest.mark.parametrize("heading", EXAMPLES)
def test_every_step_of_the_example_follows_from_those_before(heading: str) -> None:
    """Proves each intermediate number of the page, exactly, and each rounded line of it."""
    known: dict[str, Fraction] = {}
    for step, how, exactly, line in rows(section(PAGE, heading)):
        name = step.strip("`")
        known[name] = worked_out(how, known)
        assert known[name] == Fraction(exactly), name
        if line:
            assert Decimal(line) == Decimal(int(known[name] * 100 + Fraction(1, 2))) / 100, name
    assert len(known) > 20


@pytest.mark.parametrize("heading", EXAMPLES)
def test_the_engine_agrees_with_the_page(heading: str) -> None:
    """Proves that lines, their order, price and price per piece are those that the engine gives for this part."""
    price = calculate(*EXAMPLES[heading]).tiers["standard"]
    told = [(step.strip("`"), line) for step, _, _, line in rows(section(PAGE, heading)) if line]
    assert told == [
        (f"{line.name}_{line.operation}" if line.operation else str(line.name), str(line.amount))
        for line in price.lines
    ]
    sums = re.search(r"\*\*([\d.]+)\*\*, which is ([\d.]+) per piece", section(PAGE, heading))
    assert sums is not None
    assert sums.groups() == (str(price.total_price), str(price.price_per_piece))
    assert sum((-1 if name in DISCOUNTS else 1) * Decimal(line) for name, line in told) == price.total_price


def test_the_page_tells_the_days_of_its_part() -> None:
    """Proves the lead time of the part with work that is given out."""
    price = calculate(BY_OPERATIONS, DEFAULT_RATE_CARD).tiers["standard"]
    assert price.lead_time_days == 14
    assert "ready 10 + 4 working days" in section(PAGE, "## A worked example with operations")


def test_the_page_has_every_field_of_an_operation_with_its_bounds() -> None:
    """Proves that the table of operations is the code's own."""
    listed = rows(section(PAGE, "## Operations"))
    for row, (mark, kind) in zip(listed, KINDS.items(), strict=True):
        names = re.findall(r"`([a-z_]+)(?:: true)?`", row[1])
        assert set(names) == {mark, *FORMS[kind].fields}
        for name, field in FORMS[kind].fields.items():
            if isinstance(field.form, Figure) and "`cost" not in f"`{name}" and name != "minimum":
                bound = str(field.form.bound).replace("more than 0", "above 0").replace("10000", "10,000")
                assert f"`{name}` ({bound}" in row[1]


def test_the_page_lists_every_line_in_order() -> None:
    """Proves that no line is missing, and that those marked are the ones that may be absent."""
    listed = [row[0] for row in rows(section(PAGE, "## The lines"))]
    assert listed == [f"`{name}` *" if name in OPTIONAL else f"`{name}`" for name in LineName]


def test_the_page_has_every_field_with_its_unit_and_bounds() -> None:
    """Proves that the table of the card's figures is the code's own, and tells what each one means."""
    fields, *_ = section(PAGE, "## The card").split("may be left out")
    listed = rows(fields)
    assert [(row[0].strip("`"), row[2], row[3]) for row in listed] == [
        (place, bound.unit, str(bound)) for place, bound in BOUNDS.items()
    ]
    assert all(row[1] for row in listed)


def test_the_page_explains_every_code_of_the_check() -> None:
    """Proves that each code that the check can give stands on the page, and no other."""
    files = [*(ROOT / "domain/rate_cards").glob("*.py"), ROOT / "api/v1/rate_cards/card_file.py"]
    given = {code for path in files for code in _codes(ast.parse(path.read_text()))} | set(MESSAGES)
    told = {
        code
        for row in rows(section(PAGE, "## What the check finds"))
        for code in re.findall(r"`([a-z_]+)`", row[0])
    }
    assert {"overlapping_dates", "duplicate_key", "far_from_the_others", "not_a_number"} <= given
    assert told == given


def _codes(tree: ast.AST) -> Iterator[str]:
    """The codes that are written where a problem is made, or are given a name for that."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="at"), args=[_, ast.Constant(value=str(code)), *_]):
                yield code
            case ast.Assign(
                targets=[ast.Tuple(elts=[ast.Name(id="code"), *_])],
                value=ast.Tuple(elts=[ast.Constant(value=str(code)), *_]),
            ):
                yield code
