"""No text stops a document, and none runs off the sheet: whatever people type, in every place where it is set.

FIRM_OFFER_TEXTS sets how many single characters are tried (4000 for the long run, with half as many clusters and all
combining marks).
"""

import os
import random
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest

from adapters.pdf.quotes import QuotePdf
from adapters.pdf.texts import MOST_MARKS, SQUARE, prepared
from adapters.pdf.typesetter import Typesetter
from domain.offer.line_request import DiscountRequest
from domain.presentation.certificate import Certificate
from domain.presentation.document import QuoteDocument
from domain.presentation.offer import Addressee, OfferContact
from tests.unit.pdf.test_quote_pdf import document, pages
from tests.unit.quotes.test_certificate import EVIDENCE
from tests.unit.quotes.test_priced import LINE

TEXTS = int(os.environ.get("FIRM_OFFER_TEXTS", "150"))
SIDE = 22 / 25.4 * 72
"""The margin left and right, in points; below everything ends above EDGE."""
EDGE = 5 / 25.4 * 72
OVERHANG = 1.5
"""In points: what the drawing of a letter may stand out of the place that it takes."""
PER_DOCUMENT = 150

LONG = (
    "P" * 120,
    "W" * 500,
    " ".join(letter * 15 for letter in "W@M%Æ¼Ŵŉ") * 4,
    "https://example.com/" + "a" * 200 + "?q=" + "b" * 200,
    "ada@" + "very-long-" * 20 + "domain.example",
    "ش" * 300,
    "क्ष" * 100,
    "ก" * 300,
    "株" * 300,
    "ー" * 100 + "っ" * 100 + "、\N{FULLWIDTH RIGHT PARENTHESIS}" * 100,
    "한" * 300,
    "\N{NO-BREAK SPACE}x" * 200,
    "a\N{WORD JOINER}" * 300,
    "." * 300 + "—" * 200,
    "\U0001f600" * 200,
    "\N{ARABIC LIGATURE BISMILLAH AR-RAHMAN AR-RAHEEM}" * 20,
)
HOSTILE = (
    "\ufeffBearing block",
    "Ada 1\ufe0f\u20e3 2\ufe0f\u20e3 #\ufe0f\u20e3",
    "s\u0336t\u0336r\u0336u\u0336c\u0336k\u0336 u\u0332n\u0332d\u0332e\u0332r\u0332",
    "\u0000\u0001\u0007\u001b[31m\u007f\u0085\u2028\u2029",
    "\u200b\u200c\u200d\u2060\u3164\u115f\uffa0\u034f\u180e\u00ad",
    "\U000e0001\U000e0041\U000e007f flag \U0001f3f4\U000e0067\U000e0062\U000e007f",
    "\u202eevil\u202c \u2066x\u2069 \u2067y \u061cz",
    "\ufffe\uffff\U0001ffff\U0010ffff\ue000\uf8ff\U000f0000\U00100000",
    "Z" + "".join(chr(0x300 + n % 112) for n in range(500)),
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * 10,
    "\u0301leading mark",
    "\ufff9a\ufffab\ufffb \ufffd \u0378",
    "\u1100" * 200 + "\u1161" * 200 + "\u11a8" * 200,
    '#read("x") $x$ ]#panic()[ \\u{feff} `raw` "quoted" {"json": 1}',
)


@pytest.fixture(scope="module")
def pdf() -> QuotePdf:
    """One typesetter for all."""
    return QuotePdf(Typesetter())


def outside(data: bytes) -> Iterator[str]:
    """What stands over the margins at the sides, or below the edge: page, places in points, the character."""
    opened = pypdfium2.PdfDocument(data)
    try:
        for number in range(len(opened)):
            page = opened[number]
            text = page.get_textpage()
            right, top = page.get_width() - SIDE + OVERHANG, page.get_height()
            for index in range(text.count_chars()):
                left, bottom, end, above = text.get_charbox(index)
                is_out = left < SIDE - OVERHANG or end > right or bottom < EDGE or above > top
                if is_out and end > left and (seen := text.get_text_range(index, 1).strip()):
                    yield f"page {number + 1}, {left:.0f}-{end:.0f}, {seen!r}"
            text.close()
            page.close()
    finally:
        opened.close()


def everywhere(text: str) -> QuoteDocument:
    """A document with the text in every place that people fill."""
    line = replace(
        LINE,
        description=text[:500],
        part_number=text[:200],
        part_revision=text[:200],
        discount=DiscountRequest(reason=text[:200], rate="0.05"),
    )
    made = document(line, terms=text, address=[text[:200]] * 10)
    short = text[:200]
    seller = replace(made.offer.seller, name=short, tax_id=short, phone=short, email=short)
    person = OfferContact(name=short, phone=short, email=short)
    both = (text, short)
    sheet = replace(
        made.offer.sheet,
        customer_reference=short,
        no_tax=short,
        introduction=both,
        remarks=both,
        terms=both,
        delivery_terms=both,
    )
    customer = Addressee(address=(short,) * 10, tax_id=short, contact=person)
    return showing(
        made, seller=seller, customer_name=short, addressee=customer, in_charge=person, sheet=sheet
    )


def showing(made: QuoteDocument, **facts: Any) -> QuoteDocument:
    """A document with other facts of its offer."""
    return replace(made, offer=replace(made.offer, **facts))


