"""What the record refuses, and the one error for a database that cannot be reached."""

import asyncpg
import sqlalchemy as sa

from domain.errors import QuoteError


class DatabaseUnavailableError(Exception):
    """The database cannot be reached or does not answer in time. Nothing is known of what was asked for:
    whoever repeats it must be free to do so.
    """


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
