"""The connection to PostgreSQL, and the two kinds of session that the stores are given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from adapters.db.errors import DatabaseUnavailableError

__all__ = ["Database", "DatabaseUnavailableError", "Reading", "Writing"]


class Reading:
    """A session that only reads. Each statement sees what is committed when it starts."""


class Writing(Reading):
    """A session that may write, and read what it wrote."""


class Database:
    """A pool of connections. Opened once per process; connections are made when they are needed.

    Everything raises DatabaseUnavailableError while PostgreSQL cannot be reached, and works again by
    itself when it is back. A text that PostgreSQL cannot hold (NUL, half of a surrogate pair) raises
    `domain.errors.MalformedCommandError`.
    """

    @classmethod
    def connect(cls, url: str, *, pool_size: int = 10) -> Self:
        """A pool for `postgresql://user:password@host:port/name`; no connection is made yet."""
        raise NotImplementedError

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reading]:
        """A session to read with. Each statement stands alone: no transaction is opened."""
        raise NotImplementedError
        yield Reading()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writing]:
        """A transaction: committed at the end of the block, rolled back when it raises."""
        raise NotImplementedError
        yield Writing()

    @asynccontextmanager
    async def write_each(self) -> AsyncIterator[Writing]:
        """A session each of whose statements commits by itself: two round trips less where one statement
        does it all, as in `inbox.store`, `inbox.store_create`, `inbox.keep_answer` and `outbox.claim`.
        """
        raise NotImplementedError
        yield Writing()

    async def close(self) -> None:
        """Close all connections."""
        raise NotImplementedError
