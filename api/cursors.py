"""Page cursors: opaque to callers, bound to the filters they were made with."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from api.problems.problem import FieldError, ProblemError, invalid

_MAX_LENGTH: Final = 300


@dataclass(frozen=True, slots=True)
class Position:
    """The last row of a page: the next page begins after it."""

    created_at: datetime
    id: str


def write_cursor(position: Position, filters: Mapping[str, object]) -> str:
    """A cursor for the page after `position` of the list that `filters` choose."""
    created_at = position.created_at.astimezone(UTC).isoformat(timespec="microseconds")
    data = json.dumps([1, created_at, position.id, _fingerprint(filters)], separators=(",", ":"))
    return base64.urlsafe_b64encode(data.encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, filters: Mapping[str, object]) -> Position | None:
    """The position that a cursor stands for, None without one.

    Raises ProblemError 422 when it was not made by us or belongs to other filters.
    """
    if cursor is None:
        return None
    try:
        return _read(cursor, _fingerprint(filters))
    except (ValueError, TypeError, KeyError, binascii.Error, RecursionError):
        raise _bad_cursor() from None


def _read(cursor: str, fingerprint: str) -> Position:
    if len(cursor) > _MAX_LENGTH or not cursor.isascii():
        raise ValueError
    padded = cursor + "=" * (-len(cursor) % 4)
    version, created_at, row_id, bound_to = json.loads(
        base64.b64decode(padded, altchars=b"-_", validate=True)
    )
    if version != 1 or bound_to != fingerprint:
        raise ValueError
    instant = datetime.fromisoformat(created_at)
    if instant.tzinfo is None:
        raise ValueError
    return Position(created_at=instant, id=str(UUID(row_id)))


def _fingerprint(filters: Mapping[str, object]) -> str:
    text = json.dumps(dict(filters), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _bad_cursor() -> ProblemError:
    message = "must be the next_cursor of a page with the same filters"
    return invalid(FieldError(pointer="/cursor", code="bad_cursor", message=message, place="query"))
