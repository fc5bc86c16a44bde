"""Which quotes a list shows, and in which order: filters, search, and pages by the last row seen, so that a page costs the same
however many quotes there are and wherever in the list it is.

A statement's text follows from the kind of the question (`_ListStatement`), and never from its values.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.db.database import Reading, Row
from adapters.db.parties.customers import is_named, with_merged
from adapters.db.quotes.waiting import delivery_of
from adapters.db.tables import customers, messages, orders, quote_search, quotes
from adapters.db.tables.base import listed
from adapters.db.tables.keyset import once, plain
from domain.quotes.notices import ALL_OUT, UNFINISHED, DeliveryState, DeliveryStatus
from domain.quotes.record import NEWEST_FIRST, OrderStatus, QuoteFilters, RowPlace, Sorting, SortKey
from domain.quotes.status import QuoteStatus

ReadOfPage = Callable[[sa.FromClause], sa.Select[Any]]
"""What is read of quotes that were chosen: of a page of them, before anything is joined."""


@dataclass(frozen=True, slots=True)
class _ListStatement:
    """What a statement's text depends on: the filters that are given, how many statuses, the order, and whether it is a
    first page.
    """

    names: frozenset[str]
    statuses: int
    sorting: Sorting
    goes_on: bool

    @property
    def sifting(self) -> frozenset[str]:
        """Filters that the order has no index for: among rows in the order it is looked for those that pass."""
        return self.names & _SIFTED - _IN_ORDER[self.sorting.key]


async def page_of_quotes(
    r: Reading,
    shown: ReadOfPage,
    filters: QuoteFilters,
    sorting: Sorting = NEWEST_FIRST,
    *,
    limit: int,
    after: RowPlace | None = None,
) -> Sequence[Row]:
    """A page of the quotes that pass, in that order, from the row after the place `after`. Raises DatabaseUnavailableError."""
    if filters.delivery is None:
        return await _chosen(r, shown, filters, sorting, limit, after)
    found = await _faring(r, filters.delivery, filters, sorting, limit, after)
    return await r.rows(
        _among(shown, sorting), {"among": [row["id"] for row in found], "limit": max(len(found), 1)}
    )


async def _faring(
    r: Reading,
    state: DeliveryState,
    filters: QuoteFilters,
    sorting: Sorting,
    limit: int,
    after: RowPlace | None,
) -> Sequence[Row]:
    """A page of those whose mails fare so. That follows from more than an index holds: so those that may are judged, in
    their order, until there are enough, and not all of all time.
    """
    found: list[Row] = []
    count = max(limit, _JUDGED)
    while True:
        rows = await _chosen(r, _brief, filters, sorting, count, after)
        known = await delivery_of(r, [row["id"] for row in rows])
        found += [row for row in rows if known.get(row["id"], ALL_OUT).state is state]
        if len(rows) < count or len(found) >= limit:
            return found[:limit]
        after, count = tuple(rows[-1][name] for name in _KEYS[sorting.key]), min(2 * count, _RECENT)


async def _chosen(
    r: Reading, shown: ReadOfPage, filters: QuoteFilters, sorting: Sorting, limit: int, after: RowPlace | None
) -> Sequence[Row]:
    values = ((name, getattr(filters, name, None)) for name in _FILTERS)
    given = await with_merged(r, {name: value for name, value in values if value is not None})
    names = frozenset(given)
    if filters.delivery in _FILTERS:
        names |= {str(filters.delivery)}
    statuses = filters.statuses
    if filters.order_statuses:
        given |= {"order_statuses": [*filters.order_statuses]}
        names |= {_order_filter(filters.order_statuses)}
        statuses = statuses or _WITH_ORDERS.get(_order_filter(filters.order_statuses), ())
    if not statuses and sorting.key is not SortKey.CREATED_AT and not names & _FEW:
        statuses = tuple(QuoteStatus)
    given |= {f"status_{place}": status for place, status in enumerate(statuses)}
    given |= {f"after_{name}": value for name, value in zip(_KEYS[sorting.key], after or (), strict=False)}
    given |= {"limit": limit}
    if filters.q:
        given |= _looked_for(filters.q)
        names |= {_SEARCH}
    shape = _ListStatement(names, len(statuses), sorting, after is not None)
    if not shape.sifting:
        return await r.rows(_page(shown, shape), given)
    rows = await r.rows(_recent_matches(shown, shape), given)
    return rows if len(rows) == limit else await r.rows(_all_matches(shown, shape), given)


@cache
def _among(shown: ReadOfPage, sorting: Sorting) -> sa.Select[Any]:
    chosen = sa.select(quotes).where(_FILTERS["among"]).limit(_LIMIT)
    return _in_order(shown, chosen.subquery("page"), sorting)


@cache
def _page(shown: ReadOfPage, shape: _ListStatement) -> sa.Select[Any]:
    return _in_order(shown, _ordered(shape, _LIMIT).subquery("page"), shape.sorting)


@cache
def _recent_matches(shown: ReadOfPage, shape: _ListStatement) -> sa.Select[Any]:
    """Matches among the first in the order. What is true of every tenth quote fills its page here; to look for all that
    match before the first of them are chosen would take seconds in a large table.
    """
    recent = _ordered(shape, sa.literal_column(str(_RECENT))).subquery("recent")
    matches = sa.select(recent).where(*_conditions(shape.sifting - {_SEARCH}, recent))
    if _SEARCH in shape.sifting:
        matches = matches.join(customers, customers.c.id == recent.c.customer_id).where(_matching(recent))
    ordered = matches.order_by(*_order(recent, shape.sorting)).limit(_LIMIT)
    return _in_order(shown, ordered.subquery("page"), shape.sorting)


@cache
def _all_matches(shown: ReadOfPage, shape: _ListStatement) -> sa.Select[Any]:
    """All that pass, put in order: they are few. They are found before that, by what makes them few."""
    passing = sa.select(quotes).where(*_conditions(shape.names - {_SEARCH}, quotes), *_onward(shape))
    if shape.statuses:
        passing = passing.where(sa.or_(*(_has_status(place) for place in range(shape.statuses))))
    elif shape.names & _DEADLINES:
        passing = passing.where(sa.text(f"quotes.status IN ({listed(QuoteStatus)})"))
    if _SEARCH in shape.names:
        passing = passing.where(_q.id.in_(_matching_ids()))
    found = passing.cte("found").prefix_with("MATERIALIZED")
    ordered = sa.select(found).order_by(*_order(found, shape.sorting)).limit(_LIMIT)
    return _in_order(shown, ordered.subquery("page"), shape.sorting)


def _ordered(shape: _ListStatement, limit: Any) -> sa.Select[Any]:
    """The first in the order that pass what the order has an index for, a status at a time."""

    def of(*statuses: sa.ColumnElement[bool]) -> sa.Select[Any]:
        passing = sa.select(quotes).where(*_conditions(shape.names - shape.sifting, quotes), *_onward(shape))
        return passing.where(*statuses).order_by(*_order(quotes, shape.sorting)).limit(limit)

    if shape.statuses == 0:
        return of()
    if shape.statuses == 1:
        return of(_has_status(0))
    each = (sa.select(of(_has_status(place)).subquery(f"of_{place}")) for place in range(shape.statuses))
    merged = sa.union_all(*each).subquery("merged")
    return sa.select(merged).order_by(*_order(merged, shape.sorting)).limit(limit)


def _in_order(shown: ReadOfPage, page: sa.FromClause, sorting: Sorting) -> sa.Select[Any]:
    return shown(page).order_by(*_order(page, sorting))


def _order(source: sa.FromClause, sorting: Sorting) -> tuple[sa.ColumnElement[Any], ...]:
    columns = (source.c[name] for name in _KEYS[sorting.key])
    return tuple(column.desc() if sorting.is_descending else column.asc() for column in columns)


def _onward(shape: _ListStatement) -> tuple[sa.ColumnElement[bool], ...]:
    """What comes after the last row seen."""
    if not shape.goes_on:
        return ()
    columns = [_q[name] for name in _KEYS[shape.sorting.key]]
    here = sa.tuple_(*columns)
    last = sa.tuple_(*(sa.bindparam(f"after_{column.name}", type_=column.type) for column in columns))
    return (here < last if shape.sorting.is_descending else here > last,)


def _has_status(place: int) -> sa.ColumnElement[bool]:
    return _q.status == sa.bindparam(f"status_{place}")


def _conditions(names: frozenset[str], source: sa.FromClause) -> list[sa.ColumnElement[bool]]:
    """Of these filters, on quotes or on those that were chosen of them."""
    found = (_FILTERS[name] for name in sorted(names - {_SEARCH}))
    if source is quotes:
        return list(found)
    adapter = sa.sql.util.ClauseAdapter(source)
    return [adapter.traverse(condition) for condition in found]


def _brief(source: sa.FromClause) -> sa.Select[Any]:
    """Quotes by what a page goes on from."""
    names = dict.fromkeys(name for keys in _KEYS.values() for name in keys)
    return sa.select(*(source.c[name] for name in names))


def _order_filter(asked: Sequence[OrderStatus]) -> str:
    """The one of the four that fits what may be."""
    if OrderStatus.NONE in asked:
        return _NONE_ELSE
    if _WAITING_ORDERS.issuperset(asked):
        return _WAITING
    return _ANY_ORDER if OrderStatus.FAILED in asked else _ORDERED


def _has_order() -> sa.ColumnElement[bool]:
    return _q.id.in_(sa.select(orders.c.quote_id).where(orders.c.status == sa.any_(_ORDER_STATUSES)))


def _has_no_other_order() -> sa.ColumnElement[bool]:
    """Of statuses with NONE: an order in one of these, or none."""
    other = sa.exists().where(orders.c.quote_id == _q.id, orders.c.status != sa.all_(_ORDER_STATUSES))
    return sa.not_(other)


def _has_waiting_order() -> sa.ColumnElement[bool]:
    """Told by ids, as `_has_mail`."""
    found = sa.select(orders.c.quote_id).where(
        orders.c.status == sa.any_(_ORDER_STATUSES),
        sa.text(f"orders.status <> '{OrderStatus.HANDED_OVER}'"),
    )
    return _q.id == sa.any_(sa.func.array(found.scalar_subquery()))


def _has_mail(condition: Any) -> sa.ColumnElement[bool]:
    """Told by ids, from the few mails on: what walks from the newest quote on until a page is full walks to the oldest
    where there are fewer.
    """
    return _q.id == sa.any_(sa.func.array(sa.select(messages.c.quote_id).where(condition).scalar_subquery()))


_q = quotes.c
_RECENT: Final = 2000
_JUDGED: Final = 100
"""So many quotes at least are judged at once by how their mails fare."""
_LIMIT: Final = sa.bindparam("limit", type_=sa.Integer)
_SEARCH: Final = "q"
_ORDERED, _ANY_ORDER = "order_is_one_of", "order_is_any_of"
_WAITING, _NONE_ELSE = "order_waits", "order_is_none_or_one_of"
_ORDER_STATUSES: Final = sa.bindparam("order_statuses", type_=ARRAY(sa.Text))
_WAITING_ORDERS: Final = frozenset({OrderStatus.PENDING, OrderStatus.FAILED})
"""Few at a time: an index has them."""
_WITH_ORDERS: Final[Mapping[str, tuple[QuoteStatus, ...]]] = {
    _ORDERED: (QuoteStatus.ACCEPTED,),
    _ANY_ORDER: (QuoteStatus.ACCEPTED, QuoteStatus.CANCELLED),
}
"""Other quotes have no such order; one whose acceptance was annulled may have one that failed."""
_KEYS: Final[Mapping[SortKey, tuple[str, ...]]] = {
    SortKey.CREATED_AT: ("created_at", "id"),
    SortKey.UPDATED_AT: ("updated_at", "id"),
    SortKey.VALID_UNTIL: ("valid_until", "id"),
    SortKey.TOTAL: ("currency", "total", "id"),
}
"""The columns of each order: `Sorting.place_of` gives their values."""
_FILTERS: Final[dict[str, sa.ColumnElement[bool]]] = {
    "customer_id": _q.customer_id == sa.bindparam("customer_id"),
    "customer_ids": _q.customer_id == sa.any_(sa.bindparam("customer_ids", type_=ARRAY(_q.id.type))),
    "owner": sa.func.lower(_q.owner) == once(sa.func.lower(sa.bindparam("owner", type_=sa.Text))),
    "number": _q.number == sa.bindparam("number"),
    "external_id": _q.external_id == sa.bindparam("external_id"),
    "created_after": _q.created_at >= sa.bindparam("created_after"),
    "created_before": _q.created_at < sa.bindparam("created_before"),
    "updated_after": _q.updated_at >= sa.bindparam("updated_after"),
    "decided_after": _q.decided_at >= sa.bindparam("decided_after"),
    "valid_until_after": _q.valid_until >= sa.bindparam("valid_until_after"),
    # No offer ends before it was made (`domain.quotes.validity.resolve`): so much may be passed over unseen.
    "valid_until_before": sa.and_(
        _q.valid_until < sa.bindparam("valid_until_before"),
        _q.created_at < sa.bindparam("valid_until_before"),
    ),
    "currency": _q.currency == sa.bindparam("currency"),
    "total_from": _q.total >= sa.bindparam("total_from"),
    "total_to": _q.total <= sa.bindparam("total_to"),
    "among": _q.id == sa.any_(sa.bindparam("among", type_=ARRAY(_q.id.type))),
    DeliveryState.TROUBLE: _has_mail(sa.text(f"messages.status IN ({listed(UNFINISHED)})")),
    DeliveryState.FAILED: _has_mail(messages.c.status == sa.literal_column(f"'{DeliveryStatus.FAILED}'")),
    **dict.fromkeys((_ORDERED, _ANY_ORDER), _has_order()),
    _WAITING: _has_waiting_order(),
    _NONE_ELSE: _has_no_other_order(),
}
"""By the fields of QuoteFilters, by ids, whether mails may fare so, and how the order does."""
_FEW: Final = frozenset(
    {"number", "external_id", "customer_id", "customer_ids", DeliveryState.TROUBLE, DeliveryState.FAILED}
    | {_WAITING}
)
"""By these few quotes are found, whatever the order."""
_SIFTED: Final = _FILTERS.keys() - _FEW - {"among", _ORDERED, _NONE_ELSE} | {_SEARCH}
_IN_ORDER: Final[Mapping[SortKey, frozenset[str]]] = {
    SortKey.CREATED_AT: frozenset({"created_after", "created_before", "valid_until_before"}),
    SortKey.UPDATED_AT: frozenset({"updated_after"}),
    SortKey.VALID_UNTIL: frozenset({"valid_until_after", "valid_until_before"}),
    SortKey.TOTAL: frozenset({"currency", "total_from", "total_to"}),
}
"""Bounds along the order itself, or as good as that: what ended before a time was made a validity before."""
_DEADLINES: Final = _IN_ORDER[SortKey.VALID_UNTIL]
"""Their index begins with the status: so all are asked for."""


def _looked_for(text: str) -> dict[str, Any]:
    """A text as the parameters of the conditions below."""
    typed = " ".join(unicodedata.normalize("NFC", text).split())
    number = _DASHES.sub("-", unicodedata.normalize("NFKC", "".join(text.split()))).upper()
    found = {"text": typed, "plain": plain(typed), "begins": plain(number), "numbers": []}
    if bare := _BARE_NUMBER.fullmatch(number):
        years = [bare["year"]] if bare["year"] else _YEARS
        found["numbers"] = [f"Q-{year}-{int(bare['count']):05}" for year in years]
    return found


def _matching(source: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a row of `source` (quotes, joined with customers) matches. Wildcards are plain characters."""
    found = sa.exists().where(_words.quote_id == source.c.id, _HAS_WORDS)
    return sa.or_(*_has_number(source), is_named(), found)