def certified(text: str) -> Certificate:
    """A certificate with the text in every place that its signer fills."""
    evidence = replace(
        EVIDENCE,
        signer_name=text[:200],
        signer_email=text[:254],
        purchase_order_number=text[:100],
        consent_text=text,
        recipient=text[:254],
        user_agent=text[:500],
    )
    return Certificate(document=everywhere(text), evidence=evidence, document_sha256="d" * 64)


def listed(texts: Sequence[str]) -> QuoteDocument:
    """A document with a line per text."""
    made = document()
    sheet = made.offer.sheet
    [line] = sheet.lines
    lines = tuple(replace(line, description=text, part=text, breaks=()) for text in texts)
    return showing(made, sheet=replace(sheet, lines=lines), customer_name="".join(texts[:20]))


def is_scalar(code: int) -> bool:
    """Whether a code point can stand in text."""
    return not 0xD800 <= code < 0xE000


def characters(count: int, drawn: random.Random) -> list[str]:
    """All kinds of characters: half of them from anywhere, half assigned ones of the first two planes."""
    anywhere = (code for code in iter(lambda: drawn.randrange(sys.maxunicode + 1), None) if is_scalar(code))
    found = [chr(next(anywhere)) for _ in range(count // 2)]
    assigned = [
        chr(code) for code in range(0x20000) if is_scalar(code) and unicodedata.category(chr(code)) != "Cn"
    ]
    return found + drawn.sample(assigned, count - len(found))


def clusters(count: int, drawn: random.Random) -> Iterator[str]:
    """Random grapheme clusters: a character with marks, joiners, modifiers and choices of form behind it."""
    bases = characters(count, drawn)
    behind = [
        *marks(),
        "\u200d",
        "\ufe0f",
        "\ufe0e",
        "\u20e3",
        "\U0001f3fd",
        "\U000e0067",
        "\U000e007f",
        "\u093f",
    ]
    for base in bases:
        yield base + "".join(drawn.choices(behind, k=drawn.randint(1, 6)))


def marks() -> list[str]:
    """All combining marks."""
    return [chr(code) for code in range(0x20000) if unicodedata.category(chr(code)).startswith("M")]


def in_parts(texts: Iterable[str]) -> Iterator[list[str]]:
    """As many texts as one document takes at a time."""
    all_of_them = list(texts)
    for start in range(0, len(all_of_them), PER_DOCUMENT):
        yield all_of_them[start : start + PER_DOCUMENT]


@pytest.mark.parametrize("text", [*LONG, *HOSTILE], ids=lambda text: ascii(text[:6]))
def test_it_is_set_in_every_place_and_stays_on_the_sheet(pdf: QuotePdf, text: str) -> None:
    """Long words break, hostile characters stop nothing: quote and certificate, in every field."""
    assert list(outside(pdf.acceptance(certified(text), b"the quote as it was sent"))) == []


def test_characters_of_all_kinds_are_set(pdf: QuotePdf) -> None:
    """From anywhere in Unicode, each as a line of its own and many in one text."""
    for part in in_parts(characters(TEXTS, random.Random(7))):
        assert list(outside(pdf.quote(listed(part)))) == []


def test_clusters_of_all_kinds_are_set(pdf: QuotePdf) -> None:
    """Whatever stands behind a character, of its script or not."""
    for part in in_parts(clusters(TEXTS // 2, random.Random(8))):
        assert list(outside(pdf.quote(listed(part)))) == []


def test_every_mark_behind_a_letter_and_a_digit_is_set(pdf: QuotePdf) -> None:
    """All combining marks in the long run; some at random in the short one."""
    drawn = marks() if len(marks()) <= TEXTS else random.Random(9).sample(marks(), TEXTS // 2)
    for part in in_parts(letter + mark for mark in drawn for letter in "a1"):
        assert list(outside(pdf.quote(listed(part)))) == []


def test_what_cannot_be_set_costs_its_cluster_alone(pdf: QuotePdf) -> None:
    """One square for a keycap, nothing for a byte order mark; what stands beside is as it was."""
    line = replace(LINE, description="\ufeffGehäuse 1\ufe0f\u20e3\ufeff 株式会社 \U0001f600\U0001f3fd Ω")
    [text] = pages(pdf.quote(document(line)))
    assert f"Gehäuse {SQUARE} 株式会社 {SQUARE} Ω" in text


def test_a_long_part_number_is_copied_whole(pdf: QuotePdf) -> None:
    """What breaks it over lines leaves nothing behind in it."""
    number = "ABCDEFGHIJ" * 30
    [text] = pages(pdf.quote(document(replace(LINE, part_number=number))))
    assert number in text.replace(" ", "")


def test_the_fonts_of_other_scripts_change_nothing_for_latin(
    pdf: QuotePdf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document without them is the same bytes: they are embedded glyph by glyph, where they are used."""
    monkeypatch.setattr("adapters.pdf.typesetter.FONT_PACKAGES", ())
    assert pdf.quote(document()) == QuotePdf(Typesetter()).quote(document())


def test_only_glyphs_that_are_used_are_embedded(pdf: QuotePdf) -> None:
    """A font for Chinese, Japanese and Korean has 16 MB; a name in it costs some KB."""
    named = showing(document(), customer_name="山田精密工業株式会社")
    assert len(pdf.quote(named)) < len(pdf.quote(document())) + 10_000


def test_a_tower_of_marks_is_cut() -> None:
    """It would write over the lines around it."""
    assert prepared("a" + "\u0301" * 50 + "b") == "a" + "\u0301" * MOST_MARKS + "b"
