"""Texts of people inside a document's plain data, and what becomes of those that cannot be set as they are."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from domain.people.names import is_invisible

SQUARE: Final = "\N{WHITE SQUARE}"

_NEVER_SET: Final = str.maketrans(dict.fromkeys("\0\ufeff\ufffe"))
"""PDF/A forbids these three as the meaning of a glyph, which Typst does not find out in every place."""
_MARKS: Final = {"Mn", "Me"}
MOST_MARKS: Final = 4
"""On one letter, in a row. More would write over the lines around."""
_OWN_DIRECTION, _LEFT_TO_RIGHT, _END = (
    "\N{FIRST STRONG ISOLATE}\N{LEFT-TO-RIGHT ISOLATE}\N{POP DIRECTIONAL ISOLATE}"
)
_COMPOUND: Final = re.compile(r"[A-Za-z0-9]+(?:[-./_+:@#&]+[A-Za-z0-9]+)+")
_VARIATIONS: Final = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


def texts(data: Any) -> Iterator[str]:
    """All texts in JSON data, without the names of its fields."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from texts(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from texts(value)


def with_texts(data: Any, change: Callable[[str], str]) -> Any:
    """The same JSON data with each text changed."""
    if isinstance(data, str):
        return change(data)
    if isinstance(data, Mapping):
        return {name: with_texts(value, change) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [with_texts(value, change) for value in data]
    return data


def prepared(text: str) -> str:
    """A text as it is set. One with letters that are written from right to left is kept apart: it goes by its own
    direction and turns nothing beside it, and a part number in it is not turned. Of a tower of marks the first are kept.
    """
    if text.isascii():
        return text
    text = "".join(_without_towers(text.translate(_NEVER_SET)))
    if unicodedata.category(text[:1] or "x") in _MARKS:
        text = f"\N{NO-BREAK SPACE}{text}"  # it would stand left of where the text begins
    if any(unicodedata.bidirectional(character) in {"R", "AL"} for character in text):
        kept = _COMPOUND.sub(lambda found: f"{_LEFT_TO_RIGHT}{found.group()}{_END}", text)
        return f"{_OWN_DIRECTION}{kept}{_END}"
    return text


def _without_towers(text: str) -> Iterator[str]:
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in _MARKS else 0
        if marks <= MOST_MARKS:
            yield character


def without_invisible(cluster: str) -> str:
    """A grapheme cluster without control and format characters and choices among its letter's forms, composed."""
    kept = (character for character in cluster if not _is_invisible(character))
    return unicodedata.normalize("NFC", "".join(kept))


def _is_invisible(character: str) -> bool:
    is_control = unicodedata.category(character) == "Cc"
    return is_control or is_invisible(character) or any(ord(character) in block for block in _VARIATIONS)


def plain(text: str) -> str:
    """The last resort: what is not ASCII as squares."""
    return "".join(character if character.isascii() else SQUARE for character in text)
