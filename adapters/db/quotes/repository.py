"""The record of quotes, as it is asked: single ones, lists, versions, events, and where a run takes one up."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONPATH

from adapters.db.database import Reading, Row
from adapters.db.json_rows import columns
from adapters.db.pricing import active_card_id
from adapters.db.quotes.listing import page_of_quotes
from adapters.db.quotes.waiting import delivery_of
from adapters.db.record.orders import order_state
from adapters.db.record.rows import (
    envelope_from,
    event_view,
    held_link,
    open_links,
    quote_from,
    quote_view,
    version_view,
)
from adapters.db.record.views import EventView, VersionView
from adapters.db.tables import (
    acceptances,
    commands,
    customers,
    messages,
    orders,
    quote_events,
    quote_versions,
    quotes,
)
from adapters.db.tables.base import JSON, listed
from domain.money import Money
from domain.offer.content import content_from_data
from domain.presentation.sheet import is_to_be_chosen
from domain.proof.order import OrderWay
from domain.quotes import causes
from domain.quotes.envelope import CREATE, Envelope
from domain.quotes.events import EventType
from domain.quotes.notices import (
    ALL_OUT,
    UNFINISHED,
    UNSENT,
    Audience,
    DeliveryOfQuote,
    Refusal,
    is_skipped,
    readers_of,
)
from domain.quotes.quote import Quote
from domain.quotes.record import (
    NEWEST_FIRST,
    ListedQuote,
    LoadResult,
    OrderStatus,
    QuoteFilters,
    QuoteView,
    RowPlace,
    Sorting,
)
from domain.quotes.status import QuoteStatus
from domain.rate_cards.dates import DEFAULT_NAME


class PgQuotes:
    """Quotes as recorded, asked by one session. `record.save.save` writes them; a draft that is deleted is recorded as
    cancelled, never removed. Raises DatabaseUnavailableError.
    """

    def __init__(self, reading: Reading) -> None:
        self._r = reading

    async def find(self, quote_id: str) -> QuoteView | None:
        """The quote by its id, or None."""
        row = await self._r.row(_BY_ID, {"quote_id": quote_id})
        return (await self._read([row]))[0] if row else None

    async def find_by_number(self, number: str) -> QuoteView | None:
        """The quote by its number, or None."""
        row = await self._r.row(_BY_NUMBER, {"number": number})
        return (await self._read([row]))[0] if row else None

    async def by_customer(
        self, customer_id: str, *, status: QuoteStatus | None = None, limit: int
    ) -> list[QuoteView]:
        """A customer's quotes, newest first."""
        return await self.page(
            QuoteFilters(customer_id=customer_id, statuses=(status,) if status else ()), limit=limit
        )

    async def page(
        self,
        filters: QuoteFilters,
        sorting: Sorting = NEWEST_FIRST,
        *,
        limit: int,
        after: RowPlace | None = None,
    ) -> list[QuoteView]:
        """A page of quotes in that order; `after` is the place of the last one seen."""
        rows = await page_of_quotes(self._r, _view, filters, sorting, limit=limit, after=after)
        return await self._read(rows)

    async def rows(
        self,
        filters: QuoteFilters,
        sorting: Sorting = NEWEST_FIRST,
        *,
        limit: int,
        after: RowPlace | None = None,
    ) -> list[ListedQuote]:
        """The same page as rows of a list, without what the quotes offer."""
        rows = await page_of_quotes(self._r, _line, filters, sorting, limit=limit, after=after)
        unsent = [row["id"] for row in rows if row["has_unsent"]]
        delivery = await delivery_of(self._r, unsent) if unsent else {}
        return [_listed(row, delivery.get(row["id"], ALL_OUT)) for row in rows]

    async def to_be_chosen(self, quote_ids: Sequence[str]) -> frozenset[str]:
        """Which of these quotes are open, and have a total only when the customer has chosen."""
        rows = await self._r.rows(_WITH_CHOICES, {"quote_ids": list(quote_ids)}) if quote_ids else ()
        return frozenset(
            row["quote_id"] for row in rows if is_to_be_chosen(content_from_data(row["content"]))
        )

    async def versions(self, quote_id: str) -> list[VersionView]:
        """All versions of a quote, the first one first; empty where there is no quote."""
        rows = await self._r.rows(_VERSIONS, {"quote_id": quote_id})
        return [version_view(row) for row in rows]

    async def version(self, quote_id: str, number: int) -> VersionView | None:
        """One version, or None."""
        row = await self._r.row(_VERSION, {"quote_id": quote_id, "version": number})
        return version_view(row) if row else None

    async def events(
        self, quote_id: str, *, after_sequence: int = 0, limit: int | None = None
    ) -> list[EventView]:
        """Events of a quote after a sequence number, in their order; all of them without a limit."""
        asked = {"quote_id": quote_id, "after": after_sequence, "limit": limit}
        return [event_view(row) for row in await self._r.rows(_EVENTS, asked)]

    async def workflow_id(self, quote_id: str) -> str:
        """The id of the quote's workflow, which stays the same for all its runs."""
        found: str = await self._r.value(_WORKFLOW_ID, {"quote_id": quote_id})
        return found

    async def refused_addresses(self, quote_id: str) -> tuple[str, ...]:
        """The addresses to which no mail of the quote is tried until somebody sends it to them by name."""
        rows = await self._r.rows(_REFUSED, {"quote_id": quote_id})
        return tuple(
            row["recipient"]
            for row in rows
            if is_skipped(Audience.CUSTOMER, refused_at=row["refused_at"], named_at=row["named_at"])
        )

    async def load(self, quote_id: str) -> LoadResult:
        """Where a run takes up the quote."""
        row = await self._r.row(_LOAD, {"quote_id": quote_id})
        if row is None:
            created = await self._r.row(_CREATE, {"quote_id": quote_id})
            return LoadResult(create=envelope_from(created) if created else None)
        quote = quote_from(row)
        return LoadResult(
            quote=quote,
            workflow_id=row["workflow_id"],
            causes=_reminders(row, quote),
            messages=tuple(row["waiting"] or ()),
            hands_over=row["hands_over"],
        )

    async def overdue_commands(self, quote_id: str, valid_until: datetime) -> list[Envelope]:
        """Commands received on time (cut to whole seconds) that have no outcome, by received time."""
        rows = await self._r.rows(_OVERDUE, {"quote_id": quote_id, "valid_until": valid_until})
        return [envelope_from(row) for row in rows]

    async def _read(self, rows: Sequence[Row]) -> list[QuoteView]:
        """How mails fare is asked for only where one is not out."""
        unsent = [row["id"] for row in rows if row["has_unsent"]]
        delivery = await delivery_of(self._r, unsent) if unsent else {}
        return [_read(row, delivery.get(row["id"], ALL_OUT)) for row in rows]


