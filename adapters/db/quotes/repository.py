"""The record of quotes, as it is asked: single ones, lists, versions, events, and where a run takes one up."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONPATH

from adapters.db.database import Reading, Row
from adapters.db.json_rows import columns
from adapters.db.parties.customers import is_named
from adapters.db.pricing import active_card_id
from adapters.db.quotes.waiting import delivery_of
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
    commands,
    customers,
    messages,
    quote_events,
    quote_search,
    quote_versions,
    quotes,
)
from adapters.db.tables.base import JSON, listed
from adapters.db.tables.keyset import newest_first, once, page_at, page_of, plain
from domain.quotes import causes
from domain.quotes.envelope import CREATE, Envelope
from domain.quotes.events import EventType
from domain.quotes.notices import (
    ALL_OUT,
    UNFINISHED,
    UNSENT,
    Audience,
    DeliveryOfQuote,
    DeliveryState,
    DeliveryStatus,
    Refusal,
    is_skipped,
    readers_of,
)
from domain.quotes.quote import Quote
from domain.quotes.record import LoadResult, QuoteFilters, QuoteView
from domain.quotes.status import QuoteStatus
from domain.rate_cards.dates import DEFAULT_NAME

_ReadOfPage = Callable[[sa.FromClause], sa.Select[Any]]
"""What is read of a page of quotes: `_view`, or `_brief`."""


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
        return await self.page(QuoteFilters(customer_id=customer_id, status=status), limit=limit)

    async def page(
        self, filters: QuoteFilters, *, limit: int, after: tuple[datetime, str] | None = None
    ) -> list[QuoteView]:
        """A page of quotes, newest first; `after` is (created_at, id) of the last one seen."""
        if filters.delivery is None:
            return await self._read(await self._listed(_view, filters, limit, after))
        fares = {"among": await self._faring(filters.delivery, filters, limit, after), **page_at(limit, None)}
        return await self._read(await self._r.rows(_page(_view, frozenset({"among"})), fares))

    async def _faring(
        self,
        state: DeliveryState,
        filters: QuoteFilters,
        limit: int,
        after: tuple[datetime, str] | None,
    ) -> list[str]:
        """Ids of a page of those that fare so. That follows from more than an index holds: so those that may are judged,
        from the newest on, until there are enough, and not all of all time.
        """
        found: list[str] = []
        count = max(limit, _JUDGED)
        while True:
            rows = await self._listed(_brief, filters, count, after)
            known = await delivery_of(self._r, [row["id"] for row in rows])
            found += [row["id"] for row in rows if known.get(row["id"], ALL_OUT).state is state]
            if len(rows) < count or len(found) >= limit:
                return found[:limit]
            after, count = (rows[-1]["created_at"], rows[-1]["id"]), min(2 * count, _RECENT)

    async def _listed(
        self, shown: _ReadOfPage, filters: QuoteFilters, limit: int, after: tuple[datetime, str] | None
    ) -> Sequence[Row]:
        values = ((name, getattr(filters, name, None)) for name in _FILTERS)
        given: dict[str, Any] = {name: value for name, value in values if value is not None}
        names = frozenset(given) | ({filters.delivery} & _FILTERS.keys())
        given |= page_at(limit, after)
        if not filters.q:
            return await self._r.rows(_page(shown, names), given)
        given |= _looked_for(filters.q)
        rows = await self._r.rows(_recent_matches(shown, names), given)
        return rows if len(rows) == limit else await self._r.rows(_all_matches(shown, names), given)

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
    return replace(view, price_is_outdated=row["price_is_outdated"], readers=known, delivery=delivery)


@cache
def _chosen(names: frozenset[str]) -> sa.Select[Any]:
    """A page of those that pass the filters of these names."""
    return page_of(sa.select(quotes).where(*(_FILTERS[name] for name in sorted(names))), quotes)


@cache
def _page(shown: _ReadOfPage, names: frozenset[str]) -> sa.Select[Any]:
    return shown(_chosen(names).subquery("page"))


@cache
def _recent_matches(shown: _ReadOfPage, names: frozenset[str]) -> sa.Select[Any]:
    """Matches among the newest. A text that is in every tenth quote fills its page here; to look for all its
    matches before the newest are chosen would take seconds in a large table.
    """
    recent = _chosen(names).limit(_RECENT).subquery("recent")
    matches = sa.select(recent).join(customers, customers.c.id == recent.c.customer_id)
    return shown(page_of(matches.where(_matching(recent)), recent).subquery("page"))


@cache
def _all_matches(shown: _ReadOfPage, names: frozenset[str]) -> sa.Select[Any]:
    return shown(_chosen(names).where(_q.id.in_(_matching_ids())).subquery("page"))


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
            sa.exists()
            .where(messages.c.quote_id == q.id, sa.text(f"messages.status IN ({listed(UNSENT)})"))
            .label("has_unsent"),
        )
        .join(customers, customers.c.id == q.customer_id)
        .join(quote_versions, sa.and_(v.quote_id == q.id, v.version == q.current_version))
        .order_by(*newest_first(source))
    )


def _brief(source: sa.FromClause) -> sa.Select[Any]:
    """Quotes by what a page goes on from."""
    return sa.select(source.c.id, source.c.created_at).order_by(*newest_first(source))


def _reminders(row: Row, quote: Quote) -> tuple[str, ...]:
    """Of the reminders on record those of the present deadline."""
    prefix = causes.reminders(quote.valid_until)
    return tuple(sorted(cause for cause in row["reminded"] or () if cause.startswith(prefix)))


def on_time(
    received_at: sa.ColumnElement[datetime], valid_until: sa.ColumnElement[datetime]
) -> sa.ColumnElement[bool]:
    """`domain.quotes.validity.is_on_time`, where rows are chosen by it."""
    return sa.func.date_trunc("second", received_at) <= valid_until


def _has_mail(condition: Any) -> sa.ColumnElement[bool]:
    """Told by ids, from the few mails on: what walks from the newest quote on until a page is full walks to the oldest
    where there are fewer.
    """
    return _q.id == sa.any_(sa.func.array(sa.select(messages.c.quote_id).where(condition).scalar_subquery()))


_q = quotes.c
_RECENT: Final = 2000
_JUDGED: Final = 100
"""So many quotes at least are judged at once by how their mails fare."""
_BY_ID: Final = _view(quotes).where(_q.id == sa.bindparam("quote_id"))
_WORKFLOW_ID: Final = sa.select(sa.func.quote_workflow_id(sa.bindparam("quote_id", type_=_q.id.type)))
_BY_NUMBER: Final = _view(quotes).where(_q.number == sa.bindparam("number"))
_FILTERS: Final[dict[str, sa.ColumnElement[bool]]] = {
    "status": _q.status == sa.bindparam("status"),
    "customer_id": _q.customer_id == sa.bindparam("customer_id"),
    "number": _q.number == sa.bindparam("number"),
    "created_after": _q.created_at >= sa.bindparam("created_after"),
    "created_before": _q.created_at < sa.bindparam("created_before"),
    "valid_until_before": _q.valid_until < sa.bindparam("valid_until_before"),
    "among": _q.id == sa.any_(sa.bindparam("among", type_=ARRAY(_q.id.type))),
    DeliveryState.TROUBLE: _has_mail(sa.text(f"messages.status IN ({listed(UNFINISHED)})")),
    DeliveryState.FAILED: _has_mail(messages.c.status == sa.literal_column(f"'{DeliveryStatus.FAILED}'")),
}
"""By the fields of QuoteFilters, by ids, and whether mails may fare so. A page's text depends on which are given, and on no
value.
"""
_OF_QUOTE: Final = sa.select(quote_versions).where(quote_versions.c.quote_id == sa.bindparam("quote_id"))
_VERSIONS: Final = _OF_QUOTE.order_by(quote_versions.c.version)
_VERSION: Final = _OF_QUOTE.where(quote_versions.c.version == sa.bindparam("version"))
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
).where(quotes.c.id == _ID)
_UNDECIDED = sa.select(commands).where(commands.c.quote_id == _ID, commands.c.outcome.is_(None))
_CREATE = _UNDECIDED.where(commands.c.name == CREATE)
_OVERDUE = _UNDECIDED.where(
    on_time(commands.c.received_at, sa.bindparam("valid_until", type_=commands.c.received_at.type))
).order_by(commands.c.received_at, commands.c.id)


def _looked_for(text: str) -> dict[str, Any]:
    """A text as the parameters of the conditions below."""
    found = {"text": text, "plain": plain(text), "begins": plain(text.upper()), "numbers": []}
    if bare := _BARE_NUMBER.fullmatch(text.strip()):
        years = [bare["year"]] if bare["year"] else _YEARS
        found["numbers"] = [f"Q-{year}-{int(bare['count']):05}" for year in years]
    return found


def _matching(source: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a row of `source` (quotes, joined with customers) matches. Wildcards are plain characters."""
    found = sa.exists().where(_words.quote_id == source.c.id, _HAS_WORDS)
    return sa.or_(*_begins(source), is_named(), found)


