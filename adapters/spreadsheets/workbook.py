"""Rows out of a workbook: XLSX and ODS."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final
from xml.sax.saxutils import unescape

import python_calamine as calamine

from domain.offer.parts_lists.grid import (
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    Grid,
    ListCell,
    ListFileError,
    ListRow,
    ListSource,
    grid_of,
)

UNPACKED: Final = 100 * 1024 * 1024
"""Bytes that a workbook may unpack to, as its directory says; what lies there meets the process's own bounds."""
_MOST_ENTRIES: Final = 2_000
_MOST_SHEETS: Final = 100
_DIGITS: Final = 12
"""Of a figure: what is behind them comes of binary fractions."""
TOO_LARGE: Final = ListFileError(
    "workbook_too_large",
    "The workbook takes more memory or time to read than a parts list may. Copy the list alone into a new one, or save it "
    "as CSV.",
)
_DAMAGED: Final = ListFileError("workbook_damaged", "The workbook is damaged. Save it again, or as CSV.")


def read_workbook(raw: bytes, wanted: str | None) -> Grid:
    """The rows of the sheet `wanted`; without one, of the visible sheet that has most of a list. Raises ListFileError, and
    MemoryError where the process's bounds are met.
    """
    archive = _archive(raw)
    kind = _kind(archive)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
        names = _sheets(book)
        grids = [_grid(book, name, names, kind) for name in _asked_for(names, wanted)]
    except calamine.PasswordError:
        raise ListFileError(
            "workbook_protected", "The workbook is protected by a password. Save it without one."
        ) from None
    except (calamine.CalamineError, zipfile.BadZipFile, OSError, ValueError):
        raise _DAMAGED from None
    except BaseException as error:
        # What Rust gives up on is no subclass of Exception.
        if type(error).__name__ == "PanicException":
            raise _DAMAGED from None
        raise
    filled = [grid for grid in grids if grid is not None]
    if not filled:
        raise ListFileError("file_empty", "No sheet of the workbook holds anything.")
    best = max(filled, key=_size)
    return _with_formulas(best, archive)


def _asked_for(names: list[str], wanted: str | None) -> list[str]:
    if wanted is None:
        return names[:_MOST_SHEETS]
    if wanted not in names:
        has = ", ".join(names[:20])
        raise ListFileError("unknown_sheet", f"The workbook has no sheet of this name. It has {has}.")
    return [wanted]


def _kind(archive: zipfile.ZipFile) -> str:
    names = archive.namelist()
    if "content.xml" in names:
        return "ods"
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    raise ListFileError("not_a_list", "This is an archive, and no workbook. Send CSV, TSV, XLSX or ODS.")


def _archive(raw: bytes) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise _DAMAGED from None
    entries = archive.infolist()
    if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > UNPACKED:
        raise TOO_LARGE
    return archive


def _sheets(book: Any) -> list[str]:
    """The sheets that a person sees."""
    return [
        each.name
        for each in book.sheets_metadata
        if str(each.visible).endswith("Visible")
        and "Hidden" not in str(each.visible)
        and str(each.typ).endswith("WorkSheet")
    ]


def _grid(book: Any, name: str, names: list[str], kind: str) -> Grid | None:
    sheet = book.get_sheet_by_name(name)
    start = sheet.start
    if start is None:
        return None
    if sheet.width + start[1] > MOST_COLUMNS:
        raise ListFileError(
            "too_many_columns",
            f"The sheet has more than {MOST_COLUMNS} columns. Leave out those that describe no part.",
        )
    source = ListSource(
        format=kind,
        sheet=name,
        other_sheets=tuple(each for each in names if each != name),
    )
    rows = [*_rows(sheet)]
    if not rows:
        return None
    return grid_of(rows, source, skipped=rows[-1].number - len(rows))


def _rows(sheet: Any) -> Iterator[ListRow]:
    """Rows that hold anything; there may be a million that do not."""
    filled = 0
    for number, values in enumerate(sheet.iter_rows(), start=1):
        if any(value != "" for value in values):
            filled += 1
            yield ListRow(number, tuple(map(_cell, values)))
        if filled > MOST_ROWS:
            break


def _cell(value: object) -> ListCell:
    if isinstance(value, bool):
        return ListCell(str(value).lower())
    if isinstance(value, int):
        return ListCell(str(value), exact=True)
    if isinstance(value, float):
        return _figure(value)
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return ListCell(str(value), remark="date")
    text = str(value).strip()
    if re.fullmatch(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)", text):
        return ListCell(text, remark="error")
    return ListCell(text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…")


def _figure(value: float) -> ListCell:
    if value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124 - it is no number
        return ListCell(str(value), remark="error")
    text = format(Decimal(format(value, f".{_DIGITS}g")), "f")
    return ListCell(text.rstrip("0").rstrip(".") if "." in text else text, exact=True)


def _size(grid: Grid) -> int:
    """How much of a list it is: rows with several cells."""
    return sum(len(row.filled) > 1 for row in grid.rows)


_FORMULA: Final = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*>\s*<f[ >/](?:(?!</c>|<v>)[^\x00])*?(?:</c>|<v\s*/>|<v></v>)'
)
_SHEET: Final = re.compile(rb'<sheet\b[^>]*\bname="([^"]*)"[^>]*\br:id="([^"]*)"')
_RELATION: Final = re.compile(rb"<Relationship\b[^>]*>")


def _with_formulas(grid: Grid, archive: zipfile.ZipFile) -> Grid:
    """Cells of an XLSX with a formula whose value no program has stored are told: they look empty."""
    try:
        found = set(_FORMULA.findall(_sheet_xml(archive, grid.source.sheet or "")))
    except (KeyError, zipfile.BadZipFile, OSError, NotImplementedError):
        return grid
    at = {(int(row), _index(letters)) for letters, row in found}
    return replace(grid, rows=tuple(_told(row, at) for row in grid.rows)) if at else grid


def _told(row: ListRow, at: set[tuple[int, int]]) -> ListRow:
    cells = tuple(
        ListCell(remark="formula") if (row.number, index) in at and not cell.text else cell
        for index, cell in enumerate(row.cells)
    )
    return replace(row, cells=cells)


def _sheet_xml(archive: zipfile.ZipFile, name: str) -> bytes:
    """The sheet's own file: the workbook names a relation, and that a path. Raises KeyError."""
    sheets = {
        unescape(found[0].decode("utf-8", "replace")): found[1]
        for found in _SHEET.findall(archive.read("xl/workbook.xml"))
    }
    wanted = b'Id="' + sheets[name] + b'"'
    for relation in _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels")):
        target = re.search(rb'Target="/?(?:xl/)?([^"]*)"', relation)
        if wanted in relation and target:
            return archive.read(f"xl/{target[1].decode()}")
    raise KeyError(name)


def _index(letters: bytes) -> int:
    found = 0
    for each in letters:
        found = found * 26 + each - ord("A") + 1
    return found - 1
