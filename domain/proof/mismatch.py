"""One thing that does not match in a quote's record, and how it is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.canonical import is_sha256
from domain.errors import QuoteError
from domain.money import Money

UNREADABLE = (KeyError, IndexError, ValueError, TypeError, AttributeError, ArithmeticError, QuoteError)
"""What reading something that nobody of ours has written may raise."""

_LONGEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One thing that does not match. `place` names it ("event 3"), `expected` and `found` are values in full."""

    place: str
    what: str
    expected: str = ""
    found: str = ""

    def __str__(self) -> str:
        """In words, hashes shortened."""
        values = f" (expected {_short(self.expected)}, found {_short(self.found)})" if self.expected else ""
        return f"{self.place}: {self.what}{values}"


def compared(
    place: str, what: str, expected: Mapping[str, object], found: Mapping[str, object]
) -> Iterator[Mismatch]:
    """What of `expected` is not found, each by its name."""
    for name, value in expected.items():
        other = found.get(name)
        if other != value:
            yield Mismatch(place=place, what=f"{name} {what}", expected=text(value), found=text(other))


def text(value: object) -> str:
    """A value as a mismatch tells it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Money):
        return f"{value} {value.currency}"
    return "none" if value is None else str(value)


def _short(value: str) -> str:
    if is_sha256(value):
        return f"{value[:12]}…"
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
