"""What each column of a list holds: by what a person says, by its heading, and by its cells. A guess is told as one."""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain.offer.parts_lists.answers import EVERY_COLUMN, ListAnswers, column_named
from domain.offer.parts_lists.grid import ListCell, ListRow
from domain.offer.parts_lists.readings import (
    FigureError,
    FigureRead,
    read_figure,
    sides_in,
    taken_apart,
    two_readings,
)
from domain.offer.parts_lists.words import (
    FIGURES,
    IGNORED,
    LENGTH_UNITS,
    SIZES,
    WEIGHT,
    WEIGHT_UNITS,
    fold,
    headings,
    letters,
    unit_of,
)


class KnownBy(StrEnum):
    """Why a column is taken for what it is."""

    MAP = "map"
    KEPT = "kept"
    HEADING = "heading"
    GUESS = "guess"
    CELLS = "cells"


SURE: Final = 0.9
"""From this score on it is no guess."""
_SAID: Final = 1.0
_NAMED: Final = 0.95
_KNOWN_CELLS: Final = 0.02
"""Of two columns that are called material, that of known materials is it; SAP calls the part's number so."""
_LETTER: Final = 0.7
_LEAST: Final = 0.5
_SIMILAR: Final = 0.8
_SHORTEST: Final = 5
_LONGEST: Final = 80
"""Characters: what is longer is a sentence."""
_SAMPLE: Final = 200
_MOSTLY: Final = 0.6
_TEXTS: Final = ("description", "name")
SIDES: Final = "dimensions"


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column. `heading` is as it stands in the file; `field` is None where nothing is known, and `ignored` where it is known
    and no price needs it. `unit` is that of its figures; `unit_from` says whether heading, answer, other columns or nothing
    named it. `rival` is the field that another column has as good a claim to; `has_sides` says that a text has the sides of
    its part in it.
    """

    index: int
    heading: str
    field: str | None = None
    score: float = 0
    by: KnownBy | None = None
    unit: str | None = None
    unit_from: str | None = None
    rival: str | None = None
    has_sides: bool = False

    @property
    def is_guess(self) -> bool:
        """Whether somebody should look at it."""
        return self.field is not None and self.score < SURE


@dataclass(frozen=True, slots=True)
class _Claim:
    index: int
    field: str
    score: float
    by: KnownBy


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading's words and the unit in or behind it."""

    text: str
    words: str
    unit: str | None


def heading_of(text: str) -> Heading:
    """A heading taken apart: `Länge [mm]`, `length_mm`, `Mass (g)`, `Breite in mm`."""
    for opening, closing in ("()", "[]", "{}", "<>"):
        before, found, rest = text.partition(opening)
        inside, ended, after = rest.partition(closing)
        if found and ended and (unit := _measure(inside)):
            return Heading(text, fold(f"{before} {after}"), unit)
    words = fold(text).split()
    if fold(text) in _OUR_OWN:
        return Heading(text, fold(text), unit_of(words[-1]))
    if len(words) > 1 and fold(text) not in headings() and (unit := _measure(words[-1])):
        left = words[:-2] if len(words) > 2 and words[-2] in {"in", "en"} else words[:-1]  # noqa: PLR2004
        if " ".join(left) != "":
            return Heading(text, " ".join(left), unit)
    return Heading(text, fold(text), None)


_OUR_OWN: Final = frozenset(map(fold, (*SIZES, WEIGHT)))
"""Fields of a specification, whose names end in their unit."""


def _measure(text: str) -> str | None:
    unit = unit_of(text)
    return unit if unit in LENGTH_UNITS or unit in WEIGHT_UNITS else None


def claims(heading: Heading, *, slips: bool = True) -> Iterator[tuple[str, float]]:
    """The fields that a heading may name, with how sure that is; with `slips` of the pen in it."""
    known = headings()
    if len(heading.text) > _LONGEST:
        return
    if fold(heading.text) in map(fold, (*SIZES, *FIGURES)):
        yield next(field for field in (*SIZES, *FIGURES) if fold(field) == fold(heading.text)), _SAID
        return
    words = heading.words
    if fields := known.get(words):
        is_letter = len(words) == 1
        for place, field in enumerate(fields):
            yield field, (_LETTER if is_letter and field in FIGURES else _NAMED) - place * 0.03
        return
    yield from _in_part(words.split(), heading, known)
    if slips and len(words) >= _SHORTEST:
        for close in difflib.get_close_matches(words, known, n=1, cutoff=_SIMILAR):
            if len(close) >= _SHORTEST:
                ratio = difflib.SequenceMatcher(None, words, close).ratio()
                yield from ((field, round(ratio * 0.85, 2)) for field in known[close])


