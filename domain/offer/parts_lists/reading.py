"""A parts list read: its columns, its rows, and what a person is asked about it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from domain.offer.parts_lists.aliases import (
    MATERIALS,
    PROCESSES,
    AliasOfTwoError,
    OtherNames,
    alias_table,
    find_name,
)
from domain.offer.parts_lists.answers import NO_ANSWERS, ListAnswers, QuantityBasis, answer_problems
from domain.offer.parts_lists.columns import SIDES, ListColumn, find_columns
from domain.offer.parts_lists.grid import Grid, ListFileError, ListRow, ListSource
from domain.offer.parts_lists.header import Header, find_header, is_comment, is_electronic, is_repeated
from domain.offer.parts_lists.part_rows import PartRow, RowKind, RowReader, assembly_depths
from domain.offer.parts_lists.questions import Question, questions_about
from domain.offer.parts_lists.readings import UNDECIDED, Decimals, Mark, marks_of, sides_in
from domain.offer.parts_lists.words import FIGURES, IGNORED, SIZES, WEIGHT, fold, is_total, shown
from domain.rate_cards.problems import InvalidSpecificationError, Problem
from domain.rate_cards.rate_card import RateCard

NO_ALIASES: Final[OtherNames] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListContext:
    """By what a list is read: card, customer's tier (None: the card's default), and what was kept of lists before."""

    card: RateCard
    customer_tier: str | None = None
    kept: ListAnswers = NO_ANSWERS


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReading:
    """What was understood. `header_rows` are the file's rows that name the columns, `rows` all below that hold anything,
    `empty` how many do not. `decimal` is the list's decimal mark where its figures show one, or a person says it.
    """

    source: ListSource
    header_rows: tuple[int, ...]
    columns: tuple[ListColumn, ...]
    rows: tuple[PartRow, ...]
    empty: int
    questions: tuple[Question, ...]
    decimal: Mark | None

    @property
    def parts(self) -> tuple[PartRow, ...]:
        """The rows that can be priced."""
        return tuple(row for row in self.rows if row.kind is RowKind.PART)

    @property
    def open(self) -> tuple[PartRow, ...]:
        """The rows of which something is open."""
        return tuple(row for row in self.rows if row.kind is RowKind.OPEN)

    @property
    def summary(self) -> str:
        """In a sentence: how many rows of which kind, and which column is what."""
        counted = Counter(row.kind for row in self.rows)
        kinds = [f"{counted[kind]} {_KINDS[kind][counted[kind] != 1]}" for kind in _KINDS if counted[kind]]
        why = Counter(row.problems[0].code for row in self.open)
        because = ", ".join(
            f"{count} {_WHY.get(code, code.replace('_', ' '))}" for code, count in why.items()
        )
        mapped = ", ".join(
            f"{shown(column.heading, 40)} = {column.field}{f' in {column.unit}' if column.unit else ''}{' (a guess)' if column.is_guess else ''}{' with sizes (a guess)' if column.has_sides else ''}"
            for column in self.columns
            if column.field not in {None, IGNORED}
        )
        rows = len(self.rows)
        return (
            f"{rows} {'row' if rows == 1 else 'rows'}: {', '.join(kinds) or 'none'}"
            f"{f' ({because})' if because else ''}; mapped so: {mapped}."
        )


_KINDS: Final = {
    RowKind.PART: ("part", "parts"),
    RowKind.OPEN: ("with something open", "with something open"),
    RowKind.ASSEMBLY: ("assembly", "assemblies"),
    RowKind.TOTAL: ("total", "totals"),
    RowKind.HEADING: ("heading again", "headings again"),
    RowKind.COMMENT: ("remark", "remarks"),
}
_WHY: Final = {
    "size_missing": "without size",
    "required": "with a field that nobody says",
    "unknown_material": "with an unknown material",
    "unknown_process": "with an unknown process",
    "ambiguous_figure": "with a figure of two readings",
    "unit_missing": "without a unit",
}


class InvalidAnswersError(InvalidSpecificationError):
    """Answers that cannot be used, each by its place."""


def read_list(grid: Grid, answers: ListAnswers, context: ListContext) -> ListReading:
    """What the list in `grid` asks for. Raises ListFileError for one that is no list of mechanical parts, and
    InvalidAnswersError.
    """
    said = context.kept.with_more(answers)
    header = find_header(grid, answers.header_row)
    if header is None:
        raise _no_header(answers)
    headings = dict(enumerate(header.texts))
    if wrong := answer_problems(answers, headings, context.card):
        raise InvalidAnswersError(wrong)
    said = _usable(said, answers, context)
    known = context.card.aliases
    try:
        materials = alias_table(
            context.card.materials,
            known.get("materials", NO_ALIASES),
            MATERIALS,
            said=said.materials,
        )
        processes = alias_table(
            context.card.processes,
            known.get("processes", NO_ALIASES),
            PROCESSES,
            said=said.processes,
        )
    except AliasOfTwoError as error:
        raise ListFileError("alias_of_two", f"No list can be read by this rate card: {error}.") from None
    below = [row for row in header.rows if not is_comment(row) and not is_repeated(row, header)]
    columns = find_columns(
        header.texts,
        below,
        answers,
        kept=context.kept,
        is_material=lambda text: find_name(text, materials) is not None,
    )
    _check_columns(columns, header)
    reader = RowReader(
        columns=columns,
        answers=said,
        decimals=_decimals(columns, below, said, grid.source),
        materials=materials,
        processes=processes,
        card=context.card,
        customer_tier=context.customer_tier,
    )
    rows = tuple(_rows(header, reader, said, grid.source))
    return ListReading(
        source=grid.source,
        header_rows=header.numbers,
        columns=columns,
        rows=rows,
        empty=grid.empty,
        questions=tuple(questions_about(columns, rows, said, context.card)),
        decimal=said.decimal or _shown_mark(columns, below),
    )


def _usable(said: ListAnswers, answers: ListAnswers, context: ListContext) -> ListAnswers:
    """Without kept defaults and names that the card of today does not have: what is asked for now counts."""
    card = context.card
    names = {"material": card.materials, "process": card.processes}
    return said.with_only(
        defaults={
            name: value
            for name, value in said.defaults.items()
            if name in answers.defaults or value in names.get(name, (value,))
        }
    )


def _no_header(answers: ListAnswers) -> ListFileError:
    if answers.header_row is not None:
        return ListFileError("no_header", f"Row {answers.header_row} names no columns.")
    return ListFileError(
        "no_header",
        "No row names the columns. Write headings above the parts, such as part number; description; material; "
        "length (mm); width (mm); height (mm); quantity.",
    )


def _check_columns(columns: Sequence[ListColumn], header: Header) -> None:
    fields = {column.field for column in columns} | {column.rival for column in columns}
    if fields & {*SIZES, SIDES, "material"} or any(column.has_sides for column in columns):
        return
    if is_electronic(header):
        raise ListFileError(
            "not_mechanical",
            "This looks like a list of electronic components: it has columns for references, values or footprints, "
            "and none for sizes or material. Only parts that are made here can be priced.",
        )
    known = ", ".join(shown(column.heading, 40) for column in columns if column.field not in {None, IGNORED})
    raise ListFileError(
        "no_sizes",
        f"No column holds sizes (length, width, height, thickness, or all in one such as 300 x 200 x 3) and none the "
        f"material. Understood were: {known or 'no others'}. Export the list with sizes and material.",
    )


def _figure_cells(column: ListColumn, rows: Sequence[ListRow]) -> Iterator[str]:
    for row in rows:
        cell = row.cell(column.index)
        if cell.exact:
            continue
        if column.field == SIDES or column.has_sides:
            found = sides_in(cell.text, whole=True) or sides_in(cell.text, whole=False)
            yield from found.figures if found else ()
        else:
            yield cell.text


def _marks(columns: Sequence[ListColumn], rows: Sequence[ListRow]) -> Mapping[int, frozenset[Mark]]:
    return {
        column.index: marks_of(_figure_cells(column, rows))
        for column in columns
        if column.field in {*FIGURES, SIDES} or column.has_sides
    }


def _shown_mark(columns: Sequence[ListColumn], rows: Sequence[ListRow]) -> Mark | None:
    marks = frozenset[Mark]().union(*_marks(columns, rows).values())
    return next(iter(marks)) if len(marks) == 1 else None


def _decimals(
    columns: Sequence[ListColumn], rows: Sequence[ListRow], said: ListAnswers, source: ListSource
) -> Mapping[int, Decimals]:
    """The decimal mark of each column. A point is it where a figure of the column shows that, or for sizes and weights where
    commas separate the cells, and no figure of the list has a decimal comma; a comma is it by the same rule.
    """
    if said.decimal:
        return {column.index: Decimals(said.decimal, stated=True) for column in columns}
    marks = _marks(columns, rows)
    anywhere = frozenset[Mark]().union(*marks.values())
    found = {}
    for column in columns:
        own = marks.get(column.index, frozenset())
        if source.delimiter == "," and column.field in {*SIZES, WEIGHT}:
            own |= {Mark.POINT}
        sure = next(iter(own)) if len(own) == 1 and anywhere <= own else None
        found[column.index] = Decimals(sure) if sure else UNDECIDED
    return found


def _rows(header: Header, reader: RowReader, said: ListAnswers, source: ListSource) -> Iterator[PartRow]:
    kinds = [_kind(row, header, reader) for row in header.rows]
    parts = [row for row, kind in zip(header.rows, kinds, strict=True) if kind is None]
    depths = [*assembly_depths(parts, reader)]
    above: list[tuple[int, Decimal]] = []
    at = 0
    for row, kind in zip(header.rows, kinds, strict=True):
        if kind is not None:
            yield PartRow(number=row.number, kind=kind, description=_said(row))
            continue
        depth = depths[at]
        is_assembly = at + 1 < len(depths) and depths[at + 1] > depth
        at += 1
        while above and above[-1][0] >= depth:
            above.pop()
        found = _with_all_cells(reader, row, header, source, _multiplied(above, said))
        if is_assembly:
            above.append((depth, _quantity_of(reader, row)))
            yield PartRow(
                number=row.number,
                kind=RowKind.ASSEMBLY,
                description=found.description,
                item=found.item,
                part_number=found.part_number,
            )
        else:
            yield found


def _with_all_cells(
    reader: RowReader, row: ListRow, header: Header, source: ListSource, multiply: Decimal | None
) -> PartRow:
    if source.delimiter and not row.fault and any(index >= header.width for index in row.filled):
        problem = Problem(
            "wrong_number_of_cells",
            "row",
            f"has {len(row.cells)} cells, and the columns are {header.width}: a figure or text with the separator in it needs quotation marks",
        )
        return PartRow(
            number=row.number, kind=RowKind.OPEN, description=reader.description(row), problems=(problem,)
        )
    return reader.read(row, multiply)


def _multiplied(above: Sequence[tuple[int, Decimal]], said: ListAnswers) -> Decimal | None:
    """By how much a part's quantity counts below these assemblies; None where that makes a difference and is open."""
    product = Decimal(1)
    for _, quantity in above:
        product *= quantity
    if product == 1 or said.quantities is QuantityBasis.TOTAL:
        return Decimal(1)
    return product if said.quantities is QuantityBasis.PER_ASSEMBLY else None


def _quantity_of(reader: RowReader, row: ListRow) -> Decimal:
    return reader.count(row) or Decimal(1)


def _kind(row: ListRow, header: Header, reader: RowReader) -> RowKind | None:
    """What a row is that is no part; None for a part."""
    if row.fault:
        return None
    if is_comment(row):
        return RowKind.COMMENT
    if is_repeated(row, header):
        return RowKind.HEADING
    has_sides = any(reader.text(row, field) for field in (*SIZES, SIDES))
    if not has_sides and any(is_total(row.cell(index).text) for index in row.filled):
        return RowKind.TOTAL
    return RowKind.COMMENT if len(row.filled) == 1 and not has_sides else None


def _said(row: ListRow) -> str:
    return shown(" ".join(cell.text for cell in row.cells if fold(cell.text)), 200)
