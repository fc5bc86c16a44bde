"""Figures as people write them, with what each may mean. A figure that has two readings is refused, never guessed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from domain.decimals import plain
from domain.offer.parts_lists.words import LENGTH_UNITS, PIECES, WEIGHT_UNITS, unit_of


class Mark(StrEnum):
    """What stands for the decimal point."""

    POINT = "point"
    COMMA = "comma"


_SIGN: Final = {Mark.POINT: ".", Mark.COMMA: ","}
_OTHER: Final = {Mark.POINT: Mark.COMMA, Mark.COMMA: Mark.POINT}
_AMBIGUOUS: Final = re.compile(r"([1-9][0-9]{0,2})([.,])([0-9]{3})", re.ASCII)
_DECIMAL: Final = {
    Mark.POINT: re.compile(
        r"[0-9]*\.[0-9]+|[0-9]{1,3}(,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(,[0-9]{3}){2,}", re.ASCII
    ),
    Mark.COMMA: re.compile(
        r"[0-9]*,[0-9]+|[0-9]{1,3}(\.[0-9]{3})+,[0-9]+|[0-9]{1,3}(\.[0-9]{3}){2,}", re.ASCII
    ),
}
_WHOLE: Final = re.compile(r"[0-9]+", re.ASCII)
_MOST_DIGITS: Final = 24
_LONGEST_FIGURE: Final = 60
_LONGEST_SIDES: Final = 200
"""Characters of a cell: what is longer is a text, and would take time with the square of its length."""
_PLACES: Final = Decimal("0.000001")
"""Of a specification's figures."""


def two_readings(figure: str) -> tuple[str, str] | None:
    """Both readings of a figure such as `1.250` or `1,250`: with decimals, and in thousands. None where it has one."""
    found = _AMBIGUOUS.fullmatch(figure)
    return (plain(Decimal(f"{found[1]}.{found[3]}")), found[1] + found[3]) if found else None


def mark_of(figure: str) -> Mark | None:
    """What a figure with one reading shows to be the decimal point: `12.7`, `0.500` and `1,250.5` the point, `300,5` and
    `1.250.000` the comma. None for one that shows nothing.
    """
    if _AMBIGUOUS.fullmatch(figure):
        return None
    return next((mark for mark, form in _DECIMAL.items() if form.fullmatch(figure)), None)


@dataclass(frozen=True, slots=True)
class FigureRead:
    """A figure that was understood, with the unit written behind it."""

    value: Decimal
    unit: str | None = None


