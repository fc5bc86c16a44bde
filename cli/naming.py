"""How people name a quote on the command line: by number, or by id."""

import re
from typing import Final
from uuid import UUID

_NUMBER: Final = re.compile(r"Q-[0-9]{4}-[0-9]{5,12}")


def is_id(text: str) -> bool:
    """Whether it is an id (a UUID) and no number."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def no_such_quote(text: str) -> str:
    """What to say where there is none; what is neither a number nor an id is not repeated."""
    named = f" {text}" if is_id(text) or _NUMBER.fullmatch(text.upper()) else " of this name"
    return f"There is no quote{named}. Its number, such as Q-2026-00012, stands in its mail and on its page."
