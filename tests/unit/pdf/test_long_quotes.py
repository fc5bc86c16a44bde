"""Long quotes stay documents that people can be sent and read."""

import re
from dataclasses import replace

import pytest

from adapters.pdf.quotes import QuotePdf
from adapters.pdf.typesetter import Typesetter
from domain.presentation.sheet import Break
from tests.unit.pdf.test_any_text import outside
from tests.unit.pdf.test_quote_pdf import document, pages
from tests.unit.quotes.test_priced import LINE

LINES = 150
MOST_BYTES_A_LINE = 3_500
"""500 lines are some 1.6 MB. The certificate of an acceptance carries the document once more, and a mail a third on top: 5 MB,
where the strictest servers take 10.
"""


@pytest.fixture(scope="module")
def long_quote() -> bytes:
    lines = [replace(LINE, position=n, description=f"Plate {n:03}") for n in range(1, LINES + 1)]
    return QuotePdf(Typesetter()).quote(document(*lines))


def test_a_long_quote_is_small_enough_to_be_sent(long_quote: bytes) -> None:
    """Every cell is tagged, so what is said in few cells is small: prices of other quantities are one table."""
    assert len(long_quote) < LINES * MOST_BYTES_A_LINE


def test_prices_of_other_quantities_stand_with_their_part(long_quote: bytes) -> None:
    """On one page, whatever the page breaks at, below a heading that is on each of them; each part once."""
    found = [page for page in pages(long_quote) if "Pieces 1 10 25 50 100 250" in page]
    figures = "Each Total 475.42 475.42 226.15 2\u202f261.45 204.00 5\u202f099.88"
    told = [name for page in found for name in re.findall(rf"(\d+) Plate \d+ {figures}", page)]
    assert [int(number) for number in told] == [*range(1, LINES + 1)]
    assert len(found) > 2


def test_more_quantities_than_a_line_takes_are_a_further_table() -> None:
    """Each figure stays on the sheet, however many there are and however long."""
    made = document()
    [line] = made.offer.sheet.lines
    row = Break(
        quantity="1\u202f000\u202f000",
        unit_price="1\u202f234\u202f567.123",
        total="9\u202f999\u202f999\u202f999.123",
    )
    breaks = tuple(replace(row, quantity=str(n)) for n in range(1, 16))
    sheet = replace(made.offer.sheet, lines=(replace(line, breaks=breaks),))
    data = QuotePdf(Typesetter()).quote(replace(made, offer=replace(made.offer, sheet=sheet)))
    assert list(outside(data)) == []
    text = " ".join(pages(data))
    assert text.count(row.total) == text.count(row.unit_price) == 15
    assert text.count("Each Total") == 4
