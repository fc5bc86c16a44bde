"""Which row names the columns: found, not assumed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from domain.offer.parts_lists.columns import claims, heading_of
from domain.offer.parts_lists.grid import EMPTY, Grid, ListCell, ListRow
from domain.offer.parts_lists.readings import taken_apart
from domain.offer.parts_lists.words import ELECTRONIC, IGNORED, fold, unit_of

_LOOKED_AT: Final = 60
"""Rows that hold something; titles, addresses and remarks take a page at most."""
_LEAST: Final = 2
"""Columns that a row must name to be the header."""


@dataclass(frozen=True, slots=True)
class Header:
    """The headings of all columns, the rows they are from, how many cells these have, and the rows below them."""

    texts: tuple[str, ...]
    numbers: tuple[int, ...]
    width: int
    rows: tuple[ListRow, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    texts: tuple[str, ...]
    first: int
    last: int
    named: int
    score: float


def find_header(grid: Grid, row: int | None = None) -> Header | None:
    """The header, or None where no row names two columns. With `row` it begins in the file's row of that number."""
    rows = grid.rows
    width = max((len(each.cells) for each in rows), default=0)
    starts = range(min(len(rows), _LOOKED_AT))
    if row is not None:
        starts = range(0)
        found = next((index for index, each in enumerate(rows) if each.number == row), None)
        starts = range(found, found + 1) if found is not None else starts
    best: _Candidate | None = None
    for start in starts:
        for candidate in _candidates(rows, start, width):
            if (candidate.named >= _LEAST or row is not None) and (
                best is None or candidate.score > best.score
            ):
                best = candidate
    if best is None:
        return None
    numbers = tuple(each.number for each in rows[best.first : best.last + 1])
    cells = max(len(each.cells) for each in rows[best.first : best.last + 1])
    return Header(best.texts, numbers, cells, rows[best.last + 1 :])


def _candidates(rows: Sequence[ListRow], start: int, width: int) -> Iterator[_Candidate]:
    """A row by itself, and together with the one below it, whose words then stand behind its own."""
    texts = [rows[start].cell(index).text.strip() for index in range(width)]
    yield _with_units(rows, _scored(texts, start, start, rows[start].cells))
    if start + 1 >= len(rows) or not _can_go_on(rows[start + 1]):
        return
    below = [rows[start + 1].cell(index).text.strip() for index in range(width)]
    spread, last = [], ""
    for text, under in zip(texts, below, strict=True):
        last = text or (last if under else "")
        spread.append(last if under and not text else text)
    both = [_joined(above, under) for above, under in zip(spread, below, strict=True)]
    cells = (*rows[start].cells, *rows[start + 1].cells)
    yield _with_units(rows, _scored(both, start, start + 1, cells))


def _with_units(rows: Sequence[ListRow], found: _Candidate) -> _Candidate:
    """With the row below, where it holds units alone."""
    if found.last + 1 >= len(rows):
        return found
    below = rows[found.last + 1]
    if len(below.filled) < _LEAST or not all(unit_of(below.cell(index).text) for index in below.filled):
        return found
    texts = tuple(_joined(text, below.cell(index).text.strip()) for index, text in enumerate(found.texts))
    return replace(found, texts=texts, last=found.last + 1)


def _can_go_on(row: ListRow) -> bool:
    """Whether a row may be the second line of headings: words or units, and no figure."""
    return all(_is_words(row.cell(index)) for index in row.filled)


def _is_words(cell: ListCell) -> bool:
    return not cell.exact and cell.remark is None and not any(char.isdigit() for char in cell.text)


def _joined(above: str, under: str) -> str:
    """A unit below a heading is its unit; a word below one that spans several columns stands for itself where it is known."""
    if not above or not under:
        return above or under
    if unit_of(under):
        return f"{above} ({under.strip('()[] ')})"
    together = f"{above} {under}"
    if _score(under) <= _score(together):
        return together
    unit = heading_of(above).unit
    return f"{under} ({unit})" if unit and not heading_of(under).unit else under


def _scored(texts: Sequence[str], first: int, last: int, cells: Sequence[ListCell]) -> _Candidate:
    scores = [_score(text) for text in texts]
    figures = sum(1 for cell in cells if cell.exact or (cell.text.strip() and taken_apart(cell.text)))
    named = sum(1 for score in scores if score > 0)
    # A second line has to add something: it may be the first part.
    return _Candidate(tuple(texts), first, last, named, sum(scores) - figures - 0.3 * (last - first))


@lru_cache(maxsize=4096)
def _score(text: str) -> float:
    """How much of a heading a text is. Slips are not looked for: that takes a thousandth of a second for each cell."""
    if not text:
        return 0
    best = max(claims(heading_of(text), slips=False), key=lambda claim: claim[1], default=("", 0.0))
    return best[1] * (0.5 if best[0] == IGNORED else 1)


def is_repeated(row: ListRow, header: Header) -> bool:
    """Whether a row is the header again, as at the top of a page."""
    filled = row.filled
    return len(filled) >= _LEAST and all(
        index < len(header.texts) and fold(row.cell(index).text) == fold(header.texts[index])
        for index in filled
    )


def is_comment(row: ListRow) -> bool:
    """Whether a row is a remark of whoever or whatever wrote the file."""
    first = next((row.cell(index) for index in row.filled), EMPTY).text.lstrip()
    return first.startswith(("//", "--")) or (first.startswith("#") and len(row.filled) == 1)


def is_electronic(header: Header) -> bool:
    """Whether the headings are those of electronic components."""
    return sum(1 for text in header.texts if fold(text) in ELECTRONIC) >= _LEAST
