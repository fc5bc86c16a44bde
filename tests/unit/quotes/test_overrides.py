"""Prices set by a person: computed value, override, who and why are kept; none outlives a new price unsaid."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.errors import InvalidQuoteOperationError
from domain.money import MoneyError
from domain.offer.content import Discount, Override, VersionContent, content_from_data, texts_of
from domain.offer.line_price import StoredCalculation
from domain.offer.line_request import DiscountRequest, LineRequest, OverrideRequest, read_discount, read_line
from domain.offer.repeat import discount_again, lines_again
from domain.offer.version import Terms, version_content
from domain.pricing import (
    DEFAULT_RATE_CARD,
    BoughtPart,
    InHouseWork,
    OutsideWork,
    calculate,
    calculation_to_data,
)
from tests.unit.pricing.parts import EXAMPLE
from tests.unit.quotes.test_priced import LINE, STORED

TERMS = Terms(customer_tier="standard", currency="EUR", actor="key:anna")
CHEAPER = OverrideRequest(reason="Matched a competitor", unit_price="199.5")
FLAT = OverrideRequest(reason="Flat price", total="4000.00")
DELIVERY = LineRequest(position=2, description="Delivery", quantity=3, unit_price="12.5")


def content(*lines: LineRequest, terms: Terms = TERMS) -> VersionContent:
    """The content of a version; every part has the same stored calculation (20 pieces, 4,261.23)."""
    return version_content([(line, None if line.is_free else STORED) for line in lines], terms)


def test_an_override_keeps_what_was_computed() -> None:
    """20 pieces at 199.50 are 3,990.00; the computed price, the person and the reason stay beside it."""
    [line] = content(replace(LINE, override=CHEAPER)).lines
    assert (line.unit_price, line.total) == ("199.50", "3990.00")
    assert line.override == Override(
        reason="Matched a competitor",
        by="key:anna",
        computed_unit_price="213.06",
        computed_total="4261.23",
        unit_price="199.5",
    )
    assert len(line.breakdown) == 10


def test_an_override_of_the_line_tells_the_price_per_piece() -> None:
    """4,000.00 for 20 pieces: 200.00 each, informative."""
    [line] = content(replace(LINE, override=FLAT)).lines
    assert (line.unit_price, line.total) == ("200.00", "4000.00")


def test_a_price_per_piece_may_be_finer_than_the_currency() -> None:
    """10,001 screws at 0.0125: 125.0125, rounded once, half up."""
    screws = replace(DELIVERY, position=1, description="Screw", quantity=10_001, unit_price="0.0125")
    [line] = content(screws).lines
    assert (line.unit_price, line.total) == ("0.0125", "125.01")


def test_a_total_finer_than_the_currency_is_refused() -> None:
    """The refusal names the line, the field and the rule."""
    finer = replace(LINE, override=OverrideRequest(reason="x", total="4000.001"))
    with pytest.raises(
        InvalidQuoteOperationError, match=r"line 1, override: more decimal places .*EUR has 2"
    ):
        content(finer)


def test_a_discount_comes_off_the_overridden_price() -> None:
    """10 % of 3,990.00 is 399.00; both figures and the reason are told."""
    asked = replace(LINE, override=CHEAPER, discount=DiscountRequest(reason="Repeat order", rate="0.1"))
    [line] = content(asked).lines
    assert (line.before_discount, line.total) == ("3990.00", "3591.00")
    assert line.discount == Discount(reason="Repeat order", amount="399.00", rate="0.1")


def test_an_override_is_dropped_and_the_version_says_so() -> None:
    """Priced again without a word about overrides: the computed price holds, and the drop is told."""
    before = content(replace(LINE, override=CHEAPER))
    after = content(LINE, terms=replace(TERMS, before=before))
    assert after.lines[0].override is None
    assert after.lines[0].total == "4261.23"
    [fate] = after.override_fates
    assert (fate.position, fate.fate, fate.unit_price) == (1, "dropped", "199.5")


def test_an_override_is_kept_where_that_is_asked_for() -> None:
    """It still names the person who set it, not the one who priced again."""
    before = content(replace(LINE, override=CHEAPER))
    after = content(LINE, terms=replace(TERMS, actor="key:ben", before=before, keep_overrides=True))
    assert after.lines[0].override == before.lines[0].override
    assert [fate.fate for fate in after.override_fates] == ["kept"]


@pytest.mark.parametrize(
    ("line", "fate"),
    [
        (replace(LINE, override=FLAT), "replaced"),
        (replace(DELIVERY, position=1), "dropped"),
        (replace(LINE, part_number="BP-2"), "dropped"),
    ],
)
def test_an_override_belongs_to_its_line(line: LineRequest, fate: str) -> None:
    """Another price was set, the line became a free one, or another part: told even if all are to be kept."""
    before = content(replace(LINE, override=CHEAPER))
    after = content(line, terms=replace(TERMS, before=before, keep_overrides=True))
    assert [(each.position, each.fate) for each in after.override_fates] == [(1, fate)]


OTHER = replace(LINE, part_number="BP-2", description="Bracket")


def test_an_override_follows_its_part_to_another_place() -> None:
    """Another part was put in before it: that one has its computed price, and the override stays with its part."""
    before = content(replace(LINE, override=CHEAPER))
    moved = replace(LINE, position=2)
    after = content(OTHER, moved, terms=replace(TERMS, before=before, keep_overrides=True))
    assert [line.override for line in after.lines] == [None, before.lines[0].override]
    assert [line.total for line in after.lines] == ["4261.23", "3990.00"]
    assert [(fate.position, fate.fate) for fate in after.override_fates] == [(1, "kept")]


def test_an_override_whose_part_is_gone_goes_to_no_other() -> None:
    """The next part moves up to its place, and does not take its price."""
    before = content(replace(LINE, override=CHEAPER), replace(OTHER, position=2))
    after = content(OTHER, terms=replace(TERMS, before=before, keep_overrides=True))
    assert after.lines[0].override is None
    assert [(fate.fate, fate.reason) for fate in after.override_fates] == [("dropped", "the line is gone")]


def test_of_two_parts_of_one_name_each_keeps_its_own_override() -> None:
    """Told apart by what is made, though they have changed places, and one is gone."""
    steel = StoredCalculation(
        id="c-2",
        rate_card_id="card-1",
        data=calculation_to_data(calculate(replace(EXAMPLE, material="steel"), DEFAULT_RATE_CARD)),
    )
    dear = replace(LINE, override=OverrideRequest(reason="r", unit_price="300"))
    other = replace(LINE, position=2, override=CHEAPER)
    before = version_content([(dear, STORED), (other, steel)], TERMS)
    terms = replace(TERMS, before=before, keep_overrides=True)
    turned = version_content([(LINE, steel), (replace(LINE, position=2), STORED)], terms)
    assert [line.unit_price for line in turned.lines] == ["199.50", "300.00"]
    left = version_content([(LINE, steel)], terms)
    assert [line.unit_price for line in left.lines] == ["199.50"]
    assert [(fate.position, fate.fate) for fate in left.override_fates] == [(1, "dropped"), (2, "kept")]


def test_the_only_line_keeps_its_override_without_a_name() -> None:
    """The short form names a part nothing but "Part"; with one line before and after it is the same part."""
    before = content(replace(LINE, override=CHEAPER))
    unnamed = replace(LINE, part_number=None, description="Part")
    after = content(unnamed, terms=replace(TERMS, before=before, keep_overrides=True))
    assert [fate.fate for fate in after.override_fates] == ["kept"]


def test_an_override_is_not_taken_over_into_another_currency() -> None:
    """199.50 EUR are not 199.50 KWD; why it was dropped is told."""
    before = content(replace(LINE, override=CHEAPER))
    terms = replace(TERMS, before=before, keep_overrides=True)
    after = version_content([(LINE, replace(STORED, data={**STORED.data, "currency": "KWD"}))], terms)
    assert after.lines[0].override is None
    assert [fate.reason for fate in after.override_fates] == ["it was set in EUR"]


@pytest.mark.parametrize(
    ("asked", "discount"),
    [
        ([LINE, DELIVERY], None),
        ([replace(LINE, discount=DiscountRequest(reason="r", amount="1.00"))], None),
        ([LINE], DiscountRequest(reason="q", amount="5.00")),
    ],
)
def test_amounts_set_by_hand_are_not_read_in_another_currency(
    asked: list[LineRequest], discount: DiscountRequest | None
) -> None:
    """45.50 EUR for delivery are not 46 JPY since the rate card of the day is in JPY: the line is named."""
    before = content(*asked, terms=replace(TERMS, discount=discount))
    data = lines_again(before, reprice=True, keep_overrides=False)
    again = [read_line(position, line) for position, line in enumerate(data, start=1)]
    terms = replace(
        TERMS, discount=read_discount({"discount": discount_again(before.discount, before.total.currency)})
    )
    yen = replace(STORED, data={**STORED.data, "currency": "JPY"})
    priced = [(line, None if line.is_free else yen) for line in again]
    with pytest.raises(MoneyError, match=r"in JPY, .* in EUR.*: a quote must have a single currency"):
        version_content(priced, terms)


@pytest.mark.parametrize(
    ("operation", "has_amount"),
    [
        (InHouseWork(process="cnc", hours_per_piece=Decimal("0.5")), False),
        (OutsideWork(name="Plating", cost_per_piece=Decimal("2.40")), True),
        (BoughtPart(name="Pin", cost_per_piece=Decimal("0.18")), True),
    ],
)
def test_costs_of_others_are_not_read_in_another_currency(operation: Any, has_amount: bool) -> None:
    """What plating costs in euros is not as much in yen, since the rate card of the day is in yen; hours are hours."""
    part = replace(EXAMPLE, process=None, operations=(operation,))
    data = calculation_to_data(calculate(part, DEFAULT_RATE_CARD))
    before = version_content([(LINE, replace(STORED, data=data))], TERMS)
    [again] = lines_again(before, reprice=True, keep_overrides=False)
    assert ("currency" in again) is has_amount
    if has_amount:
        yen = replace(STORED, data={**data, "currency": "JPY"})
        with pytest.raises(MoneyError, match=r"in JPY, .* in EUR.*: a quote must have a single currency"):
            version_content([(read_line(1, again), yen)], TERMS)


def test_free_lines_keep_their_currency_when_they_are_copied() -> None:
    """Whatever the seller's own has become."""
    before = content(replace(DELIVERY, position=1))
    [line] = lines_again(before, reprice=True, keep_overrides=False)
    after = content(read_line(1, line), terms=replace(TERMS, currency="JPY"))
    assert after.total == before.total


