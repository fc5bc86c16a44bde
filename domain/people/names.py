"""Names of people and firms: one rule, wherever one is typed."""

import unicodedata
from typing import Final

JOINERS: Final = frozenset("\u200c\u200d")
"""They shape the letters between which they stand in Persian, Hindi and others, and are nothing elsewhere."""
_BLANK_LETTERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters and marks by their category, of which nothing is seen (Default_Ignorable_Code_Point in Unicode)."""
_SEEN_FORMATS: Final = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
"""Signs that enclose the digits behind them (Prepended_Concatenation_Mark in Unicode)."""


def is_invisible(character: str) -> bool:
    """Whether nothing is seen of a character but what it does to others: directions, tags, joiners, blank letters."""
    return character in _BLANK_LETTERS or (
        unicodedata.category(character) == "Cf" and character not in _SEEN_FORMATS
    )


def cleaned(text: str) -> str:
    """A name as it is kept: in composed form (NFC), without invisible characters, and without white space around it.

    A direction mark that came from a keyboard is no reason to refuse a name. Raises ValueError where no letter and
    no digit is left.
    """
    kept = (here for at, here in enumerate(text) if not is_invisible(here) or _joins(text, at))
    name = unicodedata.normalize("NFC", "".join(kept)).strip()
    if not any(unicodedata.category(character)[0] in "LN" for character in name):
        raise ValueError("no letter and no digit can be seen")
    return name


def _joins(text: str, at: int) -> bool:
    """Whether a joiner stands between letters, or marks of theirs, that it can have a meaning for."""
    beside = (text[at - 1 : at], text[at + 1 : at + 2])
    return text[at] in JOINERS and all(
        each and not each.isascii() and unicodedata.category(each)[0] in "LM" for each in beside
    )
