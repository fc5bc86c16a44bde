"""Customers, by their ids."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from uuid6 import uuid7

from adapters.db.database import Reading, Row, Writing
from adapters.db.tables import customers
from adapters.db.tables.keyset import once, page_at, page_of, plain
from domain import instants


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustomer:
    """A customer to be stored. Without a `time_zone` reminders go by the seller's, and without a `rate_card` prices by the
    cards of the default name.
    """

    name: str
    email: str
    customer_tier: str = "standard"
    time_zone: str | None = None
    language: str | None = None
    contacts: tuple[Mapping[str, Any], ...] = ()
    address: tuple[str, ...] = ()
    tax_id: str | None = None
    tax_rate: str | None = None
    no_tax_reason: str | None = None
    rate_card: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerView:
    """A stored customer."""

    id: str
    name: str
    email: str
    customer_tier: str
    time_zone: str | None
    language: str | None
    contacts: tuple[Mapping[str, Any], ...]
    address: tuple[str, ...]
    tax_id: str | None
    tax_rate: str | None
    no_tax_reason: str | None
    rate_card: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def edition(self) -> str:
        """Another one whenever it was changed."""
        return instants.compared(self.updated_at)


async def create_customer(w: Writing, new: NewCustomer, *, customer_id: str | None = None) -> CustomerView:
    """Store a customer under a new id; under one that was given it is made once, and then found."""
    id_ = customer_id or str(uuid7())
    row = await w.row(_ADD_CUSTOMER, {"id": id_, **_data(new)})
    view = _customer_view(row) if row else await find_customer(w, id_)
    if view is None:
        raise AssertionError("what is not added is there")
    return view


async def find_customer(r: Reading, customer_id: str) -> CustomerView | None:
    """The customer by id, or None. The id of one that was merged leads on to the one that stayed."""
    row = await r.row(_FIND_CUSTOMER, {"customer_id": customer_id})
    return _customer_view(row) if row else None


class CustomerChangedError(Exception):
    """Somebody else has changed the customer."""


async def change_customer(
    w: Writing, customer_id: str, changes: Mapping[str, Any], *, unchanged_since: str | None = None
) -> CustomerView | None:
    """Set the fields of NewCustomer named in `changes`; the customer as changed, or None if unknown. Those that were merged
    with it, by whose ids quotes know it too, are changed with it.

    Raises ValueError for a field that a customer does not have, and CustomerChangedError where its `edition` is another one
    than the given.
    """
    if unknown := set(changes) - set(NewCustomer.__dataclass_fields__):
        raise ValueError(f"a customer has no {sorted(unknown)}")
    values = dict(changes)
    if "contacts" in values:
        values["contacts"] = [dict(contact) for contact in values["contacts"]]
    if "address" in values:
        values["address"] = [*values["address"]]
    locked = await w.row(_LOCK_CUSTOMER, {"customer_id": customer_id})
    while locked is not None and locked["merged_into"] is not None:
        locked = await w.row(_LOCK_CUSTOMER, {"customer_id": locked["merged_into"]})
    if locked is None:
        return None
    if unchanged_since not in {None, instants.compared(locked["updated_at"])}:
        raise CustomerChangedError
    row = await w.row(_CHANGE_CUSTOMER, {"customer_id": locked["id"], **values})
    await w.run(_CHANGE_MERGED, {"stays": locked["id"]})
    return _customer_view(row) if row else None


async def list_customers(
    r: Reading, *, limit: int, after: tuple[datetime, str] | None = None, q: str | None = None
) -> list[CustomerView]:
    """A page of customers, newest first, without those that were merged into others; `after` is (created_at, id) of the last one seen.

    `q` is looked for in name and email, upper and lower case alike, in names also without accents.
    """
    found = {"text": q, "plain": plain(q)} if q else {}
    rows = await r.rows(_FOUND_CUSTOMERS if q else _LIST_CUSTOMERS, {**found, **page_at(limit, after)})
    return [_customer_view(row) for row in rows]


async def with_merged(r: Reading, filters: Mapping[str, Any]) -> dict[str, Any]:
    """Filters of a list, by all ids of its `customer_id` where others were merged with it; one id alone stays as it is, so
    that an index finds its rows in their order.
    """
    rows = await r.rows(_SAME, {"customer_id": filters["customer_id"]}) if "customer_id" in filters else []
    if len(rows) < 2:  # noqa: PLR2004
        return dict(filters)
    others = {name: value for name, value in filters.items() if name != "customer_id"}
    return {**others, "customer_ids": [row["id"] for row in rows]}


def _customer_view(row: Row) -> CustomerView:
    values = {name: row[name] for name in CustomerView.__dataclass_fields__}
    lists = {name: tuple(values[name]) for name in ("contacts", "address")}
    return CustomerView(**{**values, **lists})


def _data(new: NewCustomer) -> dict[str, Any]:
    lists = {"contacts": [dict(contact) for contact in new.contacts], "address": [*new.address]}
    return {**asdict(new), **lists}


_customers = customers.c
_ID: Final = sa.bindparam("customer_id", type_=_customers.id.type)
_asked = customers.alias()
_STAYED: Final = (
    sa.select(sa.func.coalesce(_asked.c.merged_into, _asked.c.id)).where(_asked.c.id == _ID).scalar_subquery()
)
_FIND_CUSTOMER: Final = sa.select(customers).where(_customers.id == _STAYED)
_SAME: Final = sa.select(_customers.id).where(
    (_customers.id == _STAYED) | (_customers.merged_into == _STAYED)
)
_LOCK_CUSTOMER: Final = (
    sa.select(_customers.id, _customers.merged_into, _customers.updated_at)
    .where(_customers.id == _ID)
    .with_for_update()
)
_stays = customers.alias()
_FACTS: Final = (*NewCustomer.__dataclass_fields__, "updated_at")
_CHANGE_MERGED: Final = (
    sa.update(customers)
    .where(
        _customers.merged_into == _stays.c.id, _stays.c.id == sa.bindparam("stays", type_=_customers.id.type)
    )
    .values({name: _stays.c[name] for name in _FACTS})
)
_ADD_CUSTOMER: Final = insert(customers).on_conflict_do_nothing(index_elements=["id"]).returning(customers)
_CHANGE_CUSTOMER: Final = (
    sa.update(customers)
    .where(_customers.id == _ID)
    .values(updated_at=sa.func.clock_timestamp())
    .returning(customers)
)
"""Sets beside that time the columns of which there are parameters."""


def is_named() -> sa.ColumnElement[bool]:
    """By any part of the customer's name, or of it without accents and signs: the parameters `plain` and `text`."""
    bare = once(sa.func.nullif(sa.func.search_text(sa.bindparam("text", type_=sa.Text)), ""))
    return _customers.name.icontains(sa.bindparam("plain"), escape="/") | _customers.search.contains(bare)


_LIST_CUSTOMERS: Final = page_of(sa.select(customers).where(_customers.merged_into.is_(None)), customers)
_FOUND_CUSTOMERS: Final = _LIST_CUSTOMERS.where(
    is_named() | _customers.email.icontains(sa.bindparam("plain"), escape="/")
)
