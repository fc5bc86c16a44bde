"""Pages: one row more is read than shown, to know whether another page follows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, TypeVar

from fastapi import Query

from api.http.pages import Position, write_cursor

DEFAULT_LIMIT: Final = 25
Row = TypeVar("Row")
Limit = Annotated[int, Query(ge=1, le=100, description="Rows per page.")]
Cursor = Annotated[
    str | None, Query(max_length=300, description="`next_cursor` of the page before; the same filters.")
]


def page(
    rows: Sequence[Row],
    limit: int,
    *,
    show: Callable[[Row], dict[str, Any]],
    position: Callable[[Row], Position],
    filters: Mapping[str, object],
) -> dict[str, Any]:
    """A page of at most `limit` of the rows, which were read up to `limit` + 1."""
    has_more = len(rows) > limit
    shown = rows[:limit]
    return {
        "data": [show(row) for row in shown],
        "has_more": has_more,
        "next_cursor": write_cursor(position(shown[-1]), filters) if has_more else None,
    }


def after(position: Position | None) -> tuple[Any, str] | None:
    """A position as the stores take it."""
    return None if position is None else (position.created_at, position.id)