def _read(row: Row, delivery: DeliveryOfQuote) -> QuoteView:
    view = quote_view(row)
    held = (held_link(link) for link in row["open_links"] or ())
    known = readers_of(held, view.quote.last_sent_version)
    return replace(
        view,
        price_is_outdated=row["price_is_outdated"],
        readers=known,
        delivery=delivery,
        order=order_state(row),
    )


def _is_outdated(q: Any) -> sa.ColumnElement[bool]:
    """Whether a line of the newest version was priced by another rate card than the customer's that is valid now."""
    newest = quote_versions.alias("newest")
    content = sa.case(
        (q.working_version.is_(None), quote_versions.c.content),
        else_=sa.select(newest.c.content)
        .where(newest.c.quote_id == q.id, newest.c.version == q.working_version)
        .scalar_subquery(),
    )
    theirs = sa.func.coalesce(customers.c.rate_card, DEFAULT_NAME)
    other = sa.cast("$.lines[*] ? (@.rate_card_id != null && @.rate_card_id != $now)", JSONPATH)
    return sa.func.jsonb_path_exists(
        content, other, sa.func.jsonb_build_object("now", active_card_id(theirs))
    )


_ORDER: Final = (
    orders.c.status.label("order_status"),
    sa.func.coalesce(orders.c.ended_at, orders.c.asked_at).label("order_at"),
    orders.c.last_error.label("order_error"),
)
"""Read by `record.orders.order_state`."""


def _view(source: sa.FromClause) -> sa.Select[Any]:
    """Quotes (a page of them, chosen before anything is joined) with the content of their current version.

    Read by `rows.quote_view`.
    """
    q, v = source.c, quote_versions.c
    return (
        sa.select(
            *(q[name] for name in columns(quotes, without=["salt"])),
            customers.c.name.label("customer_name"),
            v.content,
            sa.func.quote_workflow_id(q.id).label("workflow_id"),
            sa.func.quote_now(q.id).label("now"),
            _is_outdated(q).label("price_is_outdated"),
            sa.literal_column(open_links(str(q.id)), JSON).label("open_links"),
            _has_unsent(q),
            sa.select(acceptances.c.purchase_order_number)
            .where(acceptances.c.quote_id == q.id)
            .scalar_subquery()
            .label("purchase_order_number"),
            *_ORDER,
        )
        .join(customers, customers.c.id == q.customer_id)
        .join(quote_versions, sa.and_(v.quote_id == q.id, v.version == q.current_version))
        .outerjoin(orders, orders.c.quote_id == q.id)
    )


