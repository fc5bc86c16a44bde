"""What a check tells: a problem with its way out."""

from dataclasses import dataclass
from datetime import datetime

SHOWN = 5
"""How many quotes are named in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`what` is wrong, `since` when where that is known, what to `do` in one sentence. `quotes` are numbers."""

    what: str
    do: str
    since: datetime | None = None
    quotes: tuple[str, ...] = ()


def named(quotes: tuple[str, ...], count: int) -> str:
    """The first few numbers: "Q-2026-00001, Q-2026-00002 and 3 more"."""
    shown = ", ".join(quotes[:SHOWN])
    return f"{shown} and {count - SHOWN} more" if count > SHOWN else shown


def counted(count: int, most: int, noun: str) -> str:
    """A count with its noun; "at least" where counting stopped at `most`."""
    number = f"at least {most}" if count > most else str(count)
    return f"{number} {noun}" if count == 1 else f"{number} {noun}s"
