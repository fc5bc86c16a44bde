"""Instants as programs write and read them. How people read them says `domain.wording`."""

from datetime import UTC, datetime
from typing import overload


def stored(at: datetime) -> str:
    """As it stands in stored JSON: ISO 8601 in UTC, its fraction only where it has one ("…T22:59:59+00:00")."""
    return at.astimezone(UTC).isoformat()


def compared(at: datetime) -> str:
    """Always to the microsecond, in UTC: for hashes and cursors, where an instant must have one text alone."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def to_the_second(at: datetime) -> str:
    """Without its fraction, in UTC ("…T22:59:59+00:00"): where nothing hangs on it, as in a form's stamp."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def to_the_millisecond(at: datetime) -> str:
    """As finely as a browser's clock goes, in UTC ("…T22:59:59.000+00:00")."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def named(at: datetime) -> str:
    """A whole second, in UTC, as a part of a name ("…T22:59:59Z")."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@overload
def answered(at: datetime) -> str: ...
@overload
def answered(at: None) -> None: ...
def answered(at: datetime | None) -> str | None:
    """As the API answers it: RFC 3339 in UTC, with Z ("…T22:59:59Z"); None stays None."""
    return None if at is None else stored(at).replace("+00:00", "Z")


def read(text: str) -> datetime:
    """What any of these wrote, or PostgreSQL in its JSON. Raises ValueError."""
    return datetime.fromisoformat(text)
