"""The record of quotes, as the domain asks for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from adapters.db.database import Database
from domain.quotes.envelope import Envelope
from domain.quotes.quote import Quote
from domain.quotes.record import LoadResult, QuoteRepository, RecordRequest, RecordResult


class Tokens(Protocol):
    """How links' tokens are made; see `adapters.tokens.LinkTokens`."""

    def token(self, link_id: str) -> str:
        """The secret part of a link's address."""
        ...

    def hash(self, token: str) -> str:
        """What the table holds of a token."""
        ...


class PgQuotes(QuoteRepository):
    """`domain.quotes.record.QuoteRepository` on PostgreSQL. Raises DatabaseUnavailableError."""

    def __init__(self, database: Database, tokens: Tokens) -> None:
        raise NotImplementedError

    async def save(self, request: RecordRequest) -> RecordResult:
        """Write a decision in one transaction; see the face."""
        raise NotImplementedError

    async def load(self, quote_id: str) -> LoadResult:
        """Where a run takes up the quote."""
        raise NotImplementedError

    async def find(self, quote_id: str) -> Quote | None:
        """The quote by its id, or None."""
        raise NotImplementedError

    async def by_customer(self, customer_id: str, *, limit: int) -> Sequence[Quote]:
        """A customer's quotes, newest first."""
        raise NotImplementedError

    async def overdue_commands(self, quote_id: str, valid_until: datetime) -> Sequence[Envelope]:
        """Commands received on time that have no outcome, by received time."""
        raise NotImplementedError
