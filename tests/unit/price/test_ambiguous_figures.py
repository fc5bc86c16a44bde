"""`firm-offer price`: a figure with two readings is refused by both of them, unless the list itself decides."""

from pathlib import Path

import pytest

from tests.unit.price.files import HEAD, csv, price, rows

STEEL = "steel;laser_cutting;300;200;3;1.5;10"
WIDE = HEAD.replace(",", ";")


def _list(*rows: str, delimiter: str = ";") -> bytes:
    return csv(*(row.replace(";", delimiter) for row in rows), head=WIDE.replace(";", delimiter))


def _codes(content: bytes, folder: Path) -> list[list[tuple[str, str]]]:
    """Field and code of every problem, row by row."""
    found = rows(content, folder)[1]
    return [[(each["field"], each["code"]) for each in row.get("errors", [])] for row in found]


def test_a_thousand_in_a_german_list_is_not_one(tmp_path: Path) -> None:
    """It was one piece for 212.99. The refusal names row, column, value and both readings; the rest is priced."""
    content = _list(STEEL, STEEL.replace(";10", ";1.000"), STEEL.replace("300", "1.250"), STEEL)
    ended = price(content, tmp_path)
    assert "line 3: quantity 1.000 may be 1 or 1000: " in ended.stderr
    assert "line 4: length_mm 1.250 may be 1.25 or 1250: " in ended.stderr
    assert ended.stderr.endswith("2 priced, 2 refused.\n")
    [_, row, _, _] = rows(content, tmp_path)[1]
    assert row["errors"][0]["allowed"] == ["1", "1000"]


LENGTH, QUANTITY = [("length_mm", "ambiguous_figure")], [("quantity", "ambiguous_figure")]


@pytest.mark.parametrize(
    ("figures", "delimiter", "refused"),
    [
        (("1.250", "300"), ";", LENGTH),
        (("1.250", "300"), "\t", LENGTH),
        (("1.250", "1250"), ";", LENGTH),
        (("1.250", "12.700"), ";", LENGTH),
        (("1.250", "0.500"), ";", []),
        (("1.250", "12.7"), ";", []),
        (("1.250", "1250.125"), ";", []),
        (("1.250", "300.5", "300,5"), ";", LENGTH),
        (("1.250", "300.5", "1.000.000"), ";", LENGTH),
        (("1.250", "300"), ",", []),
        (("1.250", '"300,5"'), ",", LENGTH),
        (('"1,250"', "300"), ",", LENGTH),
        (("1,250", "300.5"), ";", LENGTH),
        (("0.125", "300"), ";", []),
    ],
)
def test_the_list_decides_or_nothing_does(
    figures: tuple[str, ...], delimiter: str, refused: list[tuple[str, str]], tmp_path: Path
) -> None:
    """By another figure of the column that has one reading, or by commas between cells; a decimal comma anywhere
    leaves it open again.
    """
    parts = [STEEL.replace("steel", "aluminum").replace("300", figure) for figure in figures]
    assert _codes(_list(*parts, delimiter=delimiter), tmp_path)[0] == refused


@pytest.mark.parametrize(
    ("others", "delimiter", "refused"),
    [("10", ",", QUANTITY), ("10", ";", QUANTITY), ("10.0", ",", []), ("10.0", ";", [])],
)
def test_pieces_have_no_decimals_in_any_list(
    others: str, delimiter: str, refused: list[tuple[str, str]], tmp_path: Path
) -> None:
    """`1.000` pieces are a thousand to many who write commas between cells, too; the column alone decides."""
    parts = STEEL.replace(";10", ";1.000"), STEEL.replace(";10", f";{others}")
    assert _codes(_list(*parts, delimiter=delimiter), tmp_path)[0] == refused


def test_what_else_is_wrong_with_the_row_is_told_too(tmp_path: Path) -> None:
    """Each field once."""
    [found] = _codes(_list("gold;laser_cutting;1.250;200;3;1.500;10"), tmp_path)
    assert found == [*LENGTH, ("material", "unknown_material")]


def test_a_line_that_says_the_separator(tmp_path: Path) -> None:
    """As spreadsheets write it: it is obeyed, and lines are counted with it."""
    for said in ("sep=;", '"sep=;"', "SEP=;"):
        found = rows(said.encode() + b"\r\n" + _list(STEEL), tmp_path)[1]
        assert [(row["line"], "tiers" in row) for row in found] == [(3, True)]


@pytest.mark.parametrize(
    "title", ["Parts list,,,,,,\n,,,,,,\n", "\n# Parts of a drill\n", "sep=,\nParts;2026\n"]
)
def test_titles_are_told_by_the_line_that_names_the_columns(title: str, tmp_path: Path) -> None:
    """And not by the place of what stands in them."""
    said = price(title.encode() + _list(STEEL, delimiter=","), tmp_path).stderr
    assert said.endswith("its columns are named in line 3. Take out the lines above it.\n")
