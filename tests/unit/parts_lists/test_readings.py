"""Figures as people write them: one reading, or none; units; sides in one cell."""

from decimal import Decimal

import pytest

from domain.offer.parts_lists.readings import (
    Decimals,
    FigureError,
    FigureRead,
    Mark,
    length_mm,
    mark_of,
    marks_of,
    pieces,
    read_figure,
    sides_in,
    two_readings,
    weight_kg,
)

POINT, COMMA = Decimals(Mark.POINT), Decimals(Mark.COMMA)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("300", "300", None),
        (" 300,5 mm ", "300.5", "mm"),
        ("300.5mm", "300.5", "mm"),
        ('12"', "12", "in"),
        ("12 \N{DOUBLE PRIME}", "12", "in"),
        ("12''", "12", "in"),
        ("5'", "5", "ft"),
        ('3/8"', "0.375", "in"),
        ("1 1/2 in", "1.5", "in"),
        ("1-1/2in.", "1.5", "in"),
        ("1.250,5", "1250.5", None),
        ("1,250.5", "1250.5", None),
        ("1 250,5", "1250.5", None),
        ("1\u202f250", "1250", None),
        ("1'250.5", "1250.5", None),
        ("1\N{RIGHT SINGLE QUOTATION MARK}250", "1250", None),
        ("1.250.000", "1250000", None),
        ("1,250,000", "1250000", None),
        ("0.500", "0.5", None),
        (",5", "0.5", None),
        ("\u00d8 20", "20", None),
        ("d=20 mm", "20", "mm"),
        ("10 Stk.", "10", "pieces"),
        ("10x", "10", "pieces"),
        ("'10", "10", None),
        ("-5", "-5", None),
        ("\N{MINUS SIGN}5", "-5", None),
        ("2\u200b0\ufeff", "20", None),
    ],
)
def test_a_figure_has_one_reading(text: str, value: str, unit: str | None) -> None:
    """Decimal signs, thousands, fractions, units, and what else stands around it."""
    assert read_figure(text) == FigureRead(Decimal(value), unit)


@pytest.mark.parametrize(
    "text",
    [
        *("", "1e3", "abc", "5.", "1.2.3", "1,2.3", "12 34", "20 furlong", "~20", "20-30", "1/3", "=1+1"),
        *("\u0661\u0662", "\u00b2", "1" * 30, "NaN", "Infinity", "0x10", "--5"),
    ],
)
def test_what_is_no_figure_is_refused(text: str) -> None:
    """Nothing of it is guessed."""
    with pytest.raises(FigureError) as refused:
        read_figure(text)
    assert refused.value.code == "not_a_figure"


@pytest.mark.parametrize("text", ["1.250", "1,250", "12.500 mm", "999,999", "1.000 Stk"])
def test_a_figure_with_two_readings_is_refused(text: str) -> None:
    """Also where the other mark is shown: only a person says that it stands between thousands."""
    other = COMMA if "." in text else POINT
    for decimals in (Decimals(), other):
        with pytest.raises(FigureError) as refused:
            read_figure(text, decimals)
        assert (refused.value.code, len(refused.value.readings)) == ("ambiguous_figure", 2)


def test_what_decides_a_figure_with_two_readings() -> None:
    """The column's own mark, or what a person states; a workbook's figure has one reading by itself."""
    assert read_figure("1.250", POINT).value == Decimal("1.25")
    assert read_figure("1,250", COMMA).value == Decimal("1.25")
    assert read_figure("1.250", Decimals(Mark.COMMA, stated=True)).value == 1250
    assert read_figure("1,250", Decimals(Mark.POINT, stated=True)).value == 1250
    assert read_figure("1.250", exact=True).value == Decimal("1.25")
    assert two_readings("1.250") == ("1.25", "1250")
    assert two_readings("0.250") is None


def test_what_a_figure_shows_of_the_mark() -> None:
    """One with two readings shows nothing."""
    assert [mark_of(each) for each in ("12.7", "300,5", "1.250", "300")] == [
        Mark.POINT,
        Mark.COMMA,
        None,
        None,
    ]
    assert marks_of(["12.7 mm", "1.250", "x", "-0,5"]) == {Mark.POINT, Mark.COMMA}


def test_units_are_turned_into_ours() -> None:
    """The cell's before the column's; one of another kind is refused."""
    assert length_mm(FigureRead(Decimal(12), "in"), "mm") == Decimal("304.8")
    assert length_mm(FigureRead(Decimal(12)), "cm") == 120
    assert weight_kg(FigureRead(Decimal(324)), "g") == Decimal("0.324")
    assert pieces(FigureRead(Decimal(10), "pieces"), None) == 10
    for measure, unit, code in (
        (length_mm, None, "unit_missing"),
        (length_mm, "kg", "wrong_unit"),
        (weight_kg, "mm", "wrong_unit"),
        (pieces, "g", "wrong_unit"),
    ):
        with pytest.raises(FigureError) as refused:
            measure(FigureRead(Decimal(1), unit), None)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "figures", "unit", "is_round"),
    [
        ("300x200x3", ("300", "200", "3"), None, False),
        ("300 \u00d7 200 \u00d7 3 mm", ("300", "200", "3 mm"), "mm", False),
        ("300*200", ("300", "200"), None, False),
        ('6" x 4" x 1/4"', ('6"', '4"', '1/4"'), "in", False),
        ("\u00d820 x 100", ("\u00d820", "100"), None, True),
    ],
)
def test_sides_in_one_cell(text: str, figures: tuple[str, ...], unit: str | None, *, is_round: bool) -> None:
    """Two or three, with one unit."""
    found = sides_in(text, whole=True)
    assert found is not None
    assert (found.figures, found.unit, found.is_round) == (figures, unit, is_round)


@pytest.mark.parametrize("text", ["300", "M6x20", "300 mm x 2 in", "1x2x3x4", "a x b", "x 3", "Blech 3x4x5"])
def test_what_are_no_sides(text: str) -> None:
    """Nothing else may stand in the cell, and no two units."""
    assert sides_in(text, whole=True) is None


def test_sides_inside_a_text() -> None:
    """Three of them, in one place alone."""
    found = sides_in("Blech 300x200x3 mm DC01", whole=False)
    assert found is not None
    assert found.figures == ("300", "200", "3 mm")
    for text in ("Schraube M6x20", "10x20x30 oder 1x2x3", '12" x 8" x 1/8" plate 5/8', "Teil 1"):
        assert sides_in(text, whole=False) is None, text
