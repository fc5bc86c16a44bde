"""A CSV file whose columns are the fields of a part specification, read row by row."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Final

from cli.local.errors import StackError
from cli.price.text import has_controls
from domain.pricing.specification import PartSpecification
from domain.rate_cards.problems import Problem

LONGEST_ROW: Final = 10_000
"""Characters: a part has at most three texts of 1,000 and ten short figures."""
COLUMNS: Final = tuple(field.name for field in fields(PartSpecification))
REQUIRED: Final = tuple(field.name for field in fields(PartSpecification) if field.default is MISSING)
_DELIMITERS: Final = (",", ";", "\t")
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")
_QUOTED: Final = re.compile(r'"[^"]*"')
_PLAIN_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_ .-]{0,39}")


@dataclass(frozen=True, slots=True)
class Row:
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

    Raises `StackError` that names every column that is missing, unknown or there twice.
    """

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        head = _line(text, 0)
        self._start = len(head)
        counted = _QUOTED.sub("", head)
        self._delimiter = max(_DELIMITERS, key=counted.count)
        self._columns = self._head(head, name)

    def rows(self) -> Iterator[Row]:
        """One after the other, empty ones left out. After a row that cannot be taken apart it goes on with the
        next line: a quotation mark that is never closed costs one row, not the rest of the file.
        """
        at, line = self._start, 2
        while at < len(self.text):
            first = at + len(_line(self.text, at))
            try:
                cells, end, lines = self._cells(at)
            except _RowError as error:
                yield Row(line, first, {}, error.problem)
                at, line = first, line + 1
                continue
            if cells:
                yield Row(line, end, cells)
            at, line = end, line + lines

    def _cells(self, at: int) -> tuple[dict[str, str], int, int]:
        """The cells of the row at `at`, where it ends, and how many lines it takes."""
        given = _Lines(self.text, at)
        reader = csv.reader(given, delimiter=self._delimiter, strict=True)
        try:
            found = next(reader)
        except csv.Error:
            raise _RowError("bad_quotes", "has quotation marks that do not fit together") from None
        named = zip(self._columns, found, strict=False)
        cells = {name: cell.strip(" ") for name, cell in named if cell.strip(" ")}
        if len(found) != len(self._columns) and any(cell.strip() for cell in found):
            raise _RowError(
                "wrong_number_of_cells", f"must have {len(self._columns)} cells, as the first line"
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
        if not any(columns):
            raise StackError(f"{name} has no first line that names columns, such as {','.join(REQUIRED)}.")
        if wrong := _wrong(columns):
            optional = ", ".join(each for each in COLUMNS if each not in REQUIRED)
            raise StackError(f"{name}: {wrong}. Needed are {', '.join(REQUIRED)}; possible are {optional}.")
        return columns


class _Lines:
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
                f"has more than {LONGEST_ROW:,} characters; perhaps a quotation mark is not closed",
            )
        return line


def _line(text: str, at: int) -> str:
    found = _LINE.match(text, at)
    return found[0] if found else ""


def _wrong(columns: tuple[str, ...]) -> str:
    """What is wrong with the names, in words; a name that is no plain one is told by its place alone."""
    told = {name: _told(name, place) for place, name in enumerate(columns, start=1)}
    lists = {
        "missing": [name for name in REQUIRED if name not in columns],
        "unknown": [told[name] for name in told if name not in COLUMNS],
        "there twice": [told[name] for name in told if columns.count(name) > 1],
    }
    found = [f"{what}: {', '.join(names)}" for what, names in lists.items() if names]
    if "tier" in columns:
        found.append("the tier is an option, --tier")
    return "; ".join(found)


def _told(name: str, place: int) -> str:
    return name if _PLAIN_NAME.fullmatch(name) and not has_controls(name) else f"column {place}"
