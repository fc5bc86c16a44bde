"""Instants in words."""

from datetime import datetime
from zoneinfo import ZoneInfo


def local(instant: datetime, zone: str) -> str:
    """An instant as people of that zone write it, with the zone's name: "24 Dec 2026 23:59:59 (Europe/Berlin)"."""
    return f"{instant.astimezone(ZoneInfo(zone)):%d %b %Y %H:%M:%S} ({zone})"
