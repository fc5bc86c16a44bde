"""What people type to name a quote, or a time, on the command line."""

import re
from datetime import timedelta
from typing import Final

from domain.uuids import read_uuid

_NUMBER: Final = re.compile(r"Q-[0-9]{4}-[0-9]{5,12}")


def is_id(text: str) -> bool:
    """Whether it is an id (a UUID) and no number."""
    try:
        read_uuid(text)
    except ValueError:
        return False
    return True


def no_such_quote(text: str) -> str:
    """What to say where there is none; what is neither a number nor an id is not repeated."""
    named = f" {text}" if is_id(text) or _NUMBER.fullmatch(text.upper()) else " of this name"
    return f"There is no quote{named}. Its number, such as Q-2026-00012, is in its email and on its page."


_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_LONGEST = timedelta(days=3653)
_DURATION = re.compile(r"(?:[0-9]{1,6}[wdhms])+", re.ASCII)


def read_duration(text: str) -> timedelta:
    """Weeks, days, hours, minutes and seconds, as in 30d, 12h or 1d12h30m; at most ten years.

    Raises ValueError for anything else.
    """
    if _DURATION.fullmatch(text) is None:
        raise ValueError("a duration must be written like 30d, 12h or 1d12h")
    parts = dict.fromkeys(_UNITS, 0)
    for number, unit in re.findall(r"([0-9]+)([wdhms])", text):
        parts[unit] += int(number)
    duration = timedelta(**{_UNITS[unit]: number for unit, number in parts.items()})
    if duration > _LONGEST:
        raise ValueError("a duration must be at most ten years")
    return duration