def _matching_ids() -> sa.CompoundSelect[Any]:
    """Ids of all quotes that match, good for a rare text: a union, so that each part has an index of its own."""
    other = quotes.alias("other")
    by_name = sa.select(customers.c.id).where(is_named())
    return sa.union_all(
        *(sa.select(other.c.id).where(numbered) for numbered in _has_number(other)),
        sa.select(other.c.id).where(other.c.customer_id.in_(by_name)),
        sa.select(_words.quote_id).where(_HAS_WORDS),
    )


def _has_number(source: sa.FromClause) -> Sequence[sa.ColumnElement[bool]]:
    """By the beginning of the number, and by a number without what stands before it: 2026-00015, or 15."""
    return (
        source.c.number.startswith(sa.bindparam("begins"), escape="/"),
        source.c.number == sa.any_(sa.bindparam("numbers", type_=ARRAY(sa.Text))),
    )


_words: Final = quote_search.c
_HAS_WORDS: Final = _words.words.bool_op("@@")(
    once(sa.func.search_query(sa.bindparam("text", type_=sa.Text)))
)
"""By words that follow each other in what `quote_search` holds; the last may go on."""
_DASHES: Final = re.compile("[\u2010-\u2015\u2212]")
_BARE_NUMBER: Final = re.compile(r"(?:Q-?)?(?:(?P<year>[0-9]{4})-)?(?P<count>[0-9]{1,9})")
_YEARS: Final = range(2000, 2100)
"""In which quotes may have been given their numbers: each is one look into an index."""
