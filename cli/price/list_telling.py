"""What `firm-offer quote` prints, and the customer's own rows with prices beside them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cli.price.parts import visible
from domain import wording
from domain.offer.parts_lists.columns import ListColumn
from domain.offer.parts_lists.grid import Grid
from domain.offer.parts_lists.part_rows import PartRow, RowKind
from domain.offer.parts_lists.reading import ListReading
from domain.offer.parts_lists.words import IGNORED, letters, shown

_OPTIONS: Final = {
    "map": "--map HEADING=FIELD",
    "units": "--unit HEADING=UNIT (or '*=UNIT' for all)",
    "decimal": "--decimal",
    "defaults": "--default FIELD=VALUE",
    "materials": "--material WORD=NAME",
    "processes": "--process WORD=NAME",
    "quantities": "--quantities",
}
_MOST_ROWS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPrice:
    """What a row costs; money as text, working days. `to_confirm` are codes and messages of what has to be confirmed before
    that price goes out.
    """

    unit_price: str
    total: str
    currency: str
    lead_time_days: int | None
    to_confirm: tuple[tuple[str, str], ...] = ()


RowPrices = Mapping[int, RowPrice]
"""By the row's number in the file."""


def words(reading: ListReading) -> Iterator[str]:
    """The reading for a person, line by line, with nothing in it that a terminal would act on."""
    source = reading.source
    told = [
        source.format.upper(),
        source.encoding,
        f"separated by {_NAMES.get(source.delimiter or '')}" if source.delimiter else None,
    ]
    told.append(f"sheet {shown(source.sheet)}" if source.sheet else None)
    yield f"Read as {', '.join(each for each in told if each)}{' (assumed)' if source.assumed else ''}."
    for column in reading.columns:
        if column.heading or column.field:
            yield f"  {letters(column.index):>3}  {_column(column)}"
    yield visible(reading.summary)
    for row in reading.open[:_MOST_ROWS]:
        yield visible(f"row {row.number}: {'; '.join(_problem(row))}")
    if len(reading.open) > _MOST_ROWS:
        yield f"and {len(reading.open) - _MOST_ROWS} more rows with something open"
    for row in reading.parts:
        for remark in row.remarks:
            yield visible(f"row {row.number}: {remark.field} {remark.message}")
    for question in reading.questions:
        yield visible(f"To answer by {_OPTIONS[question.answer]}: {question.message}")
        if question.allowed:
            yield visible(f"    one of {', '.join(question.allowed)}")


_NAMES: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def _column(column: ListColumn) -> str:
    heading = visible(shown(column.heading, 40))
    if column.field is None:
        return f"{heading}: not understood{', but it has sizes' if column.has_sides else ''}"
    if column.field == IGNORED:
        return f"{heading}: not needed"
    unit = f" in {column.unit}" if column.unit else ""
    guess = f" (a guess, {column.score:.2f})" if column.is_guess else ""
    return f"{heading} = {column.field}{unit}{guess}{' with sizes (a guess)' if column.has_sides else ''}"


def _problem(row: PartRow) -> Iterator[str]:
    for problem in row.problems:
        yield f"{problem.field} {problem.message} ({problem.code})"


def as_json(reading: ListReading, prices: RowPrices, quote: Mapping[str, str] | None) -> str:
    """The same for a program, in ASCII."""
    rows = [_row(row, prices.get(row.number)) for row in reading.rows]
    questions = [
        {
            "answer": each.answer,
            "message": each.message,
            "keys": each.keys,
            "allowed": each.allowed,
            "rows": each.rows,
        }
        for each in reading.questions
    ]
    columns = [
        {
            "column": letters(each.index),
            "heading": each.heading,
            "field": each.field,
            "score": each.score,
            "unit": each.unit,
        }
        for each in reading.columns
    ]
    told = {
        "summary": reading.summary,
        "quote": quote,
        "columns": columns,
        "questions": questions,
        "rows": rows,
    }
    return json.dumps(told, indent=1)


def _row(row: PartRow, price: RowPrice | None) -> dict[str, Any]:
    priced: dict[str, Any] = (
        {"unit_price": price.unit_price, "total": price.total, "currency": price.currency} if price else {}
    )
    if price and price.to_confirm:
        priced["to_confirm"] = [{"code": code, "message": message} for code, message in price.to_confirm]
    problems = [{"field": each.field, "code": each.code, "message": each.message} for each in row.problems]
    return {
        "row": row.number,
        "kind": row.kind,
        "description": row.description,
        **priced,
        "problems": problems,
    }


_BESIDE: Final = ("unit price", "total", "currency", "lead time (working days)", "remark")


def filled(grid: Grid, reading: ListReading, prices: RowPrices) -> Iterator[Sequence[str]]:
    """The customer's own rows, with prices beside them, and beside those that have none why."""
    width = max(len(row.cells) for row in grid.rows)
    read = {row.number: row for row in reading.rows}
    for row in grid.rows:
        cells = [row.cell(index).text for index in range(width)]
        if row.number == reading.header_rows[-1]:
            yield [*cells, *_BESIDE]
        else:
            yield [*cells, *_beside(read.get(row.number), prices.get(row.number))]


def to_confirm(prices: RowPrices) -> Iterator[str]:
    """What has to be confirmed before the quote is sent, for the shop's own people: nothing of it is in the customer's rows."""
    told = [(row, *each) for row, price in prices.items() for each in price.to_confirm]
    for row, code, message in told[:_MOST_ROWS]:
        yield visible(f"To confirm before it is sent: row {row}: {message} ({code})")
    if len(told) > _MOST_ROWS:
        yield f"and {len(told) - _MOST_ROWS} more to confirm"


def _beside(row: PartRow | None, price: RowPrice | None) -> Sequence[str]:
    if price is not None:
        days = "" if price.lead_time_days is None else str(price.lead_time_days)
        return [price.unit_price, price.total, price.currency, days, ""]
    if row is None or row.kind not in {RowKind.OPEN, RowKind.ASSEMBLY}:
        return [""] * len(_BESIDE)
    why = "assembly: its parts are priced" if row.kind is RowKind.ASSEMBLY else "; ".join(_problem(row))
    return ["", "", "", "", why]


def told(count: int, total: str | None, currency: str) -> str:
    """How much of a list was priced."""
    return f"{wording.number(count)} {'part' if count == 1 else 'parts'} priced{f', together {currency} {total}' if total else ''}."
