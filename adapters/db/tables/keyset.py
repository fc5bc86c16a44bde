"""Pages of a table, newest first, and texts that are looked for in it. Each statement has one shape for all pages."""

from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from adapters.db.tables.base import ID, INSTANT

_BEFORE_ALL: Final = (datetime.max.replace(tzinfo=UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff")


def newest_first(source: sa.FromClause) -> tuple[sa.ColumnElement[Any], ...]:
    """The order of every list."""
    return source.c.created_at.desc(), source.c.id.desc()


def page_of(chosen: sa.Select[Any], source: sa.FromClause) -> sa.Select[Any]:
    """A page of what is chosen of `source`, by the parameters of `page_at`."""
    last = sa.tuple_(sa.bindparam("after_at", type_=INSTANT), sa.bindparam("after_id", type_=ID))
    return (
        chosen.where(sa.tuple_(source.c.created_at, source.c.id) < last)
        .order_by(*newest_first(source))
        .limit(sa.bindparam("limit", type_=sa.Integer))
    )


def page_at(limit: int, after: tuple[datetime, str] | None) -> dict[str, Any]:
    """`after` is (created_at, id) of the last row seen; None for the first page."""
    at, id_ = after or _BEFORE_ALL
    return {"after_at": at, "after_id": id_, "limit": limit}


def plain(text: str) -> str:
    """A text for LIKE whose wildcards are characters as others are; the statement says ESCAPE '/'."""
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


def once(value: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    """What is worked out once for a statement, and not for each row anew: that is what becomes of a function of a parameter
    where the server keeps one plan for all values.
    """
    return sa.select(value).scalar_subquery()