def _in_part(
    tokens: Sequence[str], heading: Heading, known: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, float]]:
    for start in range(len(tokens)):
        for end in range(len(tokens), start, -1):
            phrase = " ".join(tokens[start:end])
            is_last_letter = len(phrase) == 1 and end == len(tokens) and heading.unit is not None
            if phrase in known and (len(phrase) > 2 or is_last_letter):  # noqa: PLR2004
                score = 0.5 + 0.3 * (end - start) / len(tokens) + 0.02 * start
                yield from ((field, round(score, 2)) for field in known[phrase])


def find_columns(
    texts: Sequence[str],
    rows: Sequence[ListRow],
    answers: ListAnswers,
    *,
    kept: ListAnswers,
    is_material: Callable[[str], bool],
) -> tuple[ListColumn, ...]:
    """The columns with these headings above these rows. What a person says counts before what was `kept` for the
    customer, that before the headings, and these before the cells.
    """
    parts = [heading_of(text) for text in texts]
    sample = rows[:_SAMPLE]
    said = {**_said(kept, texts, KnownBy.KEPT), **_said(answers, texts, KnownBy.MAP)}
    claimed = [
        _Claim(
            index,
            field,
            score + (_KNOWN_CELLS if field == "material" and _has(sample, index, is_material) else 0),
            KnownBy.HEADING if score >= SURE else KnownBy.GUESS,
        )
        for index, part in enumerate(parts)
        if index not in said and part.words
        for field, score in claims(part)
        if score >= _LEAST and _holds(field, sample, index)
    ]
    columns = [
        ListColumn(index, part.text, unit=part.unit, unit_from="heading" if part.unit else None)
        for index, part in enumerate(parts)
    ]
    for index, (field, by) in said.items():
        columns[index] = replace(columns[index], field=field or IGNORED, score=_SAID, by=by)
    columns = _by_cells(_assigned(columns, claimed), sample, is_material)
    return _with_units(columns, kept, answers)


def _has(rows: Sequence[ListRow], index: int, fits: Callable[[str], bool]) -> bool:
    texts = [text for row in rows if (text := row.cell(index).text.strip())]
    return bool(texts) and sum(map(fits, texts)) >= len(texts) * _MOSTLY


def _said(answers: ListAnswers, texts: Sequence[str], by: KnownBy) -> dict[int, tuple[str | None, KnownBy]]:
    known = dict(enumerate(texts))
    return {
        at[0]: (field, by) for key, field in answers.map.items() if len(at := column_named(key, known)) == 1
    }


def _holds(field: str, rows: Sequence[ListRow], index: int) -> bool:
    """Whether half of the column's cells can be what the field holds."""
    cells = [row.cell(index) for row in rows if row.cell(index).text.strip()]
    if not cells:
        return True
    fits = _FITS.get(field, _is_figure if field in FIGURES else None)
    return fits is None or sum(map(fits, cells)) * 2 >= len(cells)


def _is_figure(cell: ListCell) -> bool:
    return cell.exact or cell.remark is not None or taken_apart(cell.text) is not None


def _is_sides(cell: ListCell) -> bool:
    return sides_in(cell.text, whole=True) is not None


def _is_count(cell: ListCell) -> bool:
    parts = taken_apart(cell.text)
    return parts is not None and (parts[0].isdigit() or two_readings(parts[0]) is not None or _is_whole(cell))


def _is_whole(cell: ListCell) -> bool:
    try:
        found: FigureRead = read_figure(cell.text, exact=cell.exact)
    except FigureError:
        return False
    return found.value == found.value.to_integral_value()


def _is_level(cell: ListCell) -> bool:
    return cell.text.strip(" .").isdigit()


def _is_unit(cell: ListCell) -> bool:
    return unit_of(cell.text) is not None or len(fold(cell.text)) <= 3  # noqa: PLR2004 - units of ERP systems


