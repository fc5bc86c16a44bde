"""What changed between two versions: found line by line, and told so that a person can read it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from domain.money import Money
from domain.offer.comparison import Change
from domain.offer.content import VersionContent
from domain.offer.line_price import StoredCalculation
from domain.offer.line_request import DiscountRequest, LineRequest
from domain.offer.version import version_content
from domain.presentation.differences.diff import AmountChange, diff
from domain.presentation.differences.diff_text import diff_text
from domain.pricing import DEFAULT_RATE_CARD, calculate, calculation_to_data
from domain.pricing.operations import InHouseWork, OutsideWork
from tests.unit.pricing.parts import EXAMPLE
from tests.unit.quotes.test_overrides import CHEAPER, DELIVERY, TERMS
from tests.unit.quotes.test_priced import LINE, STORED


def stored(**changed: Any) -> StoredCalculation:
    """The part's calculation with other figures."""
    data = calculation_to_data(calculate(replace(EXAMPLE, **changed), DEFAULT_RATE_CARD))
    return StoredCalculation(id="c-2", rate_card_id="card-1", data=data)


def content(
    *lines: tuple[LineRequest, StoredCalculation | None],
    notes: str | None = None,
    discount: DiscountRequest | None = None,
) -> VersionContent:
    """A version of these lines."""
    return version_content(lines, replace(TERMS, notes=notes, discount=discount))


def test_equal_versions_have_no_difference() -> None:
    """Every part is empty, and the text says so."""
    same = content((LINE, STORED), (DELIVERY, None))
    found = diff(same, same)
    assert [found.added, found.removed, found.changed, found.fields, found.amounts] == [()] * 5
    text = diff_text(found, number="Q-2026-00012", old=1, new=2)
    assert text == "Q-2026-00012: version 1 to version 2\nNo difference.\n"


def test_a_changed_part_tells_specification_and_price_lines() -> None:
    """25 pieces of steel instead of 20 of aluminium: what was asked for, what it costs, and why."""
    found = diff(content((LINE, STORED)), content((LINE, stored(material="steel", quantity=25))))
    [line] = found.changed
    assert Change(field="quantity", old=20, new=25) in line.fields
    assert Change(field="material", old="aluminum", new="steel") in line.specification
    names = [change.name for change in line.price_lines]
    assert {"material", "labour", "set_up", "volume_discount"} <= set(names)
    total = next(change for change in line.amounts if change.name == "total")
    assert (total.old, Decimal(total.difference or "0")) == (
        "4261.23",
        Decimal(total.new or "0") - Decimal("4261.23"),
    )
    discount = next(change for change in line.price_lines if change.name == "volume_discount")
    assert discount.old is not None
    assert discount.old.startswith("-")


def test_the_differences_of_the_price_lines_add_up() -> None:
    """What is taken off counts negative: the lines' differences are the line's."""
    [line] = diff(content((LINE, STORED)), content((LINE, stored(quantity=100)))).changed
    total = next(change for change in line.amounts if change.name == "total")
    assert sum(Decimal(change.difference or "0") for change in line.price_lines) == Decimal(
        total.difference or "0"
    )


def test_a_line_put_in_before_the_others_is_the_only_one_added() -> None:
    """Lines are the same thing by part number or description, not by position alone."""
    first = replace(DELIVERY, position=1)
    found = diff(content((LINE, STORED)), content((first, None), (replace(LINE, position=2), STORED)))
    assert [line.description for line in found.added] == ["Delivery"]
    assert (found.removed, found.changed) == ((), ())


def test_parts_of_one_name_are_told_apart_by_what_is_made() -> None:
    """Of two parts named alike the first is taken out: that one is gone, and the other has not changed."""
    steel = stored(material="steel")
    second = replace(LINE, position=2)
    found = diff(content((LINE, STORED), (second, steel)), content((LINE, steel)))
    assert [line.pricing_calculation_id for line in found.removed] == [STORED.id]
    assert (found.added, found.changed) == ((), ())


def test_a_line_of_another_name_in_its_place_is_changed() -> None:
    """A part that was named anew is not one removed and one added."""
    named = replace(LINE, part_number="BP-2", description="Bearing block, hard")
    [line] = diff(content((LINE, STORED)), content((named, STORED))).changed
    assert {change.field for change in line.fields} == {"part_number", "description"}


def test_removed_lines_notes_discount_and_tax_are_told() -> None:
    """With the totals that follow from them."""
    old = content((LINE, STORED), (replace(DELIVERY, tax_rate="0.19"), None), notes="First")
    new = content((LINE, STORED), notes="Second", discount=DiscountRequest(reason="Agreed", amount="61.23"))
    found = diff(old, new)
    assert [line.position for line in found.removed] == [2]
    assert [(change.field, change.old) for change in found.fields] == [("notes", "First"), ("discount", None)]
    assert AmountChange(name="tax 0.19", old="7.13", new=None, difference="-7.13") in found.amounts
    assert (
        AmountChange(name="total_price", old="4305.86", new="4200.00", difference="-105.86") in found.amounts
    )


def test_two_currencies_have_no_difference_in_money() -> None:
    """Old and new stand beside each other; nothing is subtracted."""
    old = content((DELIVERY, None))
    new = replace(old, total=Money.parse("4000", "JPY"), lines=(replace(old.lines[0], total="4000"),))
    found = diff(old, new)
    assert (found.old_currency, found.new_currency) == ("EUR", "JPY")
    assert {change.difference for change in found.amounts} == {None}


def test_the_text_reads_from_top_to_bottom() -> None:
    """Every kind of change, with its sign; a note of several lines stays on one."""
    old = content((LINE, STORED), (replace(DELIVERY, quantity=1), None), notes="One\nTwo")
    new = content((replace(LINE, override=CHEAPER), STORED))
    text = diff_text(diff(old, new), number="Q-2026-00012", old=1, new=2)
    override = "reason Matched a competitor, by key:anna, computed unit price 213.06, "
    override += "computed total 4261.23, unit price 199.5"
    assert text.splitlines() == [
        "Q-2026-00012: version 1 to version 2",
        "~ Line 1: Bearing block",
        f"    Override: none -> {override}",
        "    Unit price: 213.06 -> 199.50 (-13.56)",
        "    Subtotal: 4261.23 -> 3990.00 (-271.23)",
        "    Total: 4261.23 -> 3990.00 (-271.23)",
        "- Line 2: Delivery, 1 piece, EUR 12.50",
        "Notes: One / Two -> none",
        "Subtotal: 4273.73 -> 3990.00 (-283.73)",
        "Net total: 4273.73 -> 3990.00 (-283.73)",
        "Total price: 4273.73 -> 3990.00 (-283.73)",
    ]


def test_changed_operations_read_as_a_list() -> None:
    """Each line of the price stands by its operation; operations are told in words, and not as data."""
    plating = OutsideWork(name="Plating", cost_per_piece=Decimal("2.50"))
    before = stored(process=None, operations=(InHouseWork(process="cnc"), InHouseWork(process="cnc")))
    after = stored(process=None, operations=(InHouseWork(process="cnc"), plating))
    found = diff(content((LINE, before)), content((LINE, after)))
    [line] = found.changed
    assert {change.name for change in line.price_lines} >= {
        *("labour of operation 2", "outside of operation 2", "overhead"),
    }
    text = diff_text(found, number="Q-2026-00012", old=1, new=2)
    assert (
        "Operations: 1. process cnc; 2. process cnc -> "
        "1. process cnc; 2. outside, name Plating, cost per piece 2.5\n"
    ) in text
