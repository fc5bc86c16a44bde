"""The quote's document: what it says, what it declares, and that equal input makes equal bytes."""

import base64
import ctypes
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest

from adapters.pdf.quotes import QuotePdf
from adapters.pdf.texts import SQUARE
from adapters.pdf.typesetter import TEMPLATES, DocumentError, Typesetter
from domain.offer.content import VersionContent
from domain.offer.line_request import DiscountRequest, LineRequest
from domain.presentation.branding import ACCENT
from domain.presentation.document import QuoteDocument
from domain.presentation.images import image_bytes, media_type
from domain.presentation.letterhead import Paper, letterhead
from domain.presentation.offer import Addressee, Offer
from domain.presentation.sheet import offer_sheet
from tests.unit.quotes.test_overrides import CHEAPER, DELIVERY, TERMS, content
from tests.unit.quotes.test_priced import LINE

SELLER = {
    "name": "Keller Präzision GmbH",
    "address": ["Werkstraße 12", "71229 Leonberg"],
    "email": "angebote@keller-praezision.example",
    "phone": "+49 7152 5550",
    "tax_id": "DE 812 345 678",
    "terms": "Net 30 days from delivery.\nPrices ex works.",
    "language": "en",
    "paper": "a4",
    "logo": None,
}
SENT_AT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
VALID_UNTIL = datetime(2026, 12, 24, 22, 59, 59, tzinfo=UTC)
HOSTILE = (
    '#read("/etc/passwd")',
    '#import "@preview/example:0.1.0": *',
    "$x^2$ *bold* _it_ `raw` @ref <label> // comment",
    ']#eval("1+1")[',
    "\\u{41} \\ #panic()",
    "<script>alert(1)</script>",
    "\u202egnp.exe\u0000\u0007",
    "lone \ufffe \U000e0001",
    "Ω" * 300,
)


@pytest.fixture(scope="module")
def pdf() -> QuotePdf:
    """One typesetter for all."""
    return QuotePdf(Typesetter())


def document(*lines: LineRequest, **seller: Any) -> QuoteDocument:
    """A version of these lines (one part, if none), as it is sent."""
    terms = replace(TERMS, discount=DiscountRequest(reason="Repeat order", rate="0.05"))
    return document_of(content(*(lines or (replace(LINE, tax_rate="0.19"),)), terms=terms), **seller)


def document_of(sent: VersionContent, **seller: Any) -> QuoteDocument:
    """The document of that content."""
    offer = Offer(
        number="Q-2026-00012",
        version=2,
        customer_name="Harker Hydraulics Ltd",
        addressee=Addressee(address=(), tax_id=None, contact=None),
        in_charge=None,
        seller=letterhead({**SELLER, **seller}),
        sheet=offer_sheet(sent),
        ordered=None,
        valid_until=VALID_UNTIL,
        reader_zone="Europe/Berlin",
        time_zone="Europe/Berlin",
        sent_at=SENT_AT,
        sent_until=VALID_UNTIL,
    )
    return QuoteDocument(offer=offer, content_hash=sent.content_hash)


def pages(data: bytes) -> Iterator[str]:
    """The text of each page, in one line."""
    opened = pypdfium2.PdfDocument(data)
    try:
        for number in range(len(opened)):
            page = opened[number]
            text = page.get_textpage()
            yield re.sub(r"[ \r\n]+", " ", text.get_text_range()).strip()
            text.close()
            page.close()
    finally:
        opened.close()


def size(data: bytes) -> tuple[int, int]:
    """Width and height of the first page in points."""
    opened = pypdfium2.PdfDocument(data)
    try:
        page = opened[0]
        found = (round(page.get_width()), round(page.get_height()))
        page.close()
        return found
    finally:
        opened.close()


