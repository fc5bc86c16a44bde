"""The parts in a CSV file, whose columns are the fields of a specification: read and priced row by row."""

import codecs
import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Final

from cli.input.files import read_bytes
from cli.local.errors import StackError
from domain import wording
from domain.offer.parts_lists.readings import Mark, mark_of, two_readings
from domain.pricing.calculation import Calculation, calculate
from domain.pricing.part_shapes import DIMENSIONS, SIDES, Shape
from domain.pricing.specification import PartSpecification
from domain.pricing.specification_data import specification_from_data
from domain.rate_cards.problems import InvalidSpecificationError, Problem
from domain.rate_cards.rate_card import RateCard

LARGEST: Final = 20_000_000
"""Bytes: about 100,000 parts."""
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def read_text(file: Path) -> str:
    """The text in `file` (`-` is standard input) without a byte order mark.

    Raises `StackError`: cannot be read, too large, empty, or in another encoding than UTF-8.
    """
    raw = read_bytes(file, str(file), LARGEST, " Split it into smaller files.")
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            raise StackError(f"{file} is in {encoding}. Save it as CSV in UTF-8.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + raw.count(b"\n", 0, error.start)
        raise StackError(
            f"{file} is not in UTF-8: line {line} has bytes of another encoding, such as Latin-1 or "
            "Windows-1252. Save it as CSV in UTF-8."
        ) from None
    if not text.strip():
        raise StackError(
            f"{file} is empty. Its first line must name the columns; each line after it is a part."
        )
    return text


def has_controls(text: str) -> bool:
    """Whether there is anything in it that a terminal might act on, or that cannot be seen."""
    return any(unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} for char in text)


def visible(text: str) -> str:
    """`text` for a terminal: what has no shape of its own is shown as a question mark."""
    return "".join("?" if has_controls(char) else char for char in text) if has_controls(text) else text


LONGEST_ROW: Final = 10_000
"""Characters: a part has at most three texts of 1,000 and some short figures."""
COLUMNS: Final = tuple(field.name for field in fields(PartSpecification))
_ALWAYS: Final = {field.name for field in fields(PartSpecification) if field.default is MISSING}
REQUIRED: Final = tuple(name for name in COLUMNS if name in {*_ALWAYS, "process", *SIDES[Shape.BOX]})
_INSTEAD: Final = {
    "process": "operations",
    **{side: "shape" for side in SIDES[Shape.BOX] if side not in _ALWAYS},
}
"""The column with which another may be missing: each row is then held to what its own shape needs."""
_DELIMITERS: Final = (",", ";", "\t")
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")
_QUOTED: Final = re.compile(r'"[^"]*"')
_PLAIN_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_ .-]{0,39}")
_SEPARATOR_LINE: Final = re.compile(r'"?sep=([,;\t])"?\s*', re.IGNORECASE)
_TITLES: Final = 20
"""Lines in which the names of the columns are looked for, to say where they stand."""
_MEASURED: Final = (*DIMENSIONS, "volume_cm3", "surface_cm2", "part_weight_kg")
_LARGE: Final = (*_MEASURED, "quantity")
"""Figures that may be in the thousands; of the others only one reading is within bounds."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A part as it stands in the file. `line` is where it begins, `end` how much text has been read after it.

    `data` holds the cells that are not empty; with a `problem` the row could not be taken apart at all.
    """

    line: int
    end: int
    data: Mapping[str, str]
    problem: Problem | None = None


