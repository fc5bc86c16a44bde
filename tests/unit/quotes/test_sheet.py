"""What the customer reads of a version: every figure it may see, in words, and none that it may not."""

import json
from dataclasses import asdict, replace

from domain.offer.content import VersionContent
from domain.offer.line_request import DiscountRequest, LineRequest
from domain.presentation.sheet import OfferSheet, offer_sheet
from tests.unit.quotes.test_overrides import CHEAPER, DELIVERY, TERMS, content
from tests.unit.quotes.test_priced import LINE


def sheet(*lines: LineRequest, discount: DiscountRequest | None = None) -> OfferSheet:
    """What the customer reads of these lines."""
    return offer_sheet(content(*lines, terms=replace(TERMS, discount=discount)))


def test_lines_that_just_add_up_have_no_sums() -> None:
    """Without discount and tax the total stands alone, beside its currency."""
    read = sheet(LINE, DELIVERY)
    assert (read.sums, read.total) == ((), "EUR 4\u202f298.73")
    block, delivery = read.lines
    assert (block.quantity, block.unit_price, block.total) == ("20", "213.06", "4\u202f261.23")
    assert (block.part, block.lead_time) == ("BP-1, revision B", "10 working days")
    assert block.specification == "Aluminium, CNC machined, 100 × 50 × 20 mm"
    assert (delivery.specification, delivery.lead_time, delivery.part) == ("", None, None)
    assert read.is_rounded


def test_discount_and_tax_lead_to_the_total() -> None:
    """Each row with its label; a discount is negative; a rate is told in per cent."""
    given = DiscountRequest(reason="Repeat order", rate="0.05")
    read = sheet(replace(LINE, tax_rate="0.190"), discount=given)
    assert [(row.label, row.amount) for row in read.sums] == [
        ("Subtotal", "4\u202f261.23"),
        ("Discount: 5 %, Repeat order", "\N{MINUS SIGN}213.06"),
        ("Net", "4\u202f048.17"),
        ("Tax 19 % on 4\u202f048.17", "769.15"),
    ]
    assert read.total == "EUR 4\u202f817.32"


def test_tax_alone_needs_no_net_row() -> None:
    """Subtotal, tax, total."""
    read = sheet(replace(DELIVERY, tax_rate="0.055"))
    assert [(row.label, row.amount) for row in read.sums] == [
        ("Subtotal", "37.50"),
        ("Tax 5.5 % on 37.50", "2.06"),
    ]


def test_a_lines_discount_is_told_with_its_price_before() -> None:
    """By amount or rate, with its reason; whether a price per piece is rounded is judged before it."""
    read = sheet(replace(DELIVERY, discount=DiscountRequest(reason="Agreed", amount="7.50")))
    [line] = read.lines
    assert (line.total, line.discount) == ("30.00", "EUR 37.50 less 7.50: Agreed")
    assert not read.is_rounded


def test_nothing_internal_crosses_over() -> None:
    """Cost lines, margins, formulas, rules, overrides with their reasons and computed prices, notes, ids."""
    before: VersionContent = content(
        replace(LINE, override=CHEAPER), terms=replace(TERMS, notes="Secret note")
    )
    shown = json.dumps(asdict(offer_sheet(before)), ensure_ascii=False).lower()
    for entry in before.lines[0].breakdown:
        assert str(entry["name"]) not in shown
        assert str(entry["formula"]).lower() not in shown
    for hidden in (
        "matched a competitor",
        "key:anna",
        "213.06",
        "4\u202f261.23",
        "secret note",
        "c-1",
    ):
        assert hidden not in shown
