"""A document that was not sent: marked, made one at a time, and by what is loaded for the first one alone."""

import asyncio
import ctypes
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]
import pytest

from adapters.pdf.drafts import DraftFailedError, DraftPdf, DraftsBusyError
from adapters.pdf.quotes import QuotePdf
from adapters.pdf.typesetter import DocumentError, Typesetter
from domain.presentation.document import QuoteDocument
from domain.presentation.preview import DRAFT
from tests.unit.pdf.test_quote_pdf import document, pages
from tests.unit.quotes.test_priced import LINE


class HeldPdf:
    """Sets nothing before it is let go; counts how many are at it together."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.together, self.most = 0, 0

    def quote(self, _document: QuoteDocument) -> bytes:
        self.together += 1
        self.most = max(self.most, self.together)
        self.go.wait(60)
        self.together -= 1
        return b"%PDF"


def drafts(pdf: Any, most_seconds: float = 60) -> DraftPdf:
    """With that typesetter."""
    made = DraftPdf(most_seconds)
    made._pdf = cast("QuotePdf", pdf)
    return made


async def test_one_is_set_at_a_time() -> None:
    """The others wait for their turn."""
    held = HeldPdf()
    made = drafts(held)
    asked = [asyncio.create_task(made.quote(document())) for _ in range(3)]
    held.go.set()
    assert await asyncio.gather(*asked) == [b"%PDF"] * 3
    assert held.most == 1


async def test_beyond_the_limit_nobody_waits_and_nothing_is_set_beside_it() -> None:
    """Who asked first and who waits get the same answer; the turn is free once the thread is done."""
    held = HeldPdf()
    made = drafts(held, 0.05)
    for _ in range(2):
        with pytest.raises(DraftsBusyError):
            await made.quote(document())
    assert held.together == 1
    held.go.set()
    made._most_seconds = 60
    assert await made.quote(document()) == b"%PDF"
    assert held.most == 1


async def test_one_that_cannot_be_set_frees_the_turn() -> None:
    """And says why, in words that may be logged."""

    class Broken:
        def quote(self, _document: QuoteDocument) -> bytes:
            raise DocumentError("what somebody wrote", reason="its template failed")

    made = drafts(Broken())
    for _ in range(2):
        with pytest.raises(DraftFailedError, match=r"^its template failed$"):
            await made.quote(document())


def test_the_api_loads_no_typesetter_before_it_is_asked() -> None:
    """It takes half a second, and memory for its fonts."""
    code = "import sys, api.app; api.app.create_app(); print('typst' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


async def test_every_page_is_marked_by_an_artifact() -> None:
    """The watermark is nothing that is read aloud, and the document is tagged as ever."""
    lines = [replace(LINE, tax_rate="0.19")] * 12
    letter = document(*lines)
    sent = QuotePdf(Typesetter()).quote(letter)
    draft = await DraftPdf().quote(replace(letter, watermark=DRAFT))
    assert [page.replace(DRAFT, "").strip() for page in pages(draft)] == [*pages(sent)]
    assert [*marks(draft)] == [{"Artifact"}] * len([*pages(sent)])
    assert len([*marks(draft)]) > 1
    assert [*marks(sent)] == [set()] * len([*pages(sent)])
    for declared in (b"<pdfuaid:part>1</pdfuaid:part>", b"DRAFT: Quote Q-2026-00012, version 2"):
        assert declared in draft
        assert (declared in sent) is (b"DRAFT" not in declared)


def marks(data: bytes) -> Iterator[set[str]]:
    """For each page how its watermark is marked; nothing where there is none."""
    opened = pypdfium2.PdfDocument(data)
    for page in opened:
        text = page.get_textpage()
        found: set[str] = set()
        for each in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
            if text_of(each, text) == DRAFT:
                found |= {
                    mark_name(pdfium.FPDFPageObj_GetMark(each.raw, number))
                    for number in range(pdfium.FPDFPageObj_CountMarks(each.raw))
                }
        yield found
        text.close()
        page.close()
    opened.close()


def text_of(each: Any, page: Any) -> str:
    """The letters of a text object."""
    buffer = (ctypes.c_ushort * 100)()
    pdfium.FPDFTextObj_GetText(each.raw, page.raw, buffer, 200)
    return bytes(buffer).decode("utf-16-le").partition("\0")[0].strip()


def mark_name(mark: Any) -> str:
    """What a content mark says."""
    buffer, length = (ctypes.c_ushort * 100)(), ctypes.c_ulong()
    pdfium.FPDFPageObjMark_GetName(mark, buffer, 200, length)
    return bytes(buffer)[: length.value].decode("utf-16-le").rstrip("\0")
