"""Customers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from uuid6 import uuid7

from adapters.db.database import Reading, Row, Writing
from adapters.db.tables import customers


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustomer:
    """A customer to be stored. Without a `time_zone` reminders go by the seller's."""

    name: str
    email: str
    customer_tier: str = "standard"
    time_zone: str | None = None
    language: str | None = None
    contacts: tuple[Mapping[str, Any], ...] = ()


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
    created_at: datetime
    updated_at: datetime


async def create_customer(w: Writing, new: NewCustomer) -> CustomerView:
    """Store a customer under a new id."""
    row = await w.row(sa.insert(customers).values(id=str(uuid7()), **_data(new)).returning(customers))
    if row is None:
        raise AssertionError("an insert returns its row")
    return _view(row)


async def find_customer(r: Reading, customer_id: str) -> CustomerView | None:
    """The customer by id, or None."""
    row = await r.row(_BY_ID, {"customer_id": customer_id})
    return _view(row) if row else None


async def change_customer(w: Writing, customer_id: str, changes: Mapping[str, Any]) -> CustomerView | None:
    """Set the fields of NewCustomer named in `changes`; the customer as changed, or None if unknown.

    Raises ValueError for a field that a customer does not have.
    """
    if unknown := set(changes) - set(NewCustomer.__dataclass_fields__):
        raise ValueError(f"a customer has no {sorted(unknown)}")
    values = {**changes, "updated_at": sa.func.clock_timestamp()}
    if "contacts" in values:
        values["contacts"] = [dict(contact) for contact in values["contacts"]]
    changed = sa.update(customers).where(_c.id == customer_id).values(**values).returning(customers)
    row = await w.row(changed)
    return _view(row) if row else None


async def list_customers(
    r: Reading, *, limit: int, after: tuple[datetime, str] | None = None, q: str | None = None
) -> list[CustomerView]:
    """A page of customers, newest first; `after` is (created_at, id) of the last one seen.

    `q` is looked for in name and email, upper and lower case alike.
    """
    page = sa.select(customers)
    if q:
        page = page.where(_c.name.icontains(q, autoescape=True) | _c.email.icontains(q, autoescape=True))
    if after is not None:
        page = page.where(
            sa.tuple_(_c.created_at, _c.id) < sa.tuple_(after[0], sa.cast(after[1], _c.id.type))
        )
    rows = await r.rows(page.order_by(_c.created_at.desc(), _c.id.desc()).limit(limit))
    return [_view(row) for row in rows]


def _view(row: Row) -> CustomerView:
    values = {name: row[name] for name in CustomerView.__dataclass_fields__}
    return CustomerView(**{**values, "contacts": tuple(values["contacts"])})


def _data(new: NewCustomer) -> dict[str, Any]:
    return {**asdict(new), "contacts": [dict(contact) for contact in new.contacts]}


_c = customers.c
_BY_ID: Final = sa.select(customers).where(_c.id == sa.bindparam("customer_id"))