def png(width: int = 4, height: int = 4) -> str:
    """A logo: a small grey PNG as data URI."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(height)))
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(data).decode()


def test_it_says_all_that_a_customer_needs(pdf: QuotePdf) -> None:
    """Seller, customer, number, lines, other quantities, discount, tax, total, validity with zone, terms, pages."""
    made = document(replace(LINE, tax_rate="0.19"), replace(DELIVERY, tax_rate="0.19"))
    [text] = pages(pdf.quote(made))
    for said in (
        "Keller Präzision GmbH",
        "Werkstraße 12",
        "Harker Hydraulics Ltd",
        "Quote Q-2026-00012",
        "26 November 2026",
        "Thursday, 24 December 2026, 23:59 CET (Europe/Berlin)",
        "Bearing block",
        "BP-1, revision B",
        "Aluminium, CNC machined, 100 × 50 × 20 mm",
        "Standard service, ready in 10 working days",
        "Delivery",
        "Other quantities",
        "Discount: 5 %, Repeat order",
        "Tax 19 % on",
        made.offer.sheet.price,
        "Net 30 days from delivery.",
        "Tax ID DE 812 345 678",
        "Page 1 of 1",
        made.content_hash,
    ):
        assert said in text, said


def test_equal_input_makes_equal_bytes(pdf: QuotePdf) -> None:
    """Also in another typesetter, as after a restart; another input does not."""
    first = pdf.quote(document())
    assert pdf.quote(document()) == first
    assert QuotePdf(Typesetter()).quote(document()) == first
    other = document()
    assert pdf.quote(replace(other, offer=replace(other.offer, version=3))) != first


def test_it_is_tagged_and_declares_its_standards(pdf: QuotePdf) -> None:
    """PDF/A-3a, PDF/UA-1, title, and that it is in English, whatever a seller from before says: the metadata is not
    compressed in an archive's PDF.
    """
    data = pdf.quote(document(language="de"))
    for declared in (
        b"<pdfaid:part>3</pdfaid:part>",
        b"<pdfaid:conformance>A</pdfaid:conformance>",
        b"<pdfuaid:part>1</pdfuaid:part>",
        b"Quote Q-2026-00012, version 2",
        b"<dc:language><rdf:Bag><rdf:li>en</rdf:li>",
    ):
        assert declared in data, declared


SCRIPTS = {
    "Latin, Greek, Cyrillic": "Łódź Ångström Ελληνικά Кириллица Đorđević",
    "Hebrew": "חברת הנדסה",
    "Arabic": "شركة الخليج للصناعات",
    "Devanagari": "भारत यंत्र निर्माण क्षेत्र ज्ञान",
    "Thai": "บริษัท สยามเครื่องกล",
    "Japanese": "山田精密工業株式会社 ブロック",
    "Chinese": "深圳市精密机械有限公司",
    "Korean": "주식회사 한국정밀기계",
}
FAMILIES = {
    "Hebrew": "LibertinusSerif",
    "Arabic": "NotoSansArabic",
    "Devanagari": "NotoSansDevanagari",
    "Thai": "NotoSansThai",
    "Japanese": "NotoSansCJK",
    "Chinese": "NotoSansCJK",
    "Korean": "NotoSansCJK",
}


def fonts_of(data: bytes, letters: str) -> set[str]:
    """The fonts that characters of the first page are set in, of those asked for; one without a glyph has none."""
    opened = pypdfium2.PdfDocument(data)
    try:
        page = opened[0]
        text = page.get_textpage()
        found = set()
        for index in range(text.count_chars()):
            if text.get_text_range(index, 1) in letters:
                name = ctypes.create_string_buffer(200)
                pypdfium2.raw.FPDFText_GetFontInfo(text, index, name, len(name), None)
                found.add(name.value.decode())
        text.close()
        page.close()
        return found
    finally:
        opened.close()


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_is_set_in_a_text_font_of_its_own(pdf: QuotePdf, script: str) -> None:
    """The letters are the letters they are, in a font that is made for them, and there is no box."""
    words = SCRIPTS[script]
    made = document(replace(LINE, description=words))
    data = pdf.quote(replace(made, offer=replace(made.offer, customer_name=words)))
    [text] = pages(data)
    assert SQUARE not in text
    family = FAMILIES.get(script, "LibertinusSerif")
    found = fonts_of(data, words.replace(" ", ""))
    assert found, text
    assert all(family in name for name in found), found
    if script not in {"Hebrew", "Arabic", "Devanagari", "Thai"}:  # PDFium tells these in pieces
        assert words in text


def test_a_part_number_in_a_text_from_right_to_left_is_not_turned(pdf: QuotePdf) -> None:
    """Left alone, "6061-T6" would be read as "T6-6061"."""
    data = pdf.quote(document(replace(LINE, description="قطعة غيار 6061-T6")))
    opened = pypdfium2.PdfDocument(data)
    text = opened[0].get_textpage()
    at = text.get_text_range().index("6061")
    left, right = text.get_charbox(at)[0], text.get_charbox(text.get_text_range().index("T6"))[0]
    text.close()
    opened.close()
    assert left < right


def test_pages_from_the_second_on_say_what_they_are_part_of(pdf: QuotePdf) -> None:
    """Number and version in the head, and the page in the foot."""
    lines = [replace(LINE, position=n) for n in range(1, 20)]
    first, *others = pages(pdf.quote(document(*lines)))
    assert not first.startswith("Quote Q-")
    for number, text in enumerate(others, start=2):
        assert text.startswith("Quote Q-2026-00012, version 2 ")
        assert f"Page {number} of {len(others) + 1}" in text


def test_a_character_without_a_glyph_is_a_square(pdf: QuotePdf) -> None:
    """A customer named in another script still gets the document; what can be shown is shown."""
    made = document(replace(LINE, description="Gehäuse ꦱꦸꦫ \N{GRINNING FACE} Ω"))
    [text] = pages(pdf.quote(made))
    assert "Gehäuse □□□ □ Ω" in text or "Gehäuse □□ □ Ω" in text
    assert pdf.quote(made) == QuotePdf(Typesetter()).quote(made)


@pytest.mark.parametrize(("paper", "points"), [("a4", (595, 842)), ("letter", (612, 792))])
def test_it_fits_the_sellers_paper(pdf: QuotePdf, paper: str, points: tuple[int, int]) -> None:
    """A4 or Letter, by the seller's setting."""
    made = document(paper=paper)
    assert made.offer.seller.paper is Paper(paper)
    assert size(pdf.quote(made)) == points


