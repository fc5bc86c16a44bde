"""Durations as people type them."""

import re
from datetime import timedelta

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_LONGEST = timedelta(days=3653)
_DURATION = re.compile(r"(?:[0-9]{1,6}[wdhms])+", re.ASCII)


def read_duration(text: str) -> timedelta:
    """Weeks, days, hours, minutes and seconds, as in 30d, 12h or 1d12h30m; at most ten years.

    Raises ValueError for anything else.
    """
    if _DURATION.fullmatch(text) is None:
        raise ValueError("a duration is written like 30d, 12h or 1d12h")
    parts = dict.fromkeys(_UNITS, 0)
    for number, unit in re.findall(r"([0-9]+)([wdhms])", text):
        parts[unit] += int(number)
    duration = timedelta(**{_UNITS[unit]: number for unit, number in parts.items()})
    if duration > _LONGEST:
        raise ValueError("a duration is at most ten years")
    return duration
