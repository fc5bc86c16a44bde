"""How long a quote's PDF takes, warm: one page, ten, and the longest, and whether equal input makes equal bytes."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median
from typing import Final

from adapters.pdf.quotes import QuotePdf
from adapters.pdf.typesetter import Typesetter
from api.v1.quotes.lines import MAX_LINES
from domain.offer.line_price import StoredCalculation
from domain.offer.line_request import LineRequest
from domain.offer.version import Terms, version_content
from domain.presentation.document import QuoteDocument
from domain.presentation.letterhead import letterhead
from domain.presentation.offer import Addressee, Offer
from domain.presentation.sheet import offer_sheet
from domain.pricing import DEFAULT_RATE_CARD, calculate, calculation_to_data
from tests.bench.figures import Figure, Goal
from tests.unit.pricing.parts import EXAMPLE as PART

_PAGES: Final = {"one page": 2, "ten pages": 66, "500 lines": MAX_LINES}
_SELLER: Final = {
    "name": "Keller Präzision GmbH",
    "address": ["Werkstraße 12", "71229 Leonberg"],
    "email": "angebote@keller-praezision.example",
    "terms": "Net 30 days from delivery.",
}


async def documents(*, count: int) -> list[Figure]:
    """The median of `count` documents each, every one of another number, so that nothing is remembered whole."""
    pdf = QuotePdf(Typesetter())
    figures = []
    for what, lines in _PAGES.items():
        document = _document(lines)
        first = pdf.quote(document)
        milliseconds = []
        for number in range(count):
            began = time.perf_counter()
            offer = replace(document.offer, number=f"Q-2026-{number:05}")
            pdf.quote(replace(document, offer=offer))
            milliseconds.append(1000 * (time.perf_counter() - began))
        note = (
            "equal input made equal bytes" if pdf.quote(document) == first else "BYTES DIFFER for equal input"
        )
        goal = Goal(matter="PDF", at_most=15) if lines == _PAGES["one page"] else None
        figures.append(
            Figure(
                what=f"PDF, {what}, p50", product=median(milliseconds), unit="ms", goal=goal, notes=(note,)
            )
        )
    return figures


def _document(lines: int) -> QuoteDocument:
    calculation = StoredCalculation(
        id="c", rate_card_id="card", data=calculation_to_data(calculate(PART, DEFAULT_RATE_CARD))
    )
    asked = [LineRequest(position=n, description=f"Bearing block {n}") for n in range(1, lines + 1)]
    terms = Terms(customer_tier="standard", currency="EUR")
    content = version_content([(line, calculation) for line in asked], terms)
    sent_at = datetime(2026, 11, 26, 9, tzinfo=UTC)
    valid_until = datetime(2026, 12, 24, 22, 59, 59, tzinfo=UTC)
    offer = Offer(
        number="Q-2026-00012",
        version=1,
        customer_name="Harker Hydraulics Ltd",
        addressee=Addressee(address=(), tax_id=None, contact=None),
        in_charge=None,
        seller=letterhead(_SELLER),
        sheet=offer_sheet(content),
        ordered=None,
        valid_until=valid_until,
        reader_zone="Europe/Berlin",
        time_zone="Europe/Berlin",
        sent_at=sent_at,
        sent_until=valid_until,
    )
    return QuoteDocument(offer=offer, content_hash=content.content_hash)
