"""A row of a list as a part to be priced, or as an open point: what of it is not understood."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from domain.decimals import plain
from domain.offer.parts_lists.aliases import FoundName, find_name
from domain.offer.parts_lists.answers import TIER, ListAnswers, QuantityBasis
from domain.offer.parts_lists.columns import SIDES, SURE, ListColumn
from domain.offer.parts_lists.grid import EMPTY, ListCell, ListRow
from domain.offer.parts_lists.readings import (
    UNDECIDED,
    Decimals,
    FigureError,
    FigureRead,
    length_mm,
    pieces,
    read_figure,
    sides_in,
    weight_kg,
)
from domain.offer.parts_lists.sides import PartSides
from domain.offer.parts_lists.words import (
    COMPLEXITY,
    LENGTH_UNITS,
    PIECES,
    SIZES,
    WEIGHT,
    one_line,
    shown,
    unit_of,
)
from domain.pricing.specification_data import specification_from_data, specification_to_data
from domain.rate_cards.problems import InvalidSpecificationError, Problem
from domain.rate_cards.rate_card import RateCard, named


class RowKind(StrEnum):
    """What a row is: a part, one of which something is open, or none."""

    PART = "part"
    OPEN = "open"
    ASSEMBLY = "assembly"
    TOTAL = "total"
    HEADING = "heading"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """A row. `number` is the file's. `specification` and `tier` are there for a part alone, `problems` for an open one alone;
    `remarks` are what was guessed or left out. `unknown` are words for materials and processes that nobody knows.
    """

    number: int
    kind: RowKind
    description: str = ""
    item: str | None = None
    part_number: str | None = None
    part_revision: str | None = None
    tier: str | None = None
    specification: Mapping[str, Any] | None = None
    problems: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()

    def line(self) -> dict[str, Any]:
        """As a quote's line asks for it: the customer's own number of the row stands behind the description."""
        named = f"{self.description} (item {self.item})" if self.item else self.description
        texts = {"part_number": self.part_number, "part_revision": self.part_revision, "tier": self.tier}
        return {
            "description": one_line(named, _LONGEST_DESCRIPTION),
            **{name: text for name, text in texts.items() if text},
            "specification": dict(self.specification or {}),
        }


_LONGEST_DESCRIPTION: Final = 500
_LONGEST_LINE: Final = 200
_TEXTS: Final = ("surface_finish", "tolerance_class", "special_requirements")
_DATE: Final = "holds a date, which a spreadsheet has made of a figure: write the figure as text"
_REMARKS: Final = {
    "date": Problem("is_a_date", "", _DATE),
    "error": Problem("is_an_error", "", "holds an error of a formula"),
    "formula": Problem(
        "formula_without_value",
        "",
        "holds a formula without a value: save the file in a spreadsheet program once",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReader:
    """Reads rows by the columns of a list. `decimals` are by column, `multiply` is by how much a row's quantity counts
    (None: that is open).
    """

    columns: Sequence[ListColumn]
    answers: ListAnswers
    decimals: Mapping[int, Decimals]
    materials: Mapping[str, str]
    processes: Mapping[str, str]
    card: RateCard
    customer_tier: str | None

    def read(self, row: ListRow, multiply: Decimal | None = Decimal(1)) -> PartRow:
        """The row as a part, or with all that is open of it."""
        return _RowReading(self, row, multiply).part()

    def column(self, field: str) -> ListColumn | None:
        """The column of a field."""
        return next((each for each in self.columns if each.field == field), None)

    @property
    def column_of_sides(self) -> ListColumn | None:
        """The column that has all sides of a part in one cell."""
        return self.column(SIDES) or next((each for each in self.columns if each.has_sides), None)

    def text(self, row: ListRow, field: str) -> str:
        """What a row says of a field; empty where it says nothing."""
        column = self.column(field)
        return row.cell(column.index).text.strip() if column else ""

    def count(self, row: ListRow) -> Decimal | None:
        """The quantity of a row, None where there is none that can be read."""
        column = self.column("quantity")
        if column is None:
            return None
        cell = row.cell(column.index)
        try:
            found = read_figure(cell.text, self.decimals.get(column.index, UNDECIDED), exact=cell.exact)
        except FigureError:
            return None
        return found.value

    def description(self, row: ListRow) -> str:
        """What a row calls its part."""
        words = [one_line(self.text(row, field), _LONGEST_DESCRIPTION) for field in ("name", "description")]
        named = ", ".join(dict.fromkeys(word for word in words if word))
        number = one_line(self.text(row, "part_number"), _LONGEST_LINE)
        return named or number or f"Part in row {row.number}"


class _RowReading:
    """One row, being read."""

    def __init__(self, reader: RowReader, row: ListRow, multiply: Decimal | None) -> None:
        self._reader = reader
        self._row = row
        self._multiply = multiply
        self._data: dict[str, Any] = {}
        self._problems: list[Problem] = []
        self._remarks: list[Problem] = []
        self._unknown: list[tuple[str, str]] = []

    def part(self) -> PartRow:
        if self._row.fault:
            self._refuse(
                self._row.fault,
                "row",
                "cannot be taken apart: its quotation marks do not match, or it is too long",
            )
        else:
            self._read()
        reader, row = self._reader, self._row
        item, number, revision = (
            one_line(reader.text(row, name), _LONGEST_LINE) or None
            for name in ("item", "part_number", "part_revision")
        )
        found = PartRow(
            number=row.number,
            kind=RowKind.OPEN if self._problems else RowKind.PART,
            description=reader.description(row),
            item=item,
            part_number=number,
            part_revision=revision,
            remarks=tuple(self._remarks),
            problems=tuple(self._problems),
            unknown=tuple(self._unknown),
        )
        if self._problems:
            return found
        return replace(found, tier=self._tier(), specification=self._data)

    def _read(self) -> None:
        self._named("material", self._reader.materials, tuple(self._reader.card.materials))
        self._named("process", self._reader.processes, tuple(self._reader.card.processes))
        self._sides()
        self._figure(COMPLEXITY, lambda found, _: found.value)
        self._quantity()
        self._weight()
        self._figure("shipping_distance_zone", lambda found, _: found.value, required=False)
        for field in _TEXTS:
            if text := self._cell(field)[0].text.strip() or self._reader.answers.defaults.get(field, ""):
                self._data[field] = text
        if tier := self._reader.text(self._row, "customer_tier"):
            self._data["customer_tier"] = tier
        self._by_card()

    def _by_card(self) -> None:
        """What the card's own rules say, of fields that could be read."""
        named = {each.field for each in self._problems}
        try:
            read = specification_from_data(
                self._data, card=self._reader.card, default_customer_tier=self._reader.customer_tier
            )
            whole = specification_to_data(read)
            self._data = {name: whole[name] for name in self._data if name in whole}
        except InvalidSpecificationError as error:
            sides = {*SIZES, SIDES}
            self._problems += [
                each
                for each in error.problems
                if each.field not in named and not (each.field in sides and named & sides)
            ]

    def _cell(self, field: str) -> tuple[ListCell, ListColumn | None]:
        column = self._reader.column(field)
        return (self._row.cell(column.index) if column else EMPTY), column

    def _named(self, field: str, table: Mapping[str, str], offered: tuple[str, ...]) -> None:
        text = self._cell(field)[0].text.strip()
        if not text:
            if default := self._reader.answers.defaults.get(field):
                self._data[field] = default
            else:
                self._refuse(
                    "required", field, f"has no {field}: neither the row nor a default says one", offered
                )
            return
        found: FoundName | None = find_name(text, table)
        if found is None:
            self._unknown.append((field, text))
            self._refuse(
                f"unknown_{field}", field, "is called by a name that the rate card does not have", offered
            )
            return
        self._data[field] = found.name
        if found.score < SURE:
            message = f"{shown(text)} was taken for {found.name}: a guess, with a score of {found.score}"
            self._remarks.append(Problem(f"{field}_guessed", field, message, offered))

    def _sides(self) -> None:
        sides = PartSides()
        unit = unit_of(self._reader.text(self._row, "quantity_unit"))
        unit = unit if unit in LENGTH_UNITS else None
        for field in SIZES:
            cell, column = self._cell(field)
            if column is not None and (cell.text.strip() or cell.remark):
                sides.add(field, lambda cell=cell, column=column: self._length(cell, column, unit))  # type: ignore[misc]
        cell, column = self._cell_of_sides()
        if column is not None and cell.text.strip():
            found = sides_in(cell.text, whole=True) or sides_in(cell.text, whole=False)
            if found is None:
                if not sides.known:
                    self._refuse("not_sides", SIDES, "holds no sides such as 300 x 200 x 3 mm")
            else:
                self._add_all(sides, found, column, unit)
        data = sides.data()
        self._problems += sides.problems
        self._data |= data

    def _cell_of_sides(self) -> tuple[ListCell, ListColumn | None]:
        column = self._reader.column_of_sides
        return (self._row.cell(column.index) if column else EMPTY), column

    def _add_all(self, sides: PartSides, found: Any, column: ListColumn, unit: str | None) -> None:
        own = replace(column, unit=found.unit or column.unit)
        sides.add_all(found, lambda figure: self._length(ListCell(figure), own, unit))

    def _length(self, cell: ListCell, column: ListColumn, unit: str | None) -> Decimal:
        return length_mm(self._plain(cell, column), column.unit or unit)

    def _plain(self, cell: ListCell, column: ListColumn) -> FigureRead:
        if cell.remark:
            raise FigureError(_REMARKS[cell.remark].code, _REMARKS[cell.remark].message)
        return read_figure(cell.text, self._reader.decimals.get(column.index, UNDECIDED), exact=cell.exact)

    def _figure(
        self, field: str, value: Callable[[FigureRead, ListColumn], Decimal], *, required: bool = True
    ) -> None:
        cell, column = self._cell(field)
        if column is None or not (cell.text.strip() or cell.remark):
            if default := self._reader.answers.defaults.get(field):
                self._data[field] = default
            elif required:
                self._refuse("required", field, f"has no {field}: neither the row nor a default says it")
            return
        try:
            self._data[field] = plain(value(self._plain(cell, column), column))
        except FigureError as error:
            self._problems.append(Problem(error.code, field, str(error), error.readings))

    def _quantity(self) -> None:
        unit = self._reader.text(self._row, "quantity_unit")
        if unit and (known := unit_of(unit)) not in {None, PIECES, "mm", "in"}:
            self._refuse("wrong_unit", "quantity", f"is in {known}, and not a number of pieces")
            return
        self._figure("quantity", lambda found, column: pieces(found, column.unit))
        if "quantity" not in self._data:
            return
        if self._multiply is None:
            message = "is of an assembly's part: say whether it is for one assembly or for all"
            self._refuse("quantity_per_assembly", "quantity", message, tuple(QuantityBasis))
        elif self._multiply != 1:
            self._data["quantity"] = plain(Decimal(self._data["quantity"]) * self._multiply)

    def _weight(self) -> None:
        cell, column = self._cell(WEIGHT)
        if column is None or not cell.text.strip():
            return
        try:
            found = weight_kg(self._plain(cell, column), column.unit)
        except FigureError as error:
            if error.code == "ambiguous_figure":
                self._problems.append(Problem(error.code, WEIGHT, str(error), error.readings))
            else:
                self._remarks.append(Problem("weight_left_out", WEIGHT, f"was left out: it {error}"))
            return
        if found > 0:
            self._data[WEIGHT] = plain(found)
        else:
            self._remarks.append(Problem("weight_left_out", WEIGHT, "was left out: it is nothing"))

    def _tier(self) -> str | None:
        said = self._reader.text(self._row, TIER) or self._reader.answers.defaults.get(TIER)
        found = named(self._reader.card.tiers, said)
        return found[0] if found else None

    def _refuse(self, code: str, field: str, message: str, allowed: Sequence[str] = ()) -> None:
        self._problems.append(Problem(code, field, message, tuple(allowed)))


def assembly_depths(rows: Sequence[ListRow], reader: RowReader) -> Iterator[int]:
    """How deep each row stands in a structure of assemblies, by its level or its dotted number; 0 for all where there is no
    such structure.
    """
    levels = [_depth(reader.text(row, "level")) for row in rows]
    if not any(levels):
        items = [reader.text(row, "item") for row in rows]
        known = set(items)
        dotted = [item.count(".") if item.replace(".", "").isdigit() else 0 for item in items]
        has_parents = any("." in item and item.rpartition(".")[0] in known for item in items)
        levels = dotted if has_parents else [0] * len(rows)
    yield from levels


def _depth(text: str) -> int:
    bare = text.strip(" .")
    return int(bare) if bare.isdecimal() and len(bare) <= 2 else 0  # noqa: PLR2004
