"""What an API key may do: three scopes, each with all that the one before it may."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """From the least to the most: `read` reads; `quote` also makes and changes quotes, customers and lists of parts;
    `admin` also sets prices, keeps keys, merges customers, and takes back what binds.
    """

    READ = "read"
    QUOTE = "quote"
    ADMIN = "admin"

    def is_among(self, given: Iterable[str]) -> bool:
        """Whether a key with the `given` scopes may do what takes this one."""
        return any(scope in given for scope in _ORDER[_ORDER.index(self) :])


_ORDER: Final = tuple(Scope)
LONGEST_OVERLAP_HOURS: Final = 30 * 24
"""How long at most a key's old secret goes on working beside the new one,"""
OVERLAP_HOURS: Final = 24
"""and how long where nothing is said."""