def test_a_figure_that_is_no_money_is_refused_with_its_line() -> None:
    """A million times nearly 10^14; and two lines that are too much together."""
    most = replace(DELIVERY, quantity=1, unit_price="99999999999999")
    with pytest.raises(InvalidQuoteOperationError, match="line 2: an amount must be below"):
        content(LINE, replace(most, quantity=1_000_000))
    with pytest.raises(InvalidQuoteOperationError, match="the quote: an amount must be below"):
        content(replace(most, position=1), most)


@pytest.mark.parametrize(("keep", "fate"), [(True, "kept"), (False, "dropped")])
def test_a_copy_says_what_became_of_its_sources_overrides(keep: bool, fate: str) -> None:
    """Also where the copy has the computed prices again."""
    before = content(replace(LINE, override=CHEAPER), DELIVERY)
    lines = lines_again(before, reprice=False, keep_overrides=keep)
    copy = content(*(read_line(position, line) for position, line in enumerate(lines, start=1)))
    assert (copy.lines[0].override is not None) is keep
    assert [(each.position, each.fate, each.unit_price) for each in copy.override_fates] == [
        (1, fate, "199.5")
    ]


def test_a_price_for_the_whole_line_does_not_outlive_its_quantity() -> None:
    """4,000.00 was set for 20 pieces; for 25 the computed price holds, and why is told."""
    before = content(replace(LINE, override=FLAT))
    [was] = before.lines
    other = replace(before, lines=(replace(was, quantity=25),))
    after = content(LINE, terms=replace(TERMS, before=other, keep_overrides=True))
    assert after.lines[0].override is None
    assert [fate.reason for fate in after.override_fates] == ["it was set for another quantity"]


