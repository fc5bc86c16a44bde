"""`firm-offer verify`."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.db.database import Database
from adapters.db.quotes.verification import all_records, find_record, find_record_by_number, lost_quotes
from cli.input.arguments import is_id, no_such_quote
from cli.local.errors import StackError
from cli.proof.checkpoint import prove_against, read_against
from cli.settings import load_database_url, on_record
from domain.canonical import is_sha256
from domain.instants import stored
from domain.proof.checkpoint import Ledger, changed_since
from domain.proof.forgotten import seals
from domain.proof.mismatch import Mismatch
from domain.proof.stored import QuoteRecord
from domain.proof.verify import verify as compare

if TYPE_CHECKING:
    from activities.documents import Compared, Documents


@dataclass
class Report:
    """What was looked at, and the first thing that does not match of each quote where something does not. `tip` and
    `ledger` are what was kept elsewhere; `held` is where the chain has the tip.
    `forgotten` is what was blanked because a person was to be forgotten. `documents` were set again, and of these `incomparable` by another edition of the program.
    """

    quotes: int = 0
    events: int = 0
    versions: int = 0
    broken: list[dict[str, Any]] = field(default_factory=list)
    tip: str | None = None
    ledger: Ledger | None = None
    held: dict[str, Any] = field(default_factory=dict)
    forgotten: list[dict[str, Any]] = field(default_factory=list)
    documents: int = 0
    incomparable: int = 0

    def add(self, record: QuoteRecord, again: "Compared | None" = None) -> list[str]:
        """Look at one quote, whose documents have been set `again`; in words what was blanked, and what does not match."""
        self.quotes += 1
        self.events += len(record.events)
        self.versions += len(record.versions)
        if again is not None:
            self.documents += len(record.documents)
            self.incomparable += again.incomparable
        found = [*compare(record), *(again.mismatches if again else ()), *self._elsewhere(record)]
        blanked = seals(record.events)
        self.forgotten += [
            {"number": record.number, **asdict(seal), "at": stored(seal.at)} for seal in blanked
        ]
        wrong = self.note(record.number, record.quote_id, found)
        return [*(f"{record.number}: {seal}" for seal in blanked), *([wrong] if wrong else [])]

    def _elsewhere(self, record: QuoteRecord) -> Iterator[Mismatch]:
        """What was kept elsewhere and is not in the chain."""
        if self.ledger is not None:
            anchors = [anchor for anchor in self.ledger.anchors if anchor.number == record.number]
            hashes = {event.sequence: event.hash for event in record.events}
            yield from changed_since(anchors, {record.number: hashes}).values()
        if self.tip is not None:
            event = next((event for event in record.events if event.hash == self.tip), None)
            if event is None:
                what = "no event of it has the hash that you hold"
                yield Mismatch(place="the chain", what=what, expected=self.tip, found="none")
            else:
                self.held = {"event": event.sequence, "type": event.type, "at": stored(event.at)}

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

    def to_data(self, quote: str | None) -> dict[str, Any]:
        """As JSON: beside what was looked at, what was asked for of what was kept elsewhere."""
        data: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("quotes", "events", "versions", "documents", "incomparable", "forgotten", "broken")
        }
        if self.tip is not None:
            data["tip"] = self.held or None
        if self.ledger is not None and quote is not None:
            data["inclusion"] = self.ledger.inclusion(quote)
        return data

    def summary(self) -> str:
        """The last line."""
        looked = f"{self.quotes} quote(s), {self.events} event(s), {self.versions} version(s) checked"
        found = f"mismatches in {len(self.broken)} quote(s)" if self.broken else "everything matches"
        apart = (
            f", {self.incomparable} of them not comparable: made by another version, or blanked"
            if self.incomparable
            else ""
        )
        again = f" {self.documents} document(s) set again{apart}." if self.documents else ""
        gone = f" {len(self.forgotten)} row(s) are blank for forgotten persons." if self.forgotten else ""
        return f"{looked}: {found}.{gone}{again}"


def verify(
    quote: Annotated[
        str | None, typer.Argument(help="A quote's number (Q-2026-00012) or id; without it, all quotes.")
    ] = None,
    *,
    against: Annotated[
        Path | None,
        typer.Option(help="Compare with the checkpoints in this file (`firm-offer checkpoint --out`)."),
    ] = None,
    public_key: Annotated[
        str | None, typer.Option(help="The key that must have signed them, as you noted it down: 64 digits.")
    ] = None,
    tip: Annotated[
        str | None,
        typer.Option(help="A hash of this quote's log, as an acceptance's certificate or email has it."),
    ] = None,
    skip_documents: Annotated[
        bool,
        typer.Option("--skip-documents", help="Do not set documents again, which takes most of the time."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="The local stack's data directory.")] = None,
) -> None:
    url, ledger = load_database_url(data_dir), read_against(against, public_key) if against else None
    if tip is not None and (quote is None or not is_sha256(tip)):
        raise StackError("--tip wants the quote's number before it, and behind it the 64 digits of the hash.")
    if ledger is not None and quote is None:
        if not prove_against(url, ledger, as_json=as_json):
            raise typer.Exit(1)
        return
    report = Report(tip=tip, ledger=ledger)
    on_record(url, partial(prove, report, quote, tell=not as_json, set_again=not skip_documents))
    if as_json:
        typer.echo(json.dumps(report.to_data(quote), indent=2))
    else:
        if report.held:
            typer.echo("Event {event} ({type}) of {at} has the hash that you hold.".format(**report.held))
        typer.echo(report.summary())
    if report.broken:
        raise typer.Exit(1)


async def prove(
    report: Report, quote: str | None, database: Database, *, tell: bool, set_again: bool = False
) -> None:
    """Look at one quote, or at all; with `tell` what does not match is printed as soon as it is found, with `set_again`
    documents are set again from the record.

    Raises `StackError` where there is no such quote.
    """
    async for line in _lines(database, report, quote, _setter(database) if set_again else None):
        if tell:
            typer.echo(line)


def _setter(database: Database) -> "Documents":
    # Slow to import, and nobody else's here.
    from activities.documents import Documents  # noqa: PLC0415
    from adapters.pdf.quotes import QuotePdf  # noqa: PLC0415
    from adapters.pdf.typesetter import Typesetter  # noqa: PLC0415

    return Documents(database, QuotePdf(Typesetter()))


async def _lines(
    database: Database, report: Report, quote: str | None, setter: "Documents | None"
) -> AsyncIterator[str]:
    """What does not match, told as soon as it is found."""
    if quote is not None:
        record = await _one(database, quote)
        if record is None and report.ledger is not None and quote in report.ledger.tips:
            missing = changed_since([report.ledger.tips[quote]], {}).values()
            if line := report.note(quote, "", [*missing]):
                yield line
        elif record is None:
            raise StackError(no_such_quote(quote))
        else:
            for line in report.add(record, await setter.compare(record) if setter else None):
                yield line
        return
    async for record in all_records(database):
        for line in report.add(record, await setter.compare(record) if setter else None):
            yield line
    gone = Mismatch(place="the quote", what="the inbox says that it was created, but it has no record")
    async with database.read() as r:
        for lost in await lost_quotes(r):
            if line := report.note(lost.number, lost.quote_id, [gone]):
                yield line


async def _one(database: Database, quote: str) -> QuoteRecord | None:
    async with database.read() as r:
        return await (find_record(r, quote) if is_id(quote) else find_record_by_number(r, quote))
