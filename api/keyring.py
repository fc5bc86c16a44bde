"""API keys, remembered for a moment: a busy caller's key is not read anew for every request."""

from collections.abc import Callable
from typing import Final

from adapters.db.database import Database
from adapters.db.parties.keys import KeyView, find_key

REMEMBERED_SECONDS: Final = 2.0
"""A key that is revoked is refused this much later at the latest."""

_MOST: Final = 1000


class KeyRing:
    """Keys by their public ids. What is not there is looked for every time; secrets are never held."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, tuple[float, KeyView]] = {}

    async def find(self, public_id: str) -> KeyView | None:
        """The key as it was at most two seconds ago, or None. Raises DatabaseUnavailableError."""
        until, known = self._known.get(public_id, (0.0, None))
        if known is not None and self._clock() < until:
            return known
        async with self._database.read() as reading:
            found = await find_key(reading, public_id)
        if len(self._known) >= _MOST:
            self._known.clear()
        if found is not None:
            self._known[public_id] = (self._clock() + REMEMBERED_SECONDS, found)
        return found
