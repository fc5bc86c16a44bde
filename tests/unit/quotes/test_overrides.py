"""Prices set by a person: computed value, override, who and why are kept; none outlives a new price unsaid."""

from dataclasses import replace

import pytest

from domain.errors import InvalidQuoteOperationError
from domain.pricing.specification import CustomerTier
from domain.quotes.again import discount_again, lines_again
from domain.quotes.content import Discount, Override, VersionContent, content_from_data
from domain.quotes.line_request import DiscountRequest, LineRequest, OverrideRequest, read_discount, read_line
from domain.quotes.priced import Terms, version_content
from tests.unit.quotes.test_priced import LINE, STORED

TERMS = Terms(customer_tier=CustomerTier.STANDARD, currency="EUR", actor="key:anna")
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
    with pytest.raises(InvalidQuoteOperationError, match=r"line 1, override: more digits .*EUR has 2"):
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
        (replace(LINE, position=2), "dropped"),
    ],
)
def test_an_override_belongs_to_its_line(line: LineRequest, fate: str) -> None:
    """Another price was set, the line became a free one, or it is gone: told even if all are to be kept."""
    before = content(replace(LINE, override=CHEAPER))
    after = content(line, terms=replace(TERMS, before=before, keep_overrides=True))
    assert [(each.position, each.fate) for each in after.override_fates] == [(1, fate)]


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
    assert after == before
    assert after.content_hash == before.content_hash


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
    terms = replace(TERMS, discount=DiscountRequest(reason="q", rate="0.03"))
    before = content(replace(LINE, override=FLAT, tax_rate="0.19"), DELIVERY, terms=terms)
    found = content(
        LINE, replace(DELIVERY, tax_rate="0.07"), terms=replace(terms, before=before, keep_overrides=True)
    )
    assert content_from_data(found.to_data()) == found


def test_a_content_without_anything_new_has_its_old_hash() -> None:
    """What was stored before there were discounts is hashed as it was then."""
    data = content(LINE).to_data()
    assert set(data) == {"lines", "total", "currency", "notes", "warnings"}
    assert "discount" not in data["lines"][0]
    assert content_from_data(data).to_data() == data