def _line(source: sa.FromClause) -> sa.Select[Any]:
    """Quotes as rows of a list, read by `_listed`."""
    q = source.c
    names = [each.name for each in fields(ListedQuote) if each.name in q]
    return (
        sa.select(
            *(q[name] for name in names),
            q.working_version.is_not(None).label("is_in_revision"),
            q.total,
            q.currency,
            customers.c.name.label("customer_name"),
            sa.func.quote_now(q.id).label("now"),
            _has_unsent(q),
            *_ORDER,
        )
        .join(customers, customers.c.id == q.customer_id)
        .outerjoin(orders, orders.c.quote_id == q.id)
    )


def _listed(row: Row, delivery: DeliveryOfQuote) -> ListedQuote:
    own = {
        each.name: row[each.name]
        for each in fields(ListedQuote)
        if each.name not in {"price", "delivery", "order"}
    }
    price, order = Money(row["total"], row["currency"]), order_state(row)
    own["status"] = QuoteStatus(row["status"])
    return ListedQuote(**own, price=price, delivery=delivery, order=order)


def _has_unsent(q: Any) -> sa.Label[bool]:
    unsent = sa.text(f"messages.status IN ({listed(UNSENT)})")
    return sa.exists().where(messages.c.quote_id == q.id, unsent).label("has_unsent")


def _reminders(row: Row, quote: Quote) -> tuple[str, ...]:
    """Of the reminders on record those of the present deadline."""
    prefix = causes.reminders(quote.valid_until)
    return tuple(sorted(cause for cause in row["reminded"] or () if cause.startswith(prefix)))


def on_time(
    received_at: sa.ColumnElement[datetime], valid_until: sa.ColumnElement[datetime]
) -> sa.ColumnElement[bool]:
    """`domain.quotes.validity.is_on_time`, where rows are chosen by it."""
    return sa.func.date_trunc("second", received_at) <= valid_until


_q = quotes.c
_BY_ID: Final = _view(quotes).where(_q.id == sa.bindparam("quote_id"))
_WORKFLOW_ID: Final = sa.select(sa.func.quote_workflow_id(sa.bindparam("quote_id", type_=_q.id.type)))
_BY_NUMBER: Final = _view(quotes).where(_q.number == sa.bindparam("number"))
_OF_QUOTE: Final = sa.select(quote_versions).where(quote_versions.c.quote_id == sa.bindparam("quote_id"))
_VERSIONS: Final = _OF_QUOTE.order_by(quote_versions.c.version)
_VERSION: Final = _OF_QUOTE.where(quote_versions.c.version == sa.bindparam("version"))
_WITH_CHOICES: Final = (
    sa.select(quote_versions.c.quote_id, quote_versions.c.content)
    .join(quotes, sa.and_(_q.id == quote_versions.c.quote_id, _q.current_version == quote_versions.c.version))
    .where(
        _q.id.in_(sa.bindparam("quote_ids", expanding=True, type_=_q.id.type)),
        _q.status.in_([QuoteStatus.DRAFT, QuoteStatus.SENT]),
        sa.func.jsonb_path_exists(
            quote_versions.c.content,
            sa.cast("$.lines[*] ? (exists(@.alternatives) || @.optional == true)", JSONPATH),
        ),
    )
)
_EVENTS: Final = (
    sa.select(quote_events)
    .where(
        quote_events.c.quote_id == sa.bindparam("quote_id"),
        quote_events.c.sequence > sa.bindparam("after"),
    )
    .order_by(quote_events.c.sequence)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_ID = sa.bindparam("quote_id", type_=quotes.c.id.type)
_STATE = [quotes.c[name] for name in columns(quotes, without=["salt"])]
_WAITING = (
    sa.select(sa.func.array_agg(sa.cast(messages.c.id, sa.Text)))
    .where(messages.c.quote_id == _ID, messages.c.status.in_(UNFINISHED))
    .scalar_subquery()
)
_m = messages.c
_REFUSED = (
    sa.select(
        sa.func.min(_m.recipient).label("recipient"),
        sa.func.max(_m.failed_at).filter(_m.refused == Refusal.ADDRESS).label("refused_at"),
        sa.func.max(_m.created_at).filter(_m.audience == Audience.RECIPIENTS).label("named_at"),
    )
    .where(_m.quote_id == _ID)
    .group_by(sa.func.lower(_m.recipient))
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
    sa.exists()
    .where(orders.c.quote_id == _ID, orders.c.status == OrderStatus.PENDING, orders.c.way == OrderWay.HTTP)
    .label("hands_over"),
).where(quotes.c.id == _ID)
_UNDECIDED = sa.select(commands).where(commands.c.quote_id == _ID, commands.c.outcome.is_(None))
_CREATE = _UNDECIDED.where(commands.c.name == CREATE)
_OVERDUE = _UNDECIDED.where(
    on_time(commands.c.received_at, sa.bindparam("valid_until", type_=commands.c.received_at.type))
).order_by(commands.c.received_at, commands.c.id)