class _RowError(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(code, "row", message)


class Sheet:
    """The rows of a text whose first line names the columns; separated by comma, semicolon or tab.

    A line `sep=;` before it, as spreadsheets write and read it, says the separator.
    Raises `StackError` that names every column that is missing, unknown or there twice.
    """

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        head = _line(text, 0)
        self._start, self._first = len(head), 2
        said = _SEPARATOR_LINE.fullmatch(head)
        if said:
            head = _line(text, self._start)
            self._start, self._first = self._start + len(head), 3
        self._delimiter = said[1] if said else _delimiter(head)
        self._columns = self._head(head, name)

    def rows(self) -> Iterator[SheetRow]:
        """One after the other, empty ones left out. After a row that cannot be taken apart it goes on with the
        next line: a quotation mark that is never closed costs one row, not the rest of the file.
        """
        at, line = self._start, self._first
        while at < len(self.text):
            first = at + len(_line(self.text, at))
            try:
                cells, end, lines = self._cells(at)
            except _RowError as error:
                yield SheetRow(line, first, {}, error.problem)
                at, line = first, line + 1
                continue
            if cells:
                yield SheetRow(line, end, cells)
            at, line = end, line + lines

    def ambiguous(self, data: Mapping[str, str]) -> Iterator[Problem]:
        """Every figure of a row that is one with three decimals, or one a thousand times as large.

        `1.250` is 1.25 where the column has another figure with a decimal point that cannot be one of thousands
        (`0.5`), and also, but for a quantity, where commas separate the cells; nowhere in a list in which a comma
        stands for the decimal point.
        """
        for name in _LARGE:
            figure = data.get(name, "")
            readings = two_readings(figure)
            if readings and not ("." in figure and name in self._decided):
                message = f"{figure} may be {readings[0]} or {readings[1]}: write the one that is meant"
                yield Problem("ambiguous_figure", name, message, readings)

    @cached_property
    def _decided(self) -> frozenset[str]:
        """The columns of which it is sure that a point is the decimal point."""
        decided = set(_MEASURED if self._delimiter == "," else ())
        for row in self.rows():
            for name in _LARGE:
                mark = mark_of(row.data.get(name, ""))
                if mark is Mark.COMMA:
                    return frozenset()
                if mark is Mark.POINT:
                    decided.add(name)
        return frozenset(decided)

    def _cells(self, at: int) -> tuple[dict[str, str], int, int]:
        """The cells of the row at `at`, where it ends, and how many lines it takes."""
        given = _RowLines(self.text, at)
        reader = csv.reader(given, delimiter=self._delimiter, strict=True)
        try:
            found = next(reader)
        except csv.Error:
            raise _RowError("bad_quotes", "has quotation marks that do not match") from None
        named = zip(self._columns, found, strict=False)
        cells = {name: cell.strip(" ") for name, cell in named if cell.strip(" ")}
        if len(found) != len(self._columns) and any(cell.strip() for cell in found):
            raise _RowError(
                "wrong_number_of_cells", f"must have {len(self._columns)} cells, like the first line"
            )
        return cells, given.at, reader.line_num

    def _head(self, head: str, name: str) -> tuple[str, ...]:
        if "\0" in head:
            raise StackError(
                f"{name} is not in UTF-8: its first line has NUL bytes. Save it as CSV in UTF-8."
            )
        try:
            found = next(csv.reader([head[:LONGEST_ROW]], delimiter=self._delimiter, strict=True), [])
        except csv.Error:
            found = []
        columns = tuple(cell.strip(" ") for cell in found)
        if at := self._names_at(columns):
            raise StackError(f"{name}: its columns are named in line {at}. Take out the lines above it.")
        if not any(columns):
            raise StackError(f"{name} has no first line with column names, such as {','.join(REQUIRED)}.")
        if wrong := _wrong(columns):
            optional = ", ".join(each for each in COLUMNS if each not in REQUIRED)
            raise StackError(f"{name}: {wrong}. Required: {', '.join(REQUIRED)}. Optional: {optional}.")
        return columns

    def _names_at(self, columns: tuple[str, ...]) -> int | None:
        """The line below that names columns, where the first one is a title and names none."""
        at, line = self._start, self._first
        while at < len(self.text) and line <= _TITLES and not set(columns) & set(REQUIRED):
            below = _line(self.text, at)
            cells = {cell.strip(' "\r\n') for cell in below.split(_delimiter(below))}
            if len(cells & set(REQUIRED)) > 1:
                return line
            at, line = at + len(below), line + 1
        return None


class _RowLines:
    """The lines of a row, with their ends, as long as it may be."""

    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self._most = at + LONGEST_ROW
        self.at = at

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.at >= len(self._text):
            raise StopIteration
        line = _line(self._text, self.at)
        self.at += len(line)
        if self.at > self._most:
            raise _RowError(
                "row_too_long",
                f"has more than {wording.number(LONGEST_ROW)} characters; a quotation mark may not be closed",
            )
        return line


def _delimiter(head: str) -> str:
    return max(_DELIMITERS, key=_QUOTED.sub("", head).count)


def _line(text: str, at: int) -> str:
    found = _LINE.match(text, at)
    return found[0] if found else ""


def _wrong(columns: tuple[str, ...]) -> str:
    """What is wrong with the names, in words; a name that is no plain one is told by its place alone."""
    told = {name: _told(name, place) for place, name in enumerate(columns, start=1)}
    lists = {
        "missing": [name for name in REQUIRED if not {name, _INSTEAD.get(name)} & set(columns)],
        "unknown": [told[name] for name in told if name not in COLUMNS],
        "given twice": [told[name] for name in told if columns.count(name) > 1],
    }
    found = [f"{what}: {', '.join(names)}" for what, names in lists.items() if names]
    if "tier" in columns:
        found.append("the tier is given by the option --tier")
    return "; ".join(found)


def _told(name: str, place: int) -> str:
    return name if _PLAIN_NAME.fullmatch(name) and not has_controls(name) else f"column {place}"


_NAMES: Final = ("material", "process", "operations", "shape", "customer_tier")


@dataclass(frozen=True, slots=True)
class Part:
    """A row and what became of it: a calculation, or everything that is wrong with it."""

    row: SheetRow
    calculation: Calculation | None = None
    problems: tuple[Problem, ...] = ()


def priced(sheet: Sheet, card: RateCard) -> Iterator[Part]:
    """Every row of the sheet, in its order."""
    for row in sheet.rows():
        part = _priced(row, card)
        if unsure := tuple(sheet.ambiguous(row.data)):
            named = {each.field for each in unsure}
            part = Part(row, problems=(*unsure, *(each for each in part.problems if each.field not in named)))
        yield part


def _priced(row: SheetRow, card: RateCard) -> Part:
    if row.problem is not None:
        return Part(row, problems=(row.problem,))
    # The domain trims texts; in a cell that holds a name a tab or a line break is a slip, and never meant.
    slips = [name for name in _NAMES if has_controls(row.data.get(name, ""))]
    if slips:
        message = "must not contain control characters"
        return Part(row, problems=tuple(Problem("not_text", name, message) for name in slips))
    data: dict[str, object] = dict(row.data)
    if "operations" in data:  # a cell has no room for more than names
        data["operations"] = [{"process": name.strip()} for name in row.data["operations"].split("+")]
    try:
        return Part(row, calculate(specification_from_data(data, card=card), card))
    except InvalidSpecificationError as error:
        return Part(row, problems=error.problems)
