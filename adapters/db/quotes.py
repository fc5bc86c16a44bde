"""Quotes as they are read: single ones, lists, versions and events."""

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from adapters.db.database import Reading
from adapters.db.documents import columns
from adapters.db.rows import event_view, quote_view, version_view
from adapters.db.tables import customers, quote_events, quote_versions, quotes
from adapters.db.views import EventView, QuoteFilters, QuoteView, VersionView
from domain.quotes.status import QuoteStatus


async def find_quote(r: Reading, quote_id: str) -> QuoteView | None:
    """The quote by its id, or None."""
    row = await r.row(_BY_ID, {"quote_id": quote_id})
    return quote_view(row) if row else None


async def find_by_number(r: Reading, number: str) -> QuoteView | None:
    """The quote by its number, or None."""
    row = await r.row(_BY_NUMBER, {"number": number})
    return quote_view(row) if row else None


async def list_quotes(
    r: Reading, filters: QuoteFilters, *, limit: int, after: tuple[datetime, str] | None = None
) -> list[QuoteView]:
    """A page of quotes, newest first; `after` is (created_at, id) of the last one seen."""
    page = VIEW.where(*_conditions(filters))
    if after is not None:
        page = page.where(
            sa.tuple_(_q.created_at, _q.id) < sa.tuple_(after[0], sa.cast(after[1], _q.id.type))
        )
    rows = await r.rows(page.order_by(*_NEWEST_FIRST).limit(limit))
    return [quote_view(row) for row in rows]


async def customer_quotes(
    r: Reading, customer_id: str, *, status: QuoteStatus | None = None, limit: int = 50
) -> list[QuoteView]:
    """A customer's quotes, newest first."""
    return await list_quotes(r, QuoteFilters(customer_id=customer_id, status=status), limit=limit)


async def find_versions(r: Reading, quote_id: str) -> list[VersionView]:
    """All versions of a quote, the first one first; empty where there is no quote."""
    rows = await r.rows(_VERSIONS.order_by(quote_versions.c.version), {"quote_id": quote_id})
    return [version_view(row) for row in rows]


async def find_version(r: Reading, quote_id: str, number: int) -> VersionView | None:
    """One version, or None."""
    row = await r.row(_VERSIONS.where(quote_versions.c.version == number), {"quote_id": quote_id})
    return version_view(row) if row else None


async def find_events(
    r: Reading, quote_id: str, *, after_sequence: int = 0, limit: int | None = None
) -> list[EventView]:
    """Events of a quote after a sequence number, in their order; all of them without a limit."""
    page = _EVENTS.where(quote_events.c.sequence > after_sequence).limit(limit)
    return [event_view(row) for row in await r.rows(page, {"quote_id": quote_id})]


def _conditions(filters: QuoteFilters) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool] | None] = [
        None if filters.status is None else _q.status == str(filters.status),
        None if filters.customer_id is None else _q.customer_id == filters.customer_id,
        None if filters.number is None else _q.number == filters.number,
        None if filters.created_after is None else _q.created_at >= filters.created_after,
        None if filters.created_before is None else _q.created_at < filters.created_before,
        None if filters.valid_until_before is None else _q.valid_until < filters.valid_until_before,
        None if not filters.q else _q.id.in_(_matching(filters.q)),
    ]
    return [condition for condition in found if condition is not None]


def _matching(text: str) -> Any:
    """Ids of quotes by what people type. A union, so that each part goes by an index of its own."""
    other = quotes.alias("other")
    by_name = sa.select(customers.c.id).where(customers.c.name.icontains(text, autoescape=True))
    return sa.union_all(
        sa.select(other.c.id).where(other.c.number.startswith(text.upper(), autoescape=True)),
        sa.select(other.c.id).where(other.c.external_id.startswith(text, autoescape=True)),
        sa.select(other.c.id).where(other.c.customer_id.in_(by_name)),
    )


_q = quotes.c
_NEWEST_FIRST: Final = (_q.created_at.desc(), _q.id.desc())

VIEW: Final = (
    sa.select(
        *(_q[name] for name in columns(quotes, without=["salt"])),
        customers.c.name.label("customer_name"),
        quote_versions.c.content,
        sa.func.quote_now(_q.id).label("now"),
    )
    .join(customers, customers.c.id == _q.customer_id)
    .join(
        quote_versions,
        sa.and_(quote_versions.c.quote_id == _q.id, quote_versions.c.version == _q.current_version),
    )
)
"""Quotes with the content of their current version; read by `rows.quote_view`."""

_BY_ID: Final = VIEW.where(_q.id == sa.bindparam("quote_id"))
_BY_NUMBER: Final = VIEW.where(_q.number == sa.bindparam("number"))
_VERSIONS: Final = sa.select(quote_versions).where(quote_versions.c.quote_id == sa.bindparam("quote_id"))
_EVENTS: Final = (
    sa.select(quote_events)
    .where(quote_events.c.quote_id == sa.bindparam("quote_id"))
    .order_by(quote_events.c.sequence)
)