class FigureError(Exception):
    """`code` is `not_a_figure`, `ambiguous_figure` (then with both `readings`), `unit_missing` or `wrong_unit`."""

    def __init__(self, code: str, message: str, readings: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.readings = readings


_SPACE: Final = re.compile("[\u00a0\u2007\u2009\u202f\u2002\u2003]")
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_GROUPS: Final = re.compile(r"[0-9]{1,3}(?:(?: [0-9]{3})+|(?:['\u2019][0-9]{3})+)(?=$|[.,][0-9]+$)", re.ASCII)
_FRACTION: Final = re.compile(r"(?:([0-9]{1,4})[ -])?([0-9]{1,3})/(2|4|8|16|32|64)", re.ASCII)
_SPLIT: Final = re.compile(
    r"(?P<sign>[-+\N{MINUS SIGN}]?)(?P<figure>[0-9.,][0-9.,'\u2019 /-]*)(?P<unit>[^0-9]*)", re.ASCII
)
_LEAD: Final = re.compile(r"(?:[Øø⌀]|dia\.?|diam\.?|d\s*=|[lbwht]\s*=|x(?=\s*[0-9]))\s*", re.IGNORECASE)


def _bare(text: str) -> str:
    return _INVISIBLE.sub("", _SPACE.sub(" ", text)).strip()


def taken_apart(text: str) -> tuple[str, str | None] | None:
    """The bare figure in a cell and the unit behind it; None where there is something else too."""
    if len(text) > _LONGEST_FIGURE:
        return None
    bare = _bare(text)
    bare = bare.removeprefix("'") if bare[1:2].isdigit() else bare  # as spreadsheets mark a text
    lead = _LEAD.match(bare)
    found = _SPLIT.fullmatch(bare[lead.end() :] if lead else bare)
    if found is None:
        return None
    whole = found["figure"].strip()
    figure = whole.rstrip("'\N{RIGHT SINGLE QUOTATION MARK} ")
    unit = (whole.removeprefix(figure) + found["unit"]).strip()
    if unit and (known := unit_of(unit)) is None:
        return None
    figure = (
        re.sub(r"[ '\u2019]", "", figure) if _GROUPS.fullmatch(figure) or _GROUPS.match(figure) else figure
    )
    sign = "-" if found["sign"] in {"-", "\N{MINUS SIGN}"} else ""
    return sign + figure, known if unit else None


@dataclass(frozen=True, slots=True)
class Decimals:
    """Which mark is the decimal point of a column: None where nothing shows it. What the list's own figures show decides
    figures with that mark alone; where a person has `stated` it, the other one stands between thousands.
    """

    mark: Mark | None = None
    stated: bool = False


UNDECIDED: Final = Decimals()


def read_figure(text: str, decimals: Decimals = UNDECIDED, *, exact: bool = False) -> FigureRead:
    """The figure in a cell. `exact` is a figure of a workbook, which has one reading.

    Raises FigureError.
    """
    parts = taken_apart(text)
    if parts is None:
        raise FigureError("not_a_figure", "is not a figure, or has more in it than a figure with a unit")
    figure, unit = parts
    negative, figure = figure.startswith("-"), figure.removeprefix("-")
    value = Decimal(figure) if exact and not _FRACTION.fullmatch(figure) else _value(figure, decimals)
    return FigureRead(-value if negative else value, unit)


def _value(figure: str, decimals: Decimals) -> Decimal:
    if len(figure) > _MOST_DIGITS:
        raise FigureError("not_a_figure", f"has more than {_MOST_DIGITS} digits")
    if _WHOLE.fullmatch(figure):
        return Decimal(figure)
    if fraction := _FRACTION.fullmatch(figure):
        return Decimal(fraction[1] or 0) + Decimal(fraction[2]) / Decimal(fraction[3])
    if both := two_readings(figure):
        return Decimal(_decided(figure, both, decimals))
    mark = mark_of(figure)
    if mark is None:
        raise FigureError("not_a_figure", "is not a figure such as 12.5 or 12,5")
    bare = figure.replace(_SIGN[_OTHER[mark]], "")
    return Decimal(bare.replace(_SIGN[mark], "."))


def _decided(figure: str, both: tuple[str, str], decimals: Decimals) -> str:
    written = Mark.POINT if "." in figure else Mark.COMMA
    if decimals.mark is written:
        return both[0]
    if decimals.mark and decimals.stated:
        return both[1]
    message = f"{figure} may be {both[0]} or {both[1]}: write the one that is meant, or say what the decimal mark is"
    raise FigureError("ambiguous_figure", message, both)


def length_mm(reading: FigureRead, unit: str | None) -> Decimal:
    """In millimetres; `unit` is the column's, where the cell says none. Raises FigureError."""
    return _in(LENGTH_UNITS, reading, unit, "mm, cm, m, in or ft")


def weight_kg(reading: FigureRead, unit: str | None) -> Decimal:
    """In kilograms. Raises FigureError."""
    return _in(WEIGHT_UNITS, reading, unit, "kg, g, lb or oz")


def pieces(reading: FigureRead, unit: str | None) -> Decimal:
    """A number of pieces. Raises FigureError."""
    named = reading.unit or unit
    if named not in {None, PIECES}:
        raise FigureError("wrong_unit", f"is in {named}, and not a number of pieces")
    return reading.value


def _in(units: dict[str, Decimal], reading: FigureRead, unit: str | None, known: str) -> Decimal:
    named = reading.unit or unit
    if named is None:
        raise FigureError("unit_missing", f"has no unit: neither the cell nor the heading says {known}")
    if named not in units:
        raise FigureError("wrong_unit", f"is in {named}: it must be in {known}")
    return (reading.value * units[named]).quantize(_PLACES, ROUND_HALF_UP)


_BETWEEN: Final = re.compile(r"\s*(?:[x×*X]|\bby\b|\bpor\b|\bpar\b)\s*")
_SIDES: Final = re.compile(
    r"(?<![\w.,])(?:[Øø⌀]\s*)?[0-9][0-9.,]*\s*(?:mm|cm|m|in|\"|″)?"
    r"(?:\s*[x×*X]\s*(?:[Øø⌀]\s*)?[0-9][0-9.,]*\s*(?:mm|cm|m\b|in\b|\"|″)?){1,2}(?![\w.,]*[0-9x×])(?!\s*[/x×*])"
)
THREE: Final = 3


@dataclass(frozen=True, slots=True)
class Sides:
    """Two or three sides out of one cell, as written; `round` where the first is a diameter. The unit behind the last is
    that of all which have none.
    """

    figures: tuple[str, ...]
    unit: str | None
    is_round: bool


def sides_in(text: str, *, whole: bool) -> Sides | None:
    """The sides in a cell such as `300 x 200 x 3 mm`; with `whole` the cell holds nothing else, otherwise they are looked
    for in it, and there must be one place alone.
    """
    if len(text) > _LONGEST_SIDES:
        return None
    bare = _bare(text)
    if not whole:
        found = _SIDES.findall(bare)
        if len(found) != 1 or len(_BETWEEN.split(found[0])) < THREE:
            return None
        bare = found[0].strip()
    figures = [each.strip() for each in _BETWEEN.split(bare)]
    if not 2 <= len(figures) <= THREE or not all(figures):  # noqa: PLR2004 - two sides and a thickness, or three
        return None
    parts = [taken_apart(each) for each in figures]
    units = {part[1] for part in parts if part and part[1]}
    if None in parts or len(units) > 1:
        return None
    is_round = bool(re.match(r"[Øø⌀]|dia|d\s*=", figures[0], re.IGNORECASE))
    return Sides(tuple(figures), units.pop() if units else None, is_round)


def marks_of(figures: Iterable[str]) -> frozenset[Mark]:
    """The decimal marks that these cells show."""
    parts = map(taken_apart, figures)
    return frozenset(mark for part in parts if part and (mark := mark_of(part[0].removeprefix("-"))))
