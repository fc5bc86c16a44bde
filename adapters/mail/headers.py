"""The one rule for text that reaches a mail header.

Python before 3.13 lets an encoded word smuggle a line break into a header (CVE-2024-6923), so `=?` is
refused as well as every character that could end a line.
"""

import unicodedata
from typing import ClassVar, Final

from domain.errors import QuoteError

ENCODED_WORD: Final = "=?"
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters (CR, LF, NUL, …), lone surrogates, and the separators U+2028 and U+2029."""


class UnsafeHeaderError(QuoteError):
    """A text that must not reach a header. The message names the field, never the text."""

    default_code: ClassVar[str] = "unsafe_header"

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field


def header_text(value: str, *, field: str) -> str:
    """`value`, unchanged, when it may stand in a header; else UnsafeHeaderError naming `field`."""
    if ENCODED_WORD in value:
        raise UnsafeHeaderError(field, "must not contain =?")
    if any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in value):
        raise UnsafeHeaderError(field, "must be one line without control characters")
    return value
