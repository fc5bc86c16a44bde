"""What a person is asked about a list: as few things as possible, each with where to answer it and what would be taken."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.offer.parts_lists.answers import EVERY_COLUMN, ListAnswers, QuantityBasis
from domain.offer.parts_lists.columns import SIDES, ListColumn, named_column
from domain.offer.parts_lists.part_rows import PartRow, RowKind
from domain.offer.parts_lists.words import COMPLEXITY, LENGTH_UNITS, SIZES, letters, shown
from domain.rate_cards.rate_card import RateCard


class AnswerName(StrEnum):
    """The answers that a person may be asked for, by their names in a request."""

    MAP = "map"
    UNITS = "units"
    DECIMAL = "decimal"
    DEFAULTS = "defaults"
    MATERIALS = "materials"
    PROCESSES = "processes"
    QUANTITIES = "quantities"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. `answer` is where the answer belongs, `keys` what is to be said there (fields, columns, or the list's own
    words), `allowed` what would be taken, `rows` of how many rows it holds up.
    """

    answer: AnswerName
    message: str
    keys: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    rows: int


_ASKED_FOR: Final = ("material", "process", COMPLEXITY, "quantity")
_MOST_WORDS: Final = 50


def questions_about(
    columns: Sequence[ListColumn], rows: Sequence[PartRow], said: ListAnswers, card: RateCard
) -> Iterator[Question]:
    """What is open of a list, and can be answered for all its rows at once."""
    open_rows = [row for row in rows if row.kind is RowKind.OPEN]
    yield from _map(columns, open_rows)
    yield from _units(columns, open_rows)
    if count := _holding(open_rows, "ambiguous_figure"):
        readings = next(
            each.allowed for row in open_rows for each in row.problems if each.code == "ambiguous_figure"
        )
        message = f"Some figures have two readings, such as {readings[0]} or {readings[1]}. Which is the list's decimal mark?"
        yield Question(answer=AnswerName.DECIMAL, message=message, allowed=("point", "comma"), rows=count)
    yield from _names(open_rows, card)
    if count := _holding(open_rows, "quantity_per_assembly"):
        message = "Are the quantities of an assembly's parts those for one assembly, or for all?"
        yield Question(
            answer=AnswerName.QUANTITIES, message=message, allowed=tuple(QuantityBasis), rows=count
        )
    yield from _defaults(open_rows, said, card)


def _holding(rows: Sequence[PartRow], code: str) -> int:
    return sum(1 for row in rows if any(problem.code == code for problem in row.problems))


def _map(columns: Sequence[ListColumn], rows: Sequence[PartRow]) -> Iterator[Question]:
    rivals = [column for column in columns if column.rival]
    fields = {column.field for column in columns}
    unknown = [column for column in columns if column.field is None and column.heading.strip()]
    has_sides = SIDES in fields or any(column.has_sides for column in columns)
    if rivals:
        wanted = tuple(dict.fromkeys(column.rival or "" for column in rivals))
        message = f"More than one column may hold {', '.join(wanted)}: which does?"
        keys = tuple(letters(column.index) for column in rivals)
        yield Question(answer=AnswerName.MAP, message=message, keys=keys, allowed=wanted, rows=len(rows))
    elif unknown and not has_sides and len(fields & set(SIZES)) < 2 and "diameter_mm" not in fields:  # noqa: PLR2004
        held = ", ".join(shown(named_column(column), 60) for column in unknown[:20])
        message = f"Not all sizes were found. What do these columns hold: {held}?"
        keys = tuple(letters(column.index) for column in unknown)
        yield Question(
            answer=AnswerName.MAP, message=message, keys=keys, allowed=(*SIZES, SIDES), rows=len(rows)
        )


def _units(columns: Sequence[ListColumn], rows: Sequence[PartRow]) -> Iterator[Question]:
    count = _holding(rows, "unit_missing")
    bare = [
        column
        for column in columns
        if (column.field in {*SIZES, SIDES} or column.has_sides) and not column.unit
    ]
    if count and bare:
        held = ", ".join(shown(named_column(column), 60) for column in bare)
        message = f"Neither heading nor cells say the unit of {held}. Which is it?"
        yield Question(
            answer=AnswerName.UNITS,
            message=message,
            keys=(EVERY_COLUMN,),
            allowed=tuple(LENGTH_UNITS),
            rows=count,
        )


def _names(rows: Sequence[PartRow], card: RateCard) -> Iterator[Question]:
    for field, asked, names in (
        ("material", AnswerName.MATERIALS, card.materials),
        ("process", AnswerName.PROCESSES, card.processes),
    ):
        words = Counter(word for row in rows for named, word in row.unknown if named == field)
        if words:
            listed = tuple(words)[:_MOST_WORDS]
            quoted = ", ".join(f'"{shown(word, 60)}"' for word in listed[:10])
            message = f"The rate card has no {field} called {quoted}{' and others' if len(words) > 10 else ''}. Which of its own is meant?"  # noqa: PLR2004
            yield Question(
                answer=asked, message=message, keys=listed, allowed=tuple(names), rows=sum(words.values())
            )


def _defaults(rows: Sequence[PartRow], said: ListAnswers, card: RateCard) -> Iterator[Question]:
    missing = Counter(
        problem.field
        for row in rows
        for problem in row.problems
        if problem.code == "required" and problem.field in _ASKED_FOR and problem.field not in said.defaults
    )
    fields = tuple(field for field in _ASKED_FOR if missing[field])
    if fields:
        message = f"The list does not say {', '.join(fields)} of all parts. What holds for those that it does not say it of?"
        allowed = {"material": tuple(card.materials), "process": tuple(card.processes)}.get(fields[0], ())
        yield Question(
            answer=AnswerName.DEFAULTS,
            message=message,
            keys=fields,
            allowed=allowed,
            rows=max(missing[field] for field in fields),
        )