def _matching_ids() -> sa.CompoundSelect[Any]:
    """Ids of all quotes that match, good for a rare text: a union, so that each part has an index of its own."""
    other = quotes.alias("other")
    by_name = sa.select(customers.c.id).where(is_named())
    return sa.union_all(
        *(sa.select(other.c.id).where(begins) for begins in _begins(other)),
        sa.select(other.c.id).where(other.c.customer_id.in_(by_name)),
        sa.select(_words.quote_id).where(_HAS_WORDS),
    )


def _begins(source: sa.FromClause) -> Iterator[sa.ColumnElement[bool]]:
    """By the beginning of number or external id, and by a number without what stands before it: 2026-00015, or 15."""
    yield source.c.number.startswith(sa.bindparam("begins"), escape="/")
    yield source.c.external_id.startswith(sa.bindparam("plain"), escape="/")
    yield source.c.number == sa.any_(sa.bindparam("numbers", type_=ARRAY(sa.Text)))


_words: Final = quote_search.c
_HAS_WORDS: Final = _words.words.bool_op("@@")(
    once(sa.func.search_query(sa.bindparam("text", type_=sa.Text)))
)
"""By words that follow each other in part number, description or purchase order number; the last may go on."""
_BARE_NUMBER: Final = re.compile(r"(?:Q-)?(?:(?P<year>[0-9]{4})-)?(?P<count>[0-9]{1,9})", re.IGNORECASE)
_YEARS: Final = range(2000, 2100)
"""In which quotes may have been given their numbers: each is one look into an index."""
