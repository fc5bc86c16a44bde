"""What a version says as a whole, and the tax that holds where a line names none."""

from dataclasses import fields, replace
from typing import Any

import pytest

from domain.offer.content import TaxDefault, VersionContent, VersionTexts, content_from_data
from domain.offer.line_request import LineRequest, read_line
from domain.offer.repeat import lines_again, texts_again
from domain.offer.version import Terms, version_content
from domain.presentation.differences.diff import diff
from domain.presentation.sheet import offer_sheet

FREE = LineRequest(position=1, description="Delivery", quantity=1, unit_price="100.00")
OWN = replace(FREE, position=2, tax_rate="0.07")
ALL = {each.name: f"{each.name} of it" for each in fields(VersionTexts)}


def made(*lines: LineRequest, **terms: Any) -> VersionContent:
    """A version of these free lines."""
    asked = Terms(customer_tier="standard", currency="EUR", **terms)
    return version_content([(line, None) for line in lines or (FREE,)], asked)


def test_texts_are_in_the_content_and_its_hash_and_absent_where_nobody_wrote_them() -> None:
    """A version without them has the form, and so the hash, that it had before there were any."""
    plain, written = made(), made(**ALL)
    assert set(plain.to_data()) == {"lines", "total", "currency", "notes", "warnings"}
    assert {name: written.to_data()[name] for name in ALL} == ALL
    assert content_from_data(written.to_data()) == written
    hashes = {made(**{name: text}).content_hash for name, text in ALL.items()}
    assert len(hashes | {plain.content_hash}) == len(ALL) + 1
    assert made(introduction=" \n", customer_reference="").content_hash == plain.content_hash
    assert {change.field for change in diff(plain, written).fields} == set(ALL)


def test_customers_read_all_texts_but_the_notes() -> None:
    """Paragraphs apart, without characters that nobody sees or that turn what is read."""
    sheet = offer_sheet(made(**ALL | {"remarks": "One.\n\n\u202eTwo\u200b.\r\nThree"}))
    assert sheet.remarks == ("One.", "Two.", "Three")
    assert (sheet.customer_reference, sheet.introduction) == (
        "customer_reference of it",
        ("introduction of it",),
    )
    assert (sheet.terms, sheet.delivery_terms) == (("terms of it",), ("delivery_terms of it",))
    assert "notes of it" not in repr(sheet)


def test_a_description_has_one_name_and_further_lines() -> None:
    """The first line is what the line is called; empty ones are left out."""
    (line,) = offer_sheet(made(replace(FREE, description="Bracket\n\nwelded,\r\npainted"))).lines
    assert (line.description, line.more) == ("Bracket", ("welded,", "painted"))


@pytest.mark.parametrize(
    ("own", "default", "rates", "told"),
    [
        (None, None, [None, "0.07"], None),
        (None, TaxDefault(rate="0.19"), ["0.19", "0.07"], None),
        (None, TaxDefault(reason="Export"), [None, "0.07"], "No tax on line 1: Export"),
        ("Reverse charge", TaxDefault(rate="0.19"), [None, "0.07"], "No tax on line 1: Reverse charge"),
        ("Reverse charge", None, [None, "0.07"], "No tax on line 1: Reverse charge"),
    ],
)
def test_a_lines_own_rate_wins_then_the_versions_reason_then_the_default(
    own: str | None, default: TaxDefault | None, rates: list[str | None], told: str | None
) -> None:
    """And customers read which lines have none, and why."""
    content = made(FREE, OWN, no_tax_reason=own, tax_default=default)
    assert [line.tax_rate for line in content.lines] == rates
    assert content.tax_default == (None if own else default)
    assert offer_sheet(content).no_tax == told
    assert content_from_data(content.to_data()) == content


def test_where_no_line_has_a_rate_no_tax_is_charged() -> None:
    """One sentence for all; and where each line has its own, the default is not part of the version."""
    assert offer_sheet(made(tax_default=TaxDefault(reason="Export"))).no_tax == "No tax is charged: Export"
    assert made(OWN, tax_default=TaxDefault(rate="0.19")).tax_default is None
    assert offer_sheet(made(OWN, no_tax_reason="Export")).no_tax == "Export"


def test_a_default_is_asked_for_again_with_a_new_price_and_for_another_customer() -> None:
    """A line's own rate goes along; so does the default in a copy as it was."""
    content = made(FREE, OWN, tax_default=TaxDefault(rate="0.19"))
    for reprice, another, rates in (
        (False, False, ["0.19", "0.07"]),
        (True, False, [None, "0.07"]),
        (False, True, [None, "0.07"]),
    ):
        again = lines_again(content, reprice=reprice, keep_overrides=False, for_another=another)
        assert [read_line(1, line).tax_rate for line in again] == rates


def test_what_is_one_customers_alone_does_not_go_to_another() -> None:
    """Reference and tax reason; all else does."""
    content = made(**ALL)
    assert texts_again(content, for_another=False) == VersionTexts(**ALL)
    theirs = {"customer_reference": None, "no_tax_reason": None}
    assert texts_again(content, for_another=True) == VersionTexts(**(ALL | theirs))
