"""How the story is told, and what happens when it does not go as told."""

from collections.abc import Callable
from datetime import datetime
from textwrap import wrap
from typing import Any, Final

from cli.local.errors import StackError
from cli.local.seed.demo_data import SELLER
from domain import wording

_MARGIN: Final = " " * 19
_WIDTH: Final = 88


class StoryError(StackError):
    """Something is not as the story says: a defect of the product or of the story."""


def check(holds: object, what: str) -> None:
    """Raises `StoryError` where what the story says does not hold."""
    if not holds:
        raise StoryError(
            f"The demo failed: {what} was expected. `firm-offer run` starts the same product; its logs "
            "say more."
        )


class Teller:
    """Prints line by line; times are the seller's, as the quote's own clock has them."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def chapter(self, title: str) -> None:
        """A new part of the story."""
        self._say(f"\n{title}\n{'-' * len(title)}")

    def at(self, instant: datetime, text: str) -> None:
        """What happens, and when."""
        when = wording.local_minute(instant, SELLER.time_zone) + "  "
        self._block(f"{when:<{len(_MARGIN)}}", text)

    def more(self, text: str) -> None:
        """What belongs to the line before."""
        self._block(_MARGIN, text)

    def link(self, url: str) -> None:
        """An address, never broken."""
        self._say(f"{_MARGIN}{url}")

    def mail(self, mail: dict[str, Any]) -> None:
        """A mail that has arrived."""
        self._say(f"{_MARGIN}✉ {mail['subject']}\n{_MARGIN}  to {mail['to']}")

    def _block(self, first: str, text: str) -> None:
        lines = wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
        for number, line in enumerate(lines):
            self._say(f"{first if number == 0 else ' ' * len(first)}{line}")
