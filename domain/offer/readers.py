"""Fields of a command's plain data, each by the one rule of its kind. What is wrong is named by its field."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from domain import instants
from domain.errors import MalformedCommandError
from domain.uuids import read_uuid

Data = Mapping[str, Any]

# Far enough from the ends of the calendar that a year can be added, or a zone applied, to any instant.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)


def bad(field: str, rule: str) -> MalformedCommandError:
    """The error that names a field and its rule."""
    return MalformedCommandError(f"{field}: {rule}")


def optional_object(data: Data, key: str) -> Data | None:
    """An object, or None where there is none. Raises MalformedCommandError."""
    value = data.get(key)
    if value is not None and not isinstance(value, Mapping):
        raise bad(key, "must be an object")
    return value


def optional_text(data: Data, key: str) -> str | None:
    """A text, or None where there is none. Raises MalformedCommandError."""
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise bad(key, "must be text")
    return value


def text(data: Data, key: str) -> str:
    """A text that is not empty. Raises MalformedCommandError."""
    value = optional_text(data, key)
    if not value:
        raise bad(key, "is required")
    return value


def uuid(data: Data, key: str) -> str:
    """A UUID as text, in its usual form. Raises MalformedCommandError."""
    try:
        return read_uuid(text(data, key))
    except ValueError:
        raise bad(key, "must be a UUID") from None


def instant(data: Data, key: str) -> datetime:
    """An instant that any rule can reckon with, in UTC. Raises MalformedCommandError."""
    utc = any_instant(data, key)
    if not EARLIEST <= utc <= LATEST:
        raise bad(key, "is out of range")
    return utc


def any_instant(data: Data, key: str) -> datetime:
    """A time with a zone, in UTC. Raises MalformedCommandError."""
    try:
        found = instants.read(text(data, key))
        if found.tzinfo is None:
            raise bad(key, "must have a zone")
        return found.astimezone(UTC)
    except (ValueError, OverflowError):  # the last hours of year 9999 have no UTC
        raise bad(key, "must be a time") from None


def optional_whole(data: Data, key: str) -> int | None:
    """A whole number that is not negative, or None where there is none. Raises MalformedCommandError."""
    value = data.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise bad(key, "must be a whole number")
    return value
