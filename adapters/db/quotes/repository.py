"""The record of quotes, as the domain asks for it."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from adapters.db.database import Database, Reading, Row
from adapters.db.json_rows import columns
from adapters.db.quotes.queries import find_quote, list_quotes
from adapters.db.record import save
from adapters.db.record.outgoing import Tokens
from adapters.db.record.rows import envelope_from, quote_from
from adapters.db.tables import commands, messages, quote_events, quotes
from domain.quotes import causes
from domain.quotes.envelope import CREATE, Envelope
from domain.quotes.events import EventType
from domain.quotes.notices import UNFINISHED
from domain.quotes.quote import Quote
from domain.quotes.record import (
    LoadResult,
    QuoteFilters,
    QuoteRepository,
    QuoteView,
    RecordRequest,
    RecordResult,
)
from domain.quotes.status import QuoteStatus


class PgQuotes(QuoteRepository):
    """`domain.quotes.record.QuoteRepository` on PostgreSQL. Raises DatabaseUnavailableError."""

    def __init__(self, database: Database, tokens: Tokens) -> None:
        self._database = database
        self._tokens = tokens

    async def save(self, request: RecordRequest) -> RecordResult:
        """Write a decision in one transaction; see the face."""
        async with self._database.write() as w:
            return await save.save(w, request, self._tokens)

    async def load(self, quote_id: str) -> LoadResult:
        """Where a run takes up the quote."""
        async with self._database.read() as r:
            row = await r.row(_LOAD, {"quote_id": quote_id})
            if row is None:
                return LoadResult(create=await _undecided_create(r, quote_id))
        quote = quote_from(row)
        return LoadResult(
            quote=quote,
            workflow_id=row["workflow_id"],
            causes=_reminders(row, quote),
            messages=tuple(row["waiting"] or ()),
        )

    async def find(self, quote_id: str) -> QuoteView | None:
        """The quote by its id, or None. Who reads more in the same transaction asks `queries.find_quote`."""
        async with self._database.read() as r:
            return await find_quote(r, quote_id)

    async def by_customer(
        self, customer_id: str, *, status: QuoteStatus | None = None, limit: int
    ) -> Sequence[QuoteView]:
        """A customer's quotes, newest first."""
        async with self._database.read() as r:
            return await list_quotes(r, QuoteFilters(customer_id=customer_id, status=status), limit=limit)

    async def overdue_commands(self, quote_id: str, valid_until: datetime) -> Sequence[Envelope]:
        """Commands received on time that have no outcome, by received time."""
        async with self._database.read() as r:
            rows = await r.rows(_OVERDUE, {"quote_id": quote_id, "valid_until": valid_until})
        return [envelope_from(row) for row in rows]


async def _undecided_create(r: Reading, quote_id: str) -> Envelope | None:
    row = await r.row(_CREATE, {"quote_id": quote_id})
    return envelope_from(row) if row else None


def _reminders(row: Row, quote: Quote) -> tuple[str, ...]:
    """Of the reminders on record those of the present deadline."""
    prefix = causes.reminders(quote.valid_until)
    return tuple(sorted(cause for cause in row["reminded"] or () if cause.startswith(prefix)))


def on_time(
    received_at: sa.ColumnElement[datetime], valid_until: sa.ColumnElement[datetime]
) -> sa.ColumnElement[bool]:
    """`domain.quotes.validity.is_on_time`, where rows are chosen by it."""
    return sa.func.date_trunc("second", received_at) <= valid_until


_ID = sa.bindparam("quote_id", type_=quotes.c.id.type)
_STATE = [quotes.c[name] for name in columns(quotes, without=["salt"])]
_WAITING = (
    sa.select(sa.func.array_agg(sa.cast(messages.c.id, sa.Text)))
    .where(messages.c.quote_id == _ID, messages.c.status.in_(UNFINISHED))
    .scalar_subquery()
)
_REMINDED = (
    sa.select(sa.func.array_agg(quote_events.c.cause))
    .where(quote_events.c.quote_id == _ID, quote_events.c.type == EventType.REMINDED)
    .scalar_subquery()
)
_LOAD = sa.select(
    *_STATE,
    sa.func.quote_workflow_id(quotes.c.id).label("workflow_id"),
    _WAITING.label("waiting"),
    _REMINDED.label("reminded"),
).where(quotes.c.id == _ID)
_UNDECIDED = sa.select(commands).where(commands.c.quote_id == _ID, commands.c.outcome.is_(None))
_CREATE = _UNDECIDED.where(commands.c.name == CREATE)
_OVERDUE = _UNDECIDED.where(
    on_time(commands.c.received_at, sa.bindparam("valid_until", type_=commands.c.received_at.type))
).order_by(commands.c.received_at, commands.c.id)
