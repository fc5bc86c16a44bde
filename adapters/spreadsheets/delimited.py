"""Rows out of text with separators, in whichever encoding and with whichever separator it was written."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from domain.offer.parts_lists.grid import (
    LONGEST_CELL,
    MOST_COLUMNS,
    Grid,
    ListCell,
    ListFileError,
    ListRow,
    ListSource,
    grid_of,
)

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMES: Final = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "utf-16": "UTF-16", "utf-32": "UTF-32"}
_NAMES_OF_HALVES: Final = {"utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
_DELIMITERS: Final = (";", "\t", ",", "|")
_STATED: Final = re.compile(r'"?sep=([,;\t|])"?[ \t]*', re.IGNORECASE)
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")
_SAMPLE: Final = 60
"""Lines that are looked at to find the separator."""
LONGEST_ROW: Final = 20_000
_MOST_LINES: Final = 200_000
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A text, and the encoding it was taken for; `assumed` where nothing in the file states it."""

    text: str
    encoding: str
    assumed: bool


def decoded(raw: bytes) -> DecodedText:
    """The text of a file: by its byte order mark, else UTF-16 where every other byte is zero, else UTF-8, else Windows-1252.

    Raises ListFileError.
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return DecodedText(_strictly(raw, encoding), _NAMES[encoding], assumed=False)
    if (half := _half_empty(raw)) is not None:
        return DecodedText(_strictly(raw, half), _NAMES_OF_HALVES[half], assumed=True)
    try:
        return DecodedText(_printable(raw.decode("utf-8")), "UTF-8", assumed=False)
    except UnicodeDecodeError:
        return DecodedText(_strictly(raw, "windows-1252"), "Windows-1252", assumed=True)


def _half_empty(raw: bytes) -> str | None:
    sample = raw[:2000]
    pairs = len(sample) // 2
    if pairs < 2 or len(raw) % 2:  # noqa: PLR2004 - too little to tell
        return None
    high, low = sample[1::2].count(0), sample[0::2].count(0)
    if high * 10 >= pairs * 7 and low == 0:
        return "utf-16-le"
    return "utf-16-be" if low * 10 >= pairs * 7 and high == 0 else None


def _strictly(raw: bytes, encoding: str) -> str:
    try:
        return _printable(raw.decode(encoding))
    except UnicodeError:
        raise ListFileError(
            "unknown_encoding",
            "The text is in no encoding that is read here: UTF-8, UTF-16 or Windows-1252. Save it as CSV in UTF-8.",
        ) from None


def _printable(text: str) -> str:
    if "\0" in text:
        raise ListFileError(
            "not_a_list",
            "The file is neither text nor a workbook: send CSV, TSV, XLSX or ODS.",
        )
    return text.removeprefix("\ufeff")


def read_delimited(raw: bytes) -> Grid:
    """The rows of a text. A first line `sep=;` states the separator; otherwise it is the one by which most lines have the same
    number of cells. Raises ListFileError.
    """
    found = decoded(raw)
    text, first = found.text, 1
    head = _LINE.match(text)
    stated = _STATED.fullmatch(head[0].rstrip("\r\n")) if head else None
    if head and stated:
        text, first = text[head.end() :], 2
    delimiter = stated[1] if stated else _delimiter(text)
    rows = [*_rows(text, delimiter, first)]
    source = ListSource(
        format="tsv" if delimiter == "\t" else "csv",
        encoding=found.encoding,
        assumed=found.assumed,
        delimiter=delimiter,
    )
    return grid_of(rows, source)


def _delimiter(text: str) -> str:
    lines = [line for line in text[: LONGEST_ROW * 10].splitlines()[:_SAMPLE] if line.strip()]
    return max(_DELIMITERS, key=lambda each: _regularity(lines, each))


def _regularity(lines: Sequence[str], delimiter: str) -> float:
    """How many lines have as many cells as most have, and how many those are."""
    counts: Counter[int] = Counter()
    try:
        for cells in csv.reader(lines, delimiter=delimiter):
            counts[len(cells)] += 1
    except csv.Error:
        return 0
    usual = [(number, cells) for cells, number in counts.items() if cells > 1]
    return max((number * (1 + min(cells, 20) / 40) for number, cells in usual), default=0)


def _rows(text: str, delimiter: str, first: int) -> Iterator[ListRow]:
    """Row by row. After one that cannot be taken apart it goes on with the next line: a quotation mark that is never closed
    costs one row, not the rest of the file.
    """
    at, line = 0, first
    while at < len(text):
        if line > _MOST_LINES:
            raise ListFileError("too_many_rows", f"The list has more than {_MOST_LINES} lines. Split it.")
        begun = _LINE.match(text, at)
        end = begun.end() if begun else len(text)
        given = _RowText(text, at)
        try:
            reader = csv.reader(given, delimiter=delimiter, strict=True)
            cells = next(reader, [])
        except (csv.Error, _TooLongError) as error:
            fault = "row_too_long" if isinstance(error, _TooLongError) else "bad_quotes"
            yield ListRow(line, (), fault)
            at, line = end, line + 1
            continue
        yield ListRow(line, tuple(ListCell(_cut(cell)) for cell in cells[: MOST_COLUMNS + 1]))
        at, line = given.at, line + reader.line_num


def _cut(cell: str) -> str:
    stripped = cell.strip()
    return stripped if len(stripped) <= LONGEST_CELL else stripped[: LONGEST_CELL - 1] + "…"


class _TooLongError(Exception):
    """A row with more text than a part can have: a quotation mark may not be closed."""


class _RowText:
    """The lines of a row, with their ends, as long as it may be."""

    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self._most = at + LONGEST_ROW
        self.at = at

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        found = _LINE.match(self._text, self.at)
        if found is None or not found[0]:
            raise StopIteration
        self.at = found.end()
        if self.at > self._most:
            raise _TooLongError
        return found[0]


_PLAIN_FIGURE: Final = re.compile(r"[+-]?[0-9][0-9 .,']*", re.ASCII)
_RUN: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", *map(chr, (0xFF1D, 0xFF0B, 0xFF0D, 0xFF20)))
"""By which spreadsheets, those for Japanese too, begin to calculate; the last ones are wide forms of the first four."""


def write_delimited(rows: Iterable[Sequence[str]], delimiter: str) -> bytes:
    """Rows as text in UTF-8 with a byte order mark, as Excel expects. Every cell stands in quotation marks, so that none falls
    apart where another separator is expected, and none is run: what could be a formula has an apostrophe before it.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([unrunnable(cell) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig", "replace")


def unrunnable(cell: str) -> str:
    """The cell as a spreadsheet shows it and does not run it, without what a terminal would act on."""
    cell = _CONTROLS.sub("", cell)
    bare = cell.lstrip(" \u00a0\ufeff\u200b")
    return f"'{cell}" if bare.startswith(_RUN) and not _PLAIN_FIGURE.fullmatch(bare) else cell
