"""An answer as a model that its route returns, and as JSON."""

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, RootModel
from starlette.responses import Response

from api.http.pagination import Position, write_cursor

Item = TypeVar("Item")
Row = TypeVar("Row")


class Answer(BaseModel):
    """A JSON object that is answered. Its fields are declared once: the OpenAPI document shows them, and mypy holds
    to them whoever makes one.

    It is written as it was made: in the order of the arguments, without those that were not given.
    """

    def __init__(self, /, **fields: Any) -> None:
        """Take the fields unchecked: what has been type-checked is not validated again for every answer."""
        object.__setattr__(self, "__dict__", fields)
        object.__setattr__(self, "__pydantic_fields_set__", set(fields))

    # Reading one from data (`model_validate`) does validate: to Pydantic this is its own way of making a model.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


class Page(Answer, Generic[Item]):
    """A page of a list; `next_cursor` leads on while `has_more`."""

    data: list[Item]
    has_more: bool
    next_cursor: str | None


def page(
    rows: Sequence[Row],
    limit: int,
    *,
    show: Callable[[Row], Item],
    position: Callable[[Row], Position],
    filters: Mapping[str, object],
) -> Page[Item]:
    """A page of at most `limit` of the rows, which were read up to `limit` + 1."""
    has_more = len(rows) > limit
    shown = rows[:limit]
    following = write_cursor(position(shown[-1]), filters) if has_more else None
    return Page(data=[show(row) for row in shown], has_more=has_more, next_cursor=following)


def whole(items: list[Item]) -> Page[Item]:
    """A list that is never so long that it needs pages."""
    return Page(data=items, has_more=False, next_cursor=None)


def answered(
    answer: Answer | Sequence[Answer],
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer as a response."""
    return Response(to_json(answer), status_code=status, headers=headers, media_type="application/json")


def to_json(answer: Answer | Sequence[Answer]) -> bytes:
    """The answer's JSON, in UTF-8. Raises TypeError for what is no JSON, ValueError for NaN and infinities."""
    text = json.dumps(answer, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
    return text.encode()


def _plain(value: object) -> Any:
    if isinstance(value, Answer):
        return vars(value)
    if isinstance(value, RootModel):
        return value.root
    raise TypeError(f"{type(value).__name__} is no JSON")
