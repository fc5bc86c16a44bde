"""What a file holds: rows of cells, with where they are from."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

MOST_ROWS: Final = 2_000
"""Rows that hold anything: a quote takes a quarter of it."""
MOST_COLUMNS: Final = 100
LONGEST_CELL: Final = 2_000
"""Characters."""


@dataclass(frozen=True, slots=True)
class ListCell:
    """A cell. `exact` is a figure of a workbook, which has one reading: plain, with a point. `remark` says why a text
    cannot be what was meant: `date` (a spreadsheet has turned a figure into one), `error`, `formula` (without a value).
    """

    text: str = ""
    exact: bool = False
    remark: str | None = None

    def to_data(self) -> object:
        """A text, or an object for what is more than that."""
        if self.remark:
            return {"text": self.text, "remark": self.remark}
        return {"figure": self.text} if self.exact else self.text

    @classmethod
    def from_data(cls, data: Any) -> Self:
        """What `to_data` wrote."""
        if isinstance(data, str):
            return cls(data)
        return cls(data.get("figure", data.get("text", "")), "figure" in data, data.get("remark"))


EMPTY: Final = ListCell()


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row: `number` is the file's line, or a sheet's row, in which it begins. A `fault` says that it could not be taken
    apart (`bad_quotes`, `row_too_long`).
    """

    number: int
    cells: tuple[ListCell, ...]
    fault: str | None = None

    def cell(self, index: int) -> ListCell:
        """The cell in a column; an empty one beyond the last."""
        return self.cells[index] if index < len(self.cells) else EMPTY

    @property
    def filled(self) -> tuple[int, ...]:
        """The columns that hold something."""
        return tuple(index for index, cell in enumerate(self.cells) if cell.text.strip() or cell.remark)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSource:
    """How the file was read: `format` is csv, tsv, xlsx or ods. `encoding` and `delimiter` are a text's, `assumed` says that
    no mark states the encoding; `sheet` is a workbook's, `other_sheets` are those that were left.
    """

    format: str
    encoding: str | None = None
    assumed: bool = False
    delimiter: str | None = None
    sheet: str | None = None
    other_sheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows of a file that hold anything, and how many there are between them that do not."""

    rows: tuple[ListRow, ...]
    source: ListSource = field(default_factory=lambda: ListSource(format="csv"))
    empty: int = 0

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "source": asdict(self.source),
            "empty": self.empty,
            "rows": [
                {"n": row.number, "c": [cell.to_data() for cell in row.cells]}
                | ({"fault": row.fault} if row.fault else {})
                for row in self.rows
            ],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """What `to_data` wrote."""
        source = {**data["source"], "other_sheets": tuple(data["source"]["other_sheets"])}
        return cls(tuple(map(_row, data["rows"])), ListSource(**source), data["empty"])


def _row(data: Mapping[str, Any]) -> ListRow:
    return ListRow(data["n"], tuple(map(ListCell.from_data, data["c"])), data.get("fault"))


class ListFileError(Exception):
    """A file that cannot be read as a parts list. `code` is stable; the text says what would be taken instead."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def grid_of(rows: Sequence[ListRow], source: ListSource, *, skipped: int = 0) -> Grid:
    """The rows that hold anything, within bounds; `skipped` empty ones are not among them. Raises ListFileError."""
    at = [index for index, row in enumerate(rows) if row.filled or row.fault]
    if not at:
        raise ListFileError(
            "file_empty",
            "The file holds nothing. It must have a row that names the columns, and below it a row for each part.",
        )
    if len(at) > MOST_ROWS:
        raise ListFileError(
            "too_many_rows", f"More than {MOST_ROWS} rows hold something. Split the list into smaller ones."
        )
    if max(len(rows[index].cells) for index in at) > MOST_COLUMNS:
        raise ListFileError(
            "too_many_columns",
            f"A row has more than {MOST_COLUMNS} columns. Leave out those that describe no part.",
        )
    return Grid(tuple(rows[index] for index in at), source, at[-1] + 1 - len(at) + skipped)
