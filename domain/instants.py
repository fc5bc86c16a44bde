"""Instants as programs write them. How people read them says `domain.wording`."""

from datetime import UTC, datetime


def stored(at: datetime) -> str:
    """As it stands in stored JSON: ISO 8601 in UTC, its fraction only where it has one ("…T22:59:59+00:00")."""
    return at.astimezone(UTC).isoformat()


def compared(at: datetime) -> str:
    """Always to the microsecond, in UTC: for hashes and cursors, where an instant must have one text alone."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
