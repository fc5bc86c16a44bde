"""Files taken apart: encodings, separators, workbooks, bounds; and what is written back runs nowhere."""

import csv
import io
import zipfile

import pytest

from adapters.spreadsheets.bounded import OTHER_KINDS, read_spreadsheet
from adapters.spreadsheets.delimited import LONGEST_ROW, read_delimited, unrunnable, write_delimited
from adapters.spreadsheets.workbook import read_workbook
from domain.offer.parts_lists.grid import (
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    Grid,
    ListCell,
    ListFileError,
)
from domain.offer.parts_lists.words import letters, shown
from tests.unit.parts_lists.books import ods, xlsx

TEXT = "Teil;L\u00e4nge\nA;1\n"


def texts(grid: Grid) -> list[list[str]]:
    """The cells alone."""
    return [[cell.text for cell in row.cells] for row in grid.rows]


@pytest.mark.parametrize(
    ("raw", "encoding", "assumed"),
    [
        (TEXT.encode(), "UTF-8", False),
        (TEXT.encode("utf-8-sig"), "UTF-8", False),
        (TEXT.encode("utf-16"), "UTF-16", False),
        (TEXT.encode("utf-16-le"), "UTF-16", True),
        (TEXT.encode("utf-16-be"), "UTF-16", True),
        (TEXT.encode("utf-32"), "UTF-32", False),
        (TEXT.encode("windows-1252"), "Windows-1252", True),
    ],
)
def test_the_encoding_is_found_and_told(raw: bytes, encoding: str, *, assumed: bool) -> None:
    """By mark or evidence; what nothing states is assumed."""
    grid = read_delimited(raw)
    assert (grid.source.encoding, grid.source.assumed) == (encoding, assumed)
    assert texts(grid) == [["Teil", "L\u00e4nge"], ["A", "1"]]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a;b\n1,5;2,5\n", ";"),
        ("a,b,c\n1,2,3\n", ","),
        ("a\tb\n1,5\t2\n", "\t"),
        ("|a|b|\n|1|2|\n", "|"),
        ("sep=,\na;x,b\n1,2\n", ","),
        ('"sep=;"\na;b\n1;2\n', ";"),
    ],
)
def test_the_separator_is_found(text: str, delimiter: str) -> None:
    """By what a first line says, or by regularity."""
    assert read_delimited(text.encode()).source.delimiter == delimiter


def test_rows_keep_the_number_of_their_line() -> None:
    """Also after a line break in a cell, an empty line, and a quotation mark that is never closed."""
    grid = read_delimited(b'sep=;\na;"b\nc"\n\n"d;e\nf;g\n')
    assert [(row.number, row.fault) for row in grid.rows] == [(2, None), (5, "bad_quotes"), (6, None)]
    assert grid.empty == 1
    assert Grid.from_data(grid.to_data()) == grid
    long = read_delimited(b'a;b\n"' + b"x" * LONGEST_ROW + b"\n1;2\n")
    assert long.rows[1].fault == "row_too_long"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "file_empty"),
        (b" \n;;\n", "file_empty"),
        (b"a;b\n\0;1\n", "not_a_list"),
        (b"\x81\x8d", "unknown_encoding"),
        (b"\xff\xfea", "unknown_encoding"),
        (b"a;b\n" * (MOST_ROWS + 1), "too_many_rows"),
        (b"a\n" + b";" * MOST_COLUMNS + b"1\n", "too_many_columns"),
        (b"\n" * 200_002 + b"a;b", "too_many_rows"),
    ],
)
def test_a_text_that_is_no_list_is_refused(raw: bytes, code: str) -> None:
    """With what would be taken."""
    with pytest.raises(ListFileError) as refused:
        read_delimited(raw)
    assert refused.value.code == code


def test_a_workbook_has_exact_figures() -> None:
    """Without what comes of binary fractions; dates and errors in place of figures, and formulas without a value, are told."""
    grid = read_workbook(
        xlsx([["a", "b"], [12.700000000000001, 1e-7], ["=B2", "#REF!"], [], ["x" * 3_000, 5]]), None
    )
    cells = [row.cells for row in grid.rows]
    assert cells[1] == (ListCell("12.7", exact=True), ListCell("0.0000001", exact=True))
    assert cells[2] == (ListCell(remark="formula"), ListCell("#REF!", remark="error"))
    assert (grid.rows[3].number, grid.empty, len(cells[3][0].text)) == (5, 1, LONGEST_CELL)
    assert Grid.from_data(grid.to_data()) == grid
    written = ods([["a", "b"], [1.5, 2]])
    assert read_workbook(written, None).source.format == "ods"


@pytest.mark.parametrize(
    ("raw", "sheet", "code"),
    [
        (b"PK\x03\x04", None, "workbook_damaged"),
        (xlsx([["a", "b"]])[:-300], None, "workbook_damaged"),
        (xlsx([]), None, "file_empty"),
        (xlsx([["a"]]), "Other", "unknown_sheet"),
        (xlsx([["a"] * (MOST_COLUMNS + 1)]), None, "too_many_columns"),
        (xlsx([["a"]] * (MOST_ROWS + 1)), None, "too_many_rows"),
    ],
)
def test_a_workbook_that_is_no_list_is_refused(raw: bytes, sheet: str | None, code: str) -> None:
    """With what would be taken."""
    with pytest.raises(ListFileError) as refused:
        read_workbook(raw, sheet)
    assert refused.value.code == code


def test_another_archive_is_no_workbook() -> None:
    """A Word document is one too."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    with pytest.raises(ListFileError, match="This is an archive, and no workbook"):
        read_workbook(packed.getvalue(), None)


@pytest.mark.parametrize("begin", OTHER_KINDS)
async def test_other_kinds_of_files_are_named(begin: bytes) -> None:
    """And what would be taken."""
    with pytest.raises(ListFileError, match=r"This is .+, and no list\. Send CSV, TSV, XLSX or ODS\."):
        await read_spreadsheet(begin + b" ...")


async def test_hostile_workbooks_meet_their_bounds() -> None:
    """A million empty rows are none; a cell in the last row is read; one in the last column of it is too much."""
    empty = "".join(f'<row r="{number}"/>' for number in range(3, 200_000))
    assert len((await read_spreadsheet(xlsx([["a", "b"], ["c", 1]], more=empty))).rows) == 2
    far = await read_spreadsheet(xlsx([["a", "b"], ["c", 1]], stray="A1048576"))
    assert far.rows[-1].number == 1_048_576
    for raw, code in (
        (xlsx([["a"]], stray="XFD1048576"), "file_too_complex"),
        (xlsx([["x" * 120_000_000]]), "workbook_too_large"),
    ):
        with pytest.raises(ListFileError) as refused:
            await read_spreadsheet(raw)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd", "'+cmd"),
        ("-2+3", "'-2+3"),
        ("-5.5", "-5.5"),
        ("+49 7152", "+49 7152"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("|calc", "'|calc"),
        ("a\x1b[31m", "a[31m"),
        ("Plate", "Plate"),
    ],
)
def test_what_is_written_is_shown_and_not_run(cell: str, written: str) -> None:
    """Figures stay figures."""
    assert unrunnable(cell) == written
    [[back]] = csv.reader(
        io.StringIO(write_delimited([[cell]], ";").decode("utf-8-sig"), newline=""), delimiter=";"
    )
    assert back == written


def test_words_for_people() -> None:
    """Letters of columns, and texts whose characters can all be seen."""
    assert [letters(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert shown("a\u202eb\x1b\n\td", 20) == "a\\u202eb\\u001b  d"
    assert shown("x" * 100, 10) == "x" * 10 + "\u2026"
