"""Rows that travel to PostgreSQL as one JSON document, so that a statement keeps one shape for any number.

Column types come from `tables`, so that they stand in one place.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]


def columns(table: sa.Table, *, without: Iterable[str] = ()) -> list[str]:
    """A table's columns that are written, in its order: without those that follow from others."""
    written = (column.name for column in table.columns if column.computed is None)
    return [name for name in written if name not in set(without)]


def rows_of(table: sa.Table, names: Iterable[str], parameter: str, alias: str) -> str:
    """An item for FROM: the rows of the document in `parameter`, with the table's types."""
    typed = ", ".join(f'"{name}" {table.c[name].type.compile(dialect=_DIALECT)}' for name in names)
    return f"jsonb_to_recordset(CAST(:{parameter} AS jsonb)) AS {alias} ({typed})"


def insert_of(table: sa.Table, names: Iterable[str], parameter: str) -> str:
    """An INSERT of the rows in `parameter`; ON CONFLICT may follow."""
    listed = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table.name} ({listed}) SELECT {listed} FROM {rows_of(table, names, parameter, 'given')}"  # noqa: S608 - names of `tables`


def document(rows: Iterable[dict[str, Any]]) -> str:
    """The parameter's value."""
    return json.dumps(list(rows), ensure_ascii=False, separators=(",", ":"))
