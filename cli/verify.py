"""`firm-offer verify`."""

import json
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.db.database import Database
from adapters.db.quotes.verification import all_records, find_record, find_record_by_number, lost_quotes
from cli.input.arguments import is_id, no_such_quote
from cli.local.errors import StackError
from cli.settings import load_database_url, on_record
from domain.proof.mismatch import Mismatch
from domain.proof.stored import QuoteRecord
from domain.proof.verify import verify as compare


@dataclass
class Report:
    """What was looked at, and the first thing that does not match of each quote where something does not."""

    quotes: int = 0
    events: int = 0
    versions: int = 0
    broken: list[dict[str, Any]] = field(default_factory=list)

    def add(self, record: QuoteRecord) -> str | None:
        """Look at one quote; in words what does not match."""
        self.quotes += 1
        self.events += len(record.events)
        self.versions += len(record.versions)
        return self.note(record.number, record.quote_id, compare(record))

    def note(self, number: str, quote_id: str, found: list[Mismatch]) -> str | None:
        """The first mismatch counts; the others may follow from it."""
        if not found:
            return None
        first, more = found[0], len(found) - 1
        text = str(first) + (f"; and {more} more that may follow from it" if more else "")
        self.broken.append(
            {"number": number, "quote_id": quote_id, **asdict(first), "text": str(first), "more": more}
        )
        return f"{number}: {text}"

    def summary(self) -> str:
        """The last line."""
        looked = f"{self.quotes} quote(s), {self.events} event(s), {self.versions} version(s) checked"
        return f"{looked}: {f'mismatches in {len(self.broken)} quote(s)' if self.broken else 'everything matches'}."


def verify(
    quote: Annotated[
        str | None, typer.Argument(help="A quote's number (Q-2026-00012) or id; without it, all quotes.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="The local stack's data directory.")] = None,
) -> None:
    report = Report()
    on_record(load_database_url(data_dir), partial(prove, report, quote, tell=not as_json))
    if as_json:
        typer.echo(json.dumps(asdict(report), indent=2))
    else:
        typer.echo(report.summary())
    if report.broken:
        raise typer.Exit(1)


async def prove(report: Report, quote: str | None, database: Database, *, tell: bool) -> None:
    """Look at one quote, or at all; with `tell` what does not match is printed as soon as it is found.

    Raises `StackError` where there is no such quote.
    """
    async for line in _lines(database, report, quote):
        if tell:
            typer.echo(line)


async def _lines(database: Database, report: Report, quote: str | None) -> AsyncIterator[str]:
    """What does not match, told as soon as it is found."""
    if quote is not None:
        if line := report.add(await _one(database, quote)):
            yield line
        return
    async for record in all_records(database):
        if line := report.add(record):
            yield line
    gone = Mismatch(place="the quote", what="the inbox says that it was created, but it has no record")
    async with database.read() as r:
        for lost in await lost_quotes(r):
            if line := report.note(lost.number, lost.quote_id, [gone]):
                yield line


async def _one(database: Database, quote: str) -> QuoteRecord:
    async with database.read() as r:
        found = await (find_record(r, quote) if is_id(quote) else find_record_by_number(r, quote))
    if found is None:
        raise StackError(no_such_quote(quote))
    return found
