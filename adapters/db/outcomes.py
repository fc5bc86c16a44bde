"""Waiting for a command's outcome: PostgreSQL notifies, and a slow poll stands behind it."""

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.db.database import Database
from adapters.db.views import CommandView


class Expected:
    """An outcome that somebody waits for; noticed from the moment this object exists."""

    async def wait(self, seconds: float) -> CommandView | None:
        """The decided command, or None when `seconds` have passed."""
        raise NotImplementedError


class Outcomes:
    """One listening connection per process, which comes back by itself."""

    def __init__(self, database: Database) -> None:
        raise NotImplementedError

    async def start(self) -> None:
        """Start to listen. Returns also when the database is away: listening begins when it is back."""
        raise NotImplementedError

    @contextmanager
    def expect(self, command_id: str) -> Iterator[Expected]:
        """Enter this before the signal is sent, so that no outcome slips through between."""
        raise NotImplementedError
        yield Expected()

    async def wait(self, command_id: str, seconds: float) -> CommandView | None:
        """The decided command, also when it was decided before; None after `seconds`."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop listening; whoever still waits gets None."""
        raise NotImplementedError
