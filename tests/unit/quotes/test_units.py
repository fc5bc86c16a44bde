"""Quantities with a unit: what is taken, how it is stored, and how people read it."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from domain.errors import MalformedCommandError
from domain.offer.content import content_from_data
from domain.offer.line_request import read_line, read_quantity
from domain.offer.repeat import lines_again
from domain.presentation.sheet import offer_sheet
from tests.unit.quotes.test_overrides import DELIVERY, content
from tests.unit.quotes.test_priced import LINE

HOURS = replace(
    DELIVERY,
    quantity=Decimal("2.5"),
    unit="hour",
    description="Sawing\n\n on the band saw\u2028",
    lead_time_days=1,
)


def test_a_whole_number_is_one_however_it_is_written() -> None:
    """3, "3" and "3.000" are one quantity, so that one offer has one hash."""
    assert [read_quantity(value) for value in (3, "3", "3.000", Decimal("3.0"))] == [3] * 4
    assert read_quantity("2.500") == Decimal("2.5")
    assert str(read_quantity("2.500")) == "2.5"


@pytest.mark.parametrize(
    "value", [0, "0", "-1", "1000000.001", 1_000_001, "1.0001", "1e3", True, None, 2.5, " 2"]
)
def test_what_is_no_quantity_is_refused(value: object) -> None:
    """Nothing is rounded, and a float is no figure."""
    with pytest.raises(ValueError, match=r"out of range|not_a_number"):
        read_quantity(value)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"quantity": "2.5", "unit_price": "1"}, "quantity"),
        ({"quantity": "2.5", "unit": "piece", "unit_price": "1"}, "quantity"),
        ({"quantity": 1, "unit": "box", "unit_price": "1"}, "unit"),
        ({"unit": "hour", "specification": {}}, "unit"),
        ({"quantity": 1, "unit_price": "-1", "discount": {"reason": "r", "rate": "0.1"}}, "discount"),
        ({"quantity": 1, "unit_price": "--1"}, "unit_price"),
        ({"quantity": 1, "unit_price": "1", "lead_time_days": 366}, "lead_time_days"),
        ({"quantity": 1, "unit_price": "1", "lead_time_days": "3"}, "lead_time_days"),
    ],
)
def test_a_stored_line_that_breaks_a_rule_is_named(line: dict[str, object], field: str) -> None:
    """Whatever stands in the inbox: the same rules as at the edge."""
    with pytest.raises(MalformedCommandError, match=f"^{field}: "):
        read_line(1, line)


def test_what_nobody_said_is_not_stored() -> None:
    """So that a content without it has the hash that it always had."""
    stored = content(LINE, DELIVERY).to_data()
    assert not {"unit", "customer_part_number", "computed_lead_time_days"} & {
        name for each in stored["lines"] for name in each
    }
    assert [line["quantity"] for line in stored["lines"]] == [20, 3]


def test_a_quantity_with_decimals_is_stored_as_text_and_comes_back() -> None:
    """JSON as it is hashed has no floats; what is asked for again is the same line."""
    made = content(replace(LINE, lead_time_days=7, customer_part_number="K-1"), HOURS)
    stored = json.loads(json.dumps(made.to_data()))
    assert (stored["lines"][1]["quantity"], stored["lines"][1]["unit"]) == ("2.5", "hour")
    assert content_from_data(stored) == made
    again = lines_again(made, reprice=True, keep_overrides=False)
    assert [line["lead_time_days"] for line in again] == [7, 1]
    assert again[0]["customer_part_number"] == "K-1"
    assert read_line(2, again[1]).quantity == Decimal("2.5")


def test_a_person_reads_what_is_counted() -> None:
    """In the singular where it is one; pieces need not be named where nothing else is counted."""
    read = offer_sheet(content(LINE, HOURS))
    assert [line.amount for line in read.lines] == ["20 pieces", "2.5 hours"]
    assert not read.in_pieces
    assert offer_sheet(content(LINE)).in_pieces
    [one] = offer_sheet(content(replace(HOURS, quantity=1))).lines
    assert (one.amount, one.lead_time) == ("1 hour", "1 working day")
    assert (one.description, one.more) == ("Sawing", ("on the band saw",))


def test_a_credit_reads_as_one() -> None:
    """With a minus that no line breaks after, and none in front of nothing."""
    read = offer_sheet(content(LINE, replace(DELIVERY, unit_price="-12.5")))
    assert (read.lines[1].unit_price, read.lines[1].total) == ("\N{MINUS SIGN}12.50", "\N{MINUS SIGN}37.50")
    assert content(replace(DELIVERY, unit_price="-0")).lines[0].unit_price == "0.00"