def test_many_lines_flow_over_pages(pdf: QuotePdf) -> None:
    """100 lines: a heading and a number on every page, no line torn apart, the total once."""
    lines = [replace(LINE, position=n, description=f"Part number {n}") for n in range(1, 101)]
    made = document(*lines)
    found = list(pages(pdf.quote(made)))
    assert len(found) > 4
    for number, text in enumerate(found, start=1):
        assert f"Page {number} of {len(found)}" in text
    whole = " ".join(found)
    assert whole.count(f"Total {made.offer.sheet.total}") == 1
    for page in found:
        for n in range(1, 101):
            at = page.find(f"Part number {n} ")
            if at >= 0 and "Other quantities" not in whole[: whole.find(page) + at]:
                assert "ready in 10 working days" in page[at:], n


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_people_are_never_source(pdf: QuotePdf, text: str) -> None:
    """Typst code, markup and control characters in every text are shown, not run; nothing fails."""
    made = document(
        replace(LINE, description=text, part_number=text, part_revision=text),
        name=text,
        address=[text],
        terms=text,
        tax_id=text,
        phone=text,
        email=text,
    )
    offer = replace(made.offer, customer_name=made.offer.seller.name)
    whole = "".join(pages(pdf.quote(replace(made, offer=offer))))
    assert "root:x:0:0" not in whole
    if text.startswith("#read"):
        assert '#read("/etc/passwd")' in whole


