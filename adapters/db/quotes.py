"""Quotes as they are read: single ones, lists, versions and events."""

from datetime import datetime

from adapters.db.database import Reading
from adapters.db.views import EventView, QuoteFilters, QuoteView, VersionView
from domain.quotes.status import QuoteStatus


async def find_quote(r: Reading, quote_id: str) -> QuoteView | None:
    """The quote by its id, or None."""
    raise NotImplementedError


async def find_by_number(r: Reading, number: str) -> QuoteView | None:
    """The quote by its number, or None."""
    raise NotImplementedError


async def list_quotes(
    r: Reading, filters: QuoteFilters, *, limit: int, after: tuple[datetime, str] | None = None
) -> list[QuoteView]:
    """A page of quotes, newest first; `after` is (created_at, id) of the last one seen."""
    raise NotImplementedError


async def customer_quotes(
    r: Reading, customer_id: str, *, status: QuoteStatus | None = None, limit: int = 50
) -> list[QuoteView]:
    """A customer's quotes, newest first."""
    raise NotImplementedError


async def find_versions(r: Reading, quote_id: str) -> list[VersionView]:
    """All versions of a quote, the first one first; empty where there is no quote."""
    raise NotImplementedError


async def find_version(r: Reading, quote_id: str, number: int) -> VersionView | None:
    """One version, or None."""
    raise NotImplementedError


async def find_events(
    r: Reading, quote_id: str, *, after_sequence: int = 0, limit: int | None = None
) -> list[EventView]:
    """Events of a quote after a sequence number, in their order; all of them without a limit."""
    raise NotImplementedError
