"""What comes from an export is text in every spreadsheet, whatever separator it is set to."""

import csv
import io
from collections.abc import Iterator

import pytest

from api.desk.quotes.listed.csv_export import _lines, safe

FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=cmd|'/c calc'!A0",
    "  =1+1",
    "\ufeff=1+1",
    "\uff1d1+1",
    "\x00=1+1",
    "ACME;=1+1",
    'ACME ";=1+1',
    'ACME",=1+1,"',
    "ACME\n=1+1",
    "ACME\t@SUM(A1)",
    "ACME|-2+3",
    '"=1+1"',
    '=HYPERLINK("http://x.example";"a")',
    "-",
    "--1",
    "-1.5e3",
]


def spreadsheet_cells(text: str, separator: str) -> Iterator[str]:
    """Cells as Excel finds them: a quotation mark keeps together what it begins, and only at the beginning of a cell."""
    cell, place, is_quoted, begins = "", 0, False, True
    while place < len(text):
        char = text[place]
        place += 1
        if is_quoted:
            if char == '"' and text[place : place + 1] == '"':
                cell, place = cell + '"', place + 1
            elif char == '"':
                is_quoted = False
            else:
                cell += char
        elif begins and char == '"':
            is_quoted, begins = True, False
        elif char in {separator, "\r", "\n"}:
            yield cell
            cell, begins = "", True
        else:
            cell, begins = cell + char, False
    yield cell


def runs(cell: str) -> bool:
    """Whether a spreadsheet would take it for a formula; a number is one."""
    shown = cell.lstrip(" \t\r\n\x00\ufeff\u00a0")
    if shown[:1] not in {*"=+-@\uff1d\uff0b\uff0d\uff20"}:
        return False
    try:
        float(shown)
    except ValueError:
        return True
    return shown != cell or "e" in shown.lower()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(text: str, separator: str) -> None:
    """Nor is one that another separator makes of it, or one beside it."""
    lines = _lines([["Q-1", text, text, "100.00"], [text, "x"]])
    assert not [cell for cell in spreadsheet_cells(lines, separator) if runs(cell)]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_program_reads_rows_of_cells(text: str) -> None:
    """By RFC 4180, with the text as it was but for the guard."""
    rows = [["Q-1", text, "x"], ["Q-2", "a,b", 'say "so"']]
    read = list(csv.reader(io.StringIO(_lines(rows)), strict=True))
    assert [len(row) for row in read] == [3, 3]
    assert read[1] == rows[1]
    assert bare(read[0][1]) == bare(text)


def bare(text: str) -> str:
    """Without guards, blanks and controls."""
    return "".join(char for char in text if char > " " and char not in "'\x7f")


@pytest.mark.parametrize("number", ["100.00", "-5.25", "0"])
def test_a_number_stays_one(number: str) -> None:
    assert safe(number) == number
