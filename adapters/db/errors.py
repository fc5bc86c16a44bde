"""What the record refuses, and the one error for a database that cannot do for now what it is asked."""

from enum import StrEnum
from typing import Final

import asyncpg
import sqlalchemy as sa

from domain.errors import QuoteError


class Obstacle(StrEnum):
    """Why the database cannot do for now what it is asked."""

    UNREACHABLE = "unreachable"
    READ_ONLY = "read_only"
    FULL = "disk_full"
    CROWDED = "too_many_connections"
    SHORT = "out_of_resources"
    BUSY = "busy"

    @property
    def words(self) -> str:
        """What is the matter, as a sentence that follows "the database"."""
        return _WORDS[self]


_WORDS: Final = {
    Obstacle.UNREACHABLE: "is not reachable for now",
    Obstacle.READ_ONLY: "is read-only and takes no changes",
    Obstacle.FULL: "has no room left on its disk",
    Obstacle.CROWDED: "has too many connections already",
    Obstacle.SHORT: "is short of memory or of what else it needs",
    Obstacle.BUSY: "is too busy: a statement was cancelled or waited too long for a lock",
}
_OBSTACLES: Final = {
    "08": Obstacle.UNREACHABLE,  # connection exceptions
    "57P": Obstacle.UNREACHABLE,  # a server that stops or starts
    "25006": Obstacle.READ_ONLY,  # as after a failover, or by `default_transaction_read_only`
    "53100": Obstacle.FULL,
    "53300": Obstacle.CROWDED,
    "53": Obstacle.SHORT,
    "58030": Obstacle.SHORT,  # the disk fails
    "57014": Obstacle.BUSY,  # cancelled, by a person or by `statement_timeout`
    "55P03": Obstacle.BUSY,  # `lock_timeout`
    "25P03": Obstacle.BUSY,  # idle for too long within a transaction
    "25P04": Obstacle.BUSY,  # `transaction_timeout`
    "40": Obstacle.BUSY,  # the lost race of two transactions
}
"""By the beginnings of SQLSTATEs, those of a class behind its members. All pass: what was asked is worth repeating."""


def obstacle_of(state: str) -> Obstacle | None:
    """Which one an SQLSTATE tells of; None for an error that no waiting mends."""
    return next((found for start, found in _OBSTACLES.items() if state.startswith(start)), None)


class DatabaseUnavailableError(Exception):
    """The database cannot be reached, does not answer in time, or cannot do what it is asked for now; `obstacle` says
    which. Nothing is known of what was asked for: whoever repeats it must be free to do so.
    """

    def __init__(self, obstacle: Obstacle = Obstacle.UNREACHABLE) -> None:
        super().__init__(f"the database {obstacle.words}")
        self.obstacle = obstacle


class IdempotencyKeyReusedError(QuoteError):
    """The caller used this `Idempotency-Key` before, for another request."""

    default_code = "idempotency_key_reused"


class CustomerNotFoundError(QuoteError):
    """There is no customer with that id."""

    default_code = "customer_not_found"


class CalculationNotFoundError(QuoteError):
    """There is no stored calculation with that id, or no rate card for one to be stored by."""

    default_code = "calculation_not_found"


class ExternalIdTakenError(QuoteError):
    """Another quote has the caller's own reference already."""

    default_code = "external_id_taken"


REFUSALS = (asyncpg.PostgresError, sa.exc.SQLAlchemyError)
"""What drivers raise when the server answers, and says no."""

FORM = (
    "postgresql://user:password@host:port/name, where a password must write / ? # @ % as %2F %3F %23 %40 %25"
)
MALFORMED = (ValueError, OverflowError, asyncpg.InterfaceError, sa.exc.InterfaceError)
"""What drivers raise for an address that they cannot read."""

NO_TABLE = "42P01"
_NOT_LET_IN = ("28", "3D", "42501")
"""Wrong name or password, no such database, and no right to do it."""


def unusable(error: Exception) -> str | None:
    """A sentence, when the error says that nobody could work with the database at all; else None."""
    if isinstance(error, MALFORMED):  # whose own words would quote the setting, password and all
        return f"DATABASE_URL is malformed. Correct it: {FORM}."
    if not isinstance(error, DatabaseUnavailableError | OSError) and not sqlstate(error).startswith(
        _NOT_LET_IN
    ):
        return None
    why = first_line(error)
    return f"The database at DATABASE_URL cannot be used: {why}. Start it, or correct the setting: {FORM}."


def first_line(error: Exception) -> str:
    """What an error says, without the lines that are for programmers."""
    told = getattr(error, "orig", None) or error
    return str(told).strip().split("\n", 1)[0].rstrip(".") or type(error).__name__


def sqlstate(error: Exception) -> str:
    told = getattr(error, "orig", None) or error
    return str(getattr(told, "sqlstate", None) or getattr(told.__cause__, "sqlstate", None) or "")
