"""Pages of a list, and their cursors: opaque to callers, bound to the filters they were made with."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import Query

from api.http.problem import FieldError, ProblemError, invalid
from api.json_answer import Answer
from domain import instants
from domain.uuids import read_uuid

_MAX_LENGTH: Final = 300
_MOST_ROWS: Final = 2**31


@dataclass(frozen=True, slots=True)
class Position:
    """The last row of a page: the next page begins after it."""

    created_at: datetime
    id: str


def write_cursor(position: Position, filters: Mapping[str, object]) -> str:
    """A cursor for the page after `position` of the list that `filters` choose."""
    created_at = instants.compared(position.created_at)
    return _write([created_at, position.id], filters)


def read_cursor(cursor: str | None, filters: Mapping[str, object]) -> Position | None:
    """The position that a cursor stands for, None without one.

    Raises ProblemError 422 when it was not made by us or belongs to other filters.
    """
    if cursor is None:
        return None
    with refusing():
        created_at, row_id = _read(cursor, filters)
        return Position(created_at=read_instant(created_at), id=read_uuid(row_id))


def write_place(place: Sequence[object], filters: Mapping[str, object]) -> str:
    """A cursor for the page after the row with these values, by which the list that `filters` choose is ordered."""
    return _write(
        [instants.compared(value) if isinstance(value, datetime) else str(value) for value in place], filters
    )


def read_place(
    cursor: str | None, filters: Mapping[str, object], kinds: Sequence[Callable[[str], Any]]
) -> tuple[Any, ...] | None:
    """The values that a cursor stands for, each read by its kind, None without one. Raises ProblemError 422."""
    if cursor is None:
        return None
    with refusing():
        texts = _read(cursor, filters)
        return tuple(kind(text) for kind, text in zip(kinds, texts, strict=True))


def read_instant(text: str) -> datetime:
    """An instant of a cursor, in UTC. Raises ValueError."""
    return instants.read(text).astimezone(UTC)


def write_sequence(sequence: int, filters: Mapping[str, object]) -> str:
    """A cursor for the page after the row with this sequence number."""
    return _write([sequence], filters)


def read_sequence(cursor: str | None, filters: Mapping[str, object]) -> int:
    """The sequence number that a cursor stands for, 0 without one. Raises as `read_cursor` does."""
    if cursor is None:
        return 0
    with refusing():
        [sequence] = _read(cursor, filters)
        if not isinstance(sequence, int) or not 0 < sequence < _MOST_ROWS:
            raise ValueError
        return sequence


@contextmanager
def refusing(parameter: str = "cursor", filters: str = "the same filters") -> Iterator[None]:
    """What a cursor cannot be read for becomes ProblemError 422, at the query's parameter that it came in."""
    try:
        yield
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise _bad_cursor(parameter, filters) from None


def write_key(key: Sequence[int | str], filters: Mapping[str, object]) -> str:
    """A cursor for what comes after the row with this key."""
    return _write([*key], filters)


def read_key(cursor: str, filters: Mapping[str, object]) -> list[Any]:
    """The key that a cursor stands for, of any types. To be called within `refusing`."""
    return _read(cursor, filters)


def _write(key: list[Any], filters: Mapping[str, object]) -> str:
    data = json.dumps([_fingerprint(filters), *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(data.encode()).decode().rstrip("=")


def _read(cursor: str, filters: Mapping[str, object]) -> list[Any]:
    if len(cursor) > _MAX_LENGTH or not cursor.isascii():
        raise ValueError
    padded = cursor + "=" * (-len(cursor) % 4)
    key: list[Any]
    bound_to, *key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    if bound_to != _fingerprint(filters):
        raise ValueError
    return key


def _fingerprint(filters: Mapping[str, object]) -> str:
    text = json.dumps(dict(filters), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _bad_cursor(parameter: str, filters: str) -> ProblemError:
    message = f"must be the next_cursor of a previous page with {filters}"
    return invalid(FieldError(pointer=f"/{parameter}", code="bad_cursor", message=message, place="query"))


DEFAULT_LIMIT: Final = 25
Limit = Annotated[int, Query(ge=1, le=100, description="Rows per page.")]
Cursor = Annotated[
    str | None,
    Query(max_length=300, description="`next_cursor` of the previous page, with the same filters."),
]


def after(position: Position | None) -> tuple[Any, str] | None:
    """A position as the stores take it."""
    return None if position is None else (position.created_at, position.id)


Item = TypeVar("Item")
Row = TypeVar("Row")


class Page(Answer, Generic[Item]):
    """A page of a list; `next_cursor` leads on while `has_more`."""

    data: list[Item]
    has_more: bool
    next_cursor: str | None

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """`QuotePage`: what a page of `QuoteAnswer` is called in the OpenAPI document, and by clients made from it."""
        return f"{params[0].__name__.removesuffix('Answer')}Page"

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """A page of whatever it may be is told as a page."""
        cls.__doc__ = Page.__doc__


def page(
    rows: Sequence[Row],
    limit: int,
    *,
    show: Callable[[Row], Item],
    position: Callable[[Row], Position | Sequence[object]],
    filters: Mapping[str, object],
) -> Page[Item]:
    """A page of at most `limit` of the rows, which were read up to `limit` + 1."""
    has_more = len(rows) > limit
    shown = rows[:limit]
    following = None
    if has_more:
        last = position(shown[-1])
        following = write_cursor(last, filters) if isinstance(last, Position) else write_place(last, filters)
    return Page(data=[show(row) for row in shown], has_more=has_more, next_cursor=following)


def whole(items: list[Item]) -> Page[Item]:
    """A list that is never so long that it needs pages."""
    return Page(data=items, has_more=False, next_cursor=None)