def test_nothing_internal_is_in_the_document(pdf: QuotePdf) -> None:
    """No override, reason, computed price or note; the breakdown's words are nowhere."""
    made = document_of(content(replace(LINE, override=CHEAPER), terms=replace(TERMS, notes="Secret note")))
    whole = " ".join(pages(pdf.quote(made)))
    for hidden in (
        "Matched a competitor",
        "213.06",
        "4\u202f261.23",
        "Secret note",
        "margin",
        "overhead",
        "key:anna",
    ):
        assert hidden not in whole


@pytest.mark.parametrize("width", [4, 60, 900])
def test_a_logo_is_drawn_whole_however_wide_it_is(width: int, pdf: QuotePdf) -> None:
    """Within the margins and in its own proportions, at most 14 mm high."""
    opened = pypdfium2.PdfDocument(pdf.quote(document(logo=png(width, 4))))
    try:
        page = opened[0]
        [picture] = page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])
        left, bottom, right, top = picture.get_bounds()
        margin = 15 / 25.4 * 72
        assert margin < left < right < page.get_width() - margin
        page.close()
    finally:
        opened.close()
    assert (right - left) / (top - bottom) == pytest.approx(width / 4, rel=0.01)
    assert top - bottom <= 14 / 25.4 * 72 + 0.01


def test_a_logo_is_drawn_and_a_broken_one_left_out(pdf: QuotePdf) -> None:
    """A PNG becomes part of the bytes; what cannot be drawn must hold up no quote."""
    plain = pdf.quote(document())
    assert b"/Subtype/Image" in pdf.quote(document(logo=png())).replace(b" ", b"")
    broken = base64.b64encode(b"\x89PNG\r\n\x1a\nnot a picture").decode()
    for logo in (
        "data:image/svg+xml;base64,AAAA",
        f"data:image/png;base64,{broken}",
        "data:image/png;base64,*",
    ):
        assert pdf.quote(document(logo=logo)) == plain
    image = image_bytes(png())
    assert image is not None
    assert media_type(image) == "image/png"
    assert media_type(b"\xff\xd8\xff") == "image/jpeg"
    assert image_bytes("https://example.com/logo.png") is None


def test_the_heading_has_the_sellers_colour(pdf: QuotePdf) -> None:
    """The seller's accent changes the bytes; without one it is the default."""
    plain = pdf.quote(document())
    assert pdf.quote(document(accent="#7a1f1f")) != plain
    assert pdf.quote(document(accent=ACCENT)) == plain


def test_templates_ask_for_nothing_from_elsewhere() -> None:
    """No package, no file but the templates' own and the two that are given; a template that fails says where."""
    for template in TEMPLATES.glob("*.typ"):
        source = template.read_text()
        assert "@preview" not in source
        assert set(re.findall(r"(?:read|image|plugin)\([^,)]*", source)) <= {'read("logo"', 'read("original"'}
    with pytest.raises(DocumentError, match="absent"):
        Typesetter().set("absent.typ", {}, dated=SENT_AT)


@pytest.mark.parametrize(
    ("service", "lead_time", "told"),
    [
        ("Standard", "10 working days", "Standard service, ready in 10 working days"),
        ("Standard", None, "Standard service"),
        (None, "10 working days", "Ready in 10 working days"),
    ],
)
def test_service_and_lead_time_stand_alone_too(
    pdf: QuotePdf, service: str | None, lead_time: str | None, told: str
) -> None:
    """Each is told where it is known, as on the customer's page."""
    made = document()
    line = replace(made.offer.sheet.lines[0], service=service, lead_time=lead_time)
    offer = replace(made.offer, sheet=replace(made.offer.sheet, lines=(line,)))
    [text] = pages(pdf.quote(replace(made, offer=offer)))
    assert told in text
    assert ("eady in" in text, "service" in text) == (lead_time is not None, service is not None)
