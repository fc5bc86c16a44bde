"""Quotes as CSV (RFC 4180, UTF-8 with a mark by which Excel knows it) that no spreadsheet takes for formulas."""

import csv
import io
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from adapters.db.database import Database
from adapters.db.quotes.repository import PgQuotes
from api.desk.quotes.listed.asked import ListAsked
from domain import wording
from domain.quotes.notices import DeliveryState
from domain.quotes.record import ListedQuote

MOST_ROWS: Final = 50_000
"""Of one file. The last line of one that was cut says so."""
_AT_ONCE: Final = 500
_MARK: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
# Where a cell may begin: also behind each character at which a spreadsheet set to another separator would begin one, for a
# quotation mark in the middle of what it takes for a cell keeps nothing together. The full-width forms count as the plain ones.
_FORMULA: Final = re.compile(r"(^|[,;|\t\r\n\"])([\s\x00-\x1f\ufeff]*)(?=[=+\-@\uff0b\uff0d\uff1d\uff20])")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]+")


def safe(text: str) -> str:
    """A cell that is read as text, or as the number that it is: an apostrophe stands before what would begin a formula, and
    control characters (tabs and line breaks too) are spaces.
    """
    if _NUMBER.fullmatch(text):
        return text
    return _FORMULA.sub(r"\1\2'", _CONTROLS.sub(" ", text))


@dataclass(frozen=True, slots=True)
class CsvForm:
    """How a spreadsheet wants numbers, and cells apart: those with a decimal comma take a comma for no separator."""

    separator: str
    decimal: str


FORMS: Final = {"point": CsvForm(",", "."), "comma": CsvForm(";", ",")}
"""By the character that a spreadsheet has in decimal numbers."""


async def csv_of(
    database: Database, asked: ListAsked, zone: str, form: CsvForm = FORMS["point"]
) -> AsyncIterator[bytes]:
    """All quotes of a list from its beginning, some at a time; none twice, though some may change meanwhile.

    Raises DatabaseUnavailableError, after which the file has no end.
    """
    yield (_MARK + _lines([_heads(zone)], form)).encode()
    seen: set[str] = set()
    after = None
    while True:
        async with database.read() as reading:
            found = await PgQuotes(reading).rows(asked.filters, asked.sorting, limit=_AT_ONCE, after=after)
        new = [quote for quote in found if quote.id not in seen][: MOST_ROWS - len(seen)]
        seen |= {quote.id for quote in new}
        yield _lines([_cells(quote, zone) for quote in new], form).encode()
        if len(found) < _AT_ONCE:
            return
        if len(seen) >= MOST_ROWS:
            yield _lines([[_CUT]], form).encode()
            return
        after = asked.sorting.place_of(found[-1])


def _lines(rows: Sequence[Sequence[str | Decimal]], form: CsvForm = FORMS["point"]) -> str:
    text = io.StringIO()
    cells = [
        [
            safe(cell) if isinstance(cell, str) else format(cell, "f").replace(".", form.decimal)
            for cell in row
        ]
        for row in rows
    ]
    csv.writer(text, delimiter=form.separator, lineterminator="\r\n").writerows(cells)
    return text.getvalue()


def _heads(zone: str) -> list[str]:
    return [
        *("Number", "Status", "Version", "Customer", "Total", "Currency"),
        *(f"{name} ({zone})" for name in ("Valid until", "Created", "Sent", "Decided", "Changed")),
        *("Owner", "External id", "Emails", "Emails: why"),
    ]


def _cells(quote: ListedQuote, zone: str) -> list[str | Decimal]:
    return [
        quote.number,
        "in revision" if quote.is_in_revision else str(quote.status),
        str(quote.current_version),
        quote.customer_name,
        quote.price.amount,
        quote.price.currency,
        *(
            _local(at, zone)
            for at in (quote.valid_until, quote.created_at, quote.sent_at, quote.decided_at, quote.updated_at)
        ),
        quote.owner or "",
        quote.external_id or "",
        "" if quote.delivery.state is DeliveryState.OK else str(quote.delivery.state),
        quote.delivery.reason or "",
    ]


def _local(at: datetime | None, zone: str) -> str:
    return wording.for_spreadsheets(at, zone) if at else ""


_CUT: Final = (
    f"Cut off after {wording.number(MOST_ROWS)} quotes. Narrow the filters of the list to export the rest."
)