def test_lines_asked_for_again_give_the_same_content() -> None:
    """A copy as it was: same prices, discounts, tax and overrides, also who had set them."""
    asked = [
        replace(LINE, override=CHEAPER, discount=DiscountRequest(reason="r", rate="0.1"), tax_rate="0.19"),
        replace(DELIVERY, discount=DiscountRequest(reason="d", amount="1.00")),
    ]
    terms = replace(TERMS, discount=DiscountRequest(reason="q", rate="0.03"))
    before = content(*asked, terms=terms)
    lines = lines_again(before, reprice=False, keep_overrides=True)
    again = [read_line(position, line) for position, line in enumerate(lines, start=1)]
    discount = read_discount({"discount": discount_again(before.discount)})
    after = content(*again, terms=replace(terms, actor="key:ben", discount=discount))
    assert replace(after, override_fates=()) == before


def test_lines_asked_for_again_for_another_customer_take_theirs() -> None:
    """Priced again: from the specification, by the other customer's tier, without overrides."""
    before = content(replace(LINE, override=CHEAPER))
    [line] = lines_again(before, reprice=True, keep_overrides=False, for_another=True)
    assert "override" not in line
    assert "pricing_calculation_id" not in line
    assert "customer_tier" not in line["specification"]
    assert line["specification"]["material"] == "aluminum"


def test_what_was_stored_is_read_back() -> None:
    """With everything that a content can hold."""
    texts: dict[str, Any] = {name: name for name in texts_of(TERMS)}
    terms = replace(TERMS, discount=DiscountRequest(reason="q", rate="0.03"), **texts)
    before = content(replace(LINE, override=FLAT, tax_rate="0.19"), DELIVERY, terms=terms)
    found = content(
        LINE, replace(DELIVERY, tax_rate="0.07"), terms=replace(terms, before=before, keep_overrides=True)
    )
    assert content_from_data(found.to_data()) == found
    assert texts_of(found) == texts


def test_a_content_without_anything_new_has_its_old_hash() -> None:
    """What was stored before there were discounts is hashed as it was then."""
    data = content(LINE).to_data()
    assert set(data) == {"lines", "total", "currency", "notes", "warnings"}
    assert "discount" not in data["lines"][0]
    assert content_from_data(data).to_data() == data