_FITS: Final = {SIDES: _is_sides, "quantity": _is_count, "level": _is_level, "quantity_unit": _is_unit}


def _assigned(columns: list[ListColumn], claimed: list[_Claim]) -> list[ListColumn]:
    """Each field to the column with the best claim; of two equal claims to a figure neither counts."""
    taken = {column.field for column in columns if column.field not in {None, IGNORED}}
    done = list(columns)
    for claim in sorted(claimed, key=lambda each: (-each.score, each.index)):
        if done[claim.index].field is not None or (claim.field in taken and claim.field != IGNORED):
            continue
        equal = [each for each in claimed if each.field == claim.field and each.score == claim.score]
        free = [each for each in equal if done[each.index].field is None]
        if len(free) > 1 and claim.field in {*FIGURES, "material"}:
            for each in free:
                done[each.index] = replace(done[each.index], rival=claim.field)
            taken.add(claim.field)
            continue
        if done[claim.index].rival is None:
            taken.add(claim.field)
            done[claim.index] = replace(done[claim.index], field=claim.field, score=claim.score, by=claim.by)
    return done


def _by_cells(
    columns: list[ListColumn], rows: Sequence[ListRow], is_material: Callable[[str], bool]
) -> list[ListColumn]:
    """Sides of all parts in one column, and materials, are known by their cells too."""
    fields = {column.field for column in columns}
    if SIDES not in fields and not fields & set(SIZES):
        columns = _taken_by(columns, rows, SIDES, _has_sides)
        if SIDES not in {column.field for column in columns}:
            columns = [
                replace(each, has_sides=each.field in _TEXTS and _share(each, rows, _has_sides) >= _MOSTLY)
                for each in columns
            ]
    if "material" not in fields:
        columns = _taken_by(columns, rows, "material", is_material)
    return columns


def _has_sides(text: str) -> bool:
    return sides_in(text, whole=False) is not None


def _share(column: ListColumn, rows: Sequence[ListRow], fits: Callable[[str], bool]) -> float:
    texts = [text for row in rows if (text := row.cell(column.index).text.strip())]
    return sum(map(fits, texts)) / len(texts) if texts else 0


def _taken_by(
    columns: list[ListColumn], rows: Sequence[ListRow], field: str, fits: Callable[[str], bool]
) -> list[ListColumn]:
    best: tuple[float, int] | None = None
    for column in columns:
        share = _share(column, rows, fits)
        if column.field is None and share >= _MOSTLY and (best is None or share > best[0]):
            best = share, column.index
    if best is None:
        return columns
    found = replace(columns[best[1]], field=field, score=round(best[0] * _LETTER, 2), by=KnownBy.CELLS)
    return [found if column.index == found.index else column for column in columns]


def _with_units(
    columns: Sequence[ListColumn], kept: ListAnswers, answers: ListAnswers
) -> tuple[ListColumn, ...]:
    """Units that a person says, and where all columns of sizes that have one have the same, that of the others."""
    units = {**kept.units, **answers.units}
    known = {column.index: column.heading for column in columns}
    said = {
        at: unit for key, unit in units.items() for at in column_named(key, known)[:1] if key != EVERY_COLUMN
    }
    every = units.get(EVERY_COLUMN)
    named = {column.unit for column in columns if column.field in SIZES and column.unit in LENGTH_UNITS}
    shared = next(iter(named)) if len(named) == 1 else None
    done = []
    for column in columns:
        if column.index in said:
            done.append(replace(column, unit=said[column.index], unit_from="answer"))
        elif (column.field in {*SIZES, SIDES} or column.has_sides) and column.unit not in LENGTH_UNITS:
            unit = every or shared
            source = "answer" if every else "other_columns" if shared else None
            done.append(replace(column, unit=unit, unit_from=source))
        elif column.field == WEIGHT and column.unit not in WEIGHT_UNITS:
            done.append(replace(column, unit=None, unit_from=None))
        else:
            done.append(column)
    return tuple(done)


def named_column(column: ListColumn) -> str:
    """A column in words: its letter, and its heading where it has one."""
    return f"{letters(column.index)} ({column.heading})" if column.heading else letters(column.index)
