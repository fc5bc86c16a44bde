"""What the shop's people may do: four roles, each with all that the one below it may."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """From the least to the most: a viewer reads; sales make, send and record quotes; a manager also sets prices and
    the seller, and merges customers; an admin also lets people in, keeps keys, and takes back what binds.
    """

    VIEWER = "viewer"
    SALES = "sales"
    MANAGER = "manager"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        """Whether this one may do what `other` may."""
        return _ORDER.index(self) >= _ORDER.index(other)


_ORDER: Final = tuple(Role)

USER: Final = "user:"
"""What the actor begins with where one of the shop's people acts at the desk; the user's id follows."""
IDLE_HOURS: Final = 12
"""A session ends when nothing was asked in it for so long,"""
LONGEST_DAYS: Final = 7
"""and after so long in any case."""
LINK_MINUTES: Final = 10
"""How long a sign-in link works, once and in the browser that asked for it."""
LINKS_PER_PERSON: Final = 3
"""How many of them a person is sent within that time, whoever asks,"""
LINKS_IN_ALL: Final = 60
"""and all of the shop together."""
LOCAL_LINK_HOURS: Final = 24
"""How long the link works that the local run prints: no mail carries it, and nobody but who started the run reads it."""
ENDED_DAYS: Final = 30
"""How long a session can be looked up after it was begun or ended,"""
FORM_DAYS: Final = 7
"""and how long a form is kept that was sent in one that had ended."""
