"""Instants as text."""

from datetime import UTC, datetime
from typing import overload


@overload
def instant(value: datetime) -> str: ...
@overload
def instant(value: None) -> None: ...
def instant(value: datetime | None) -> str | None:
    """RFC 3339 in UTC, with Z; None stays None."""
    return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")
