"""The seller, of whom there is always exactly one, and its people; customers; API keys, by their public ids."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from uuid6 import uuid7

from adapters.db.database import Database, Reading, Row, Writing
from adapters.db.tables import api_keys, customers, staff_users
from adapters.db.tables import seller as seller_row
from adapters.db.tables.keyset import once, page_at, page_of, plain
from domain.presentation.branding import ACCENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """The one seller of this installation. `address` has one line each; `logo` is a data URI, `accent` a colour
    as #rrggbb. Lines that name no tax rate have `tax_rate`, or none because of `no_tax_reason`, unless the customer's says
    otherwise.
    """

    name: str = "Your company"
    email: str | None = None
    phone: str | None = None
    address: tuple[str, ...] = ()
    tax_id: str | None = None
    logo: str | None = None
    time_zone: str = "UTC"
    currency: str = "EUR"
    language: str = "en"
    terms: str = ""
    consent_text: str = "I accept this quote on behalf of my company and order the parts it lists."
    paper: str = "a4"
    accent: str = ACCENT
    tax_rate: str | None = None
    no_tax_reason: str | None = None


async def get_seller(r: Reading) -> Seller:
    """The seller; its defaults until one is put."""
    seller = await find_seller(r)
    if seller is None:
        raise AssertionError("the migration makes the row and nothing removes it")
    return seller


async def find_seller(r: Reading) -> Seller | None:
    """The seller, or None where somebody has removed the row by hand."""
    row = await r.row(_GET_SELLER)
    if row is None:
        return None
    values = {name: row[name] for name in Seller.__dataclass_fields__}
    return Seller(**{**values, "address": tuple(values["address"])})


async def put_seller(w: Writing, seller: Seller) -> None:
    """Replace the seller. Versions sent before keep the seller they were sent by."""
    await w.run(sa.update(seller_row).values(**{**asdict(seller), "address": list(seller.address)}))


_GET_SELLER: Final = sa.select(seller_row)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffUser:
    """One of the shop's people: the offers of whom `address` owns name this person. The address is in small letters."""

    address: str
    name: str
    phone: str | None = None


async def list_staff(r: Reading) -> list[StaffUser]:
    """All of them, by name."""
    rows = await r.rows(sa.select(staff_users).order_by(staff_users.c.name, staff_users.c.address))
    return [StaffUser(**{name: row[name] for name in StaffUser.__dataclass_fields__}) for row in rows]


async def put_staff(w: Writing, user: StaffUser) -> None:
    """Add the person, or change name and phone of who is there. Versions sent before keep theirs."""
    new = insert(staff_users).values(**asdict(user))
    changed = {"name": user.name, "phone": user.phone, "updated_at": sa.func.clock_timestamp()}
    await w.run(new.on_conflict_do_update(index_elements=["address"], set_=changed))


async def remove_staff(w: Writing, address: str) -> bool:
    """Whether there was one of this address, in small letters."""
    gone = sa.delete(staff_users).where(staff_users.c.address == address).returning(staff_users.c.address)
    return await w.row(gone) is not None


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


async def create_customer(w: Writing, new: NewCustomer) -> CustomerView:
    """Store a customer under a new id."""
    row = await w.row(_ADD_CUSTOMER, {"id": str(uuid7()), **_data(new)})
    if row is None:
        raise AssertionError("an insert returns its row")
    return _customer_view(row)


async def find_customer(r: Reading, customer_id: str) -> CustomerView | None:
    """The customer by id, or None."""
    row = await r.row(_FIND_CUSTOMER, {"customer_id": customer_id})
    return _customer_view(row) if row else None


async def change_customer(w: Writing, customer_id: str, changes: Mapping[str, Any]) -> CustomerView | None:
    """Set the fields of NewCustomer named in `changes`; the customer as changed, or None if unknown.

    Raises ValueError for a field that a customer does not have.
    """
    if unknown := set(changes) - set(NewCustomer.__dataclass_fields__):
        raise ValueError(f"a customer has no {sorted(unknown)}")
    values = dict(changes)
    if "contacts" in values:
        values["contacts"] = [dict(contact) for contact in values["contacts"]]
    if "address" in values:
        values["address"] = [*values["address"]]
    row = await w.row(_CHANGE_CUSTOMER, {"customer_id": customer_id, **values})
    return _customer_view(row) if row else None


async def list_customers(
    r: Reading, *, limit: int, after: tuple[datetime, str] | None = None, q: str | None = None
) -> list[CustomerView]:
    """A page of customers, newest first; `after` is (created_at, id) of the last one seen.

    `q` is looked for in name and email, upper and lower case alike, in names also without accents.
    """
    found = {"text": q, "plain": plain(q)} if q else {}
    rows = await r.rows(_FOUND_CUSTOMERS if q else _LIST_CUSTOMERS, {**found, **page_at(limit, after)})
    return [_customer_view(row) for row in rows]


def _customer_view(row: Row) -> CustomerView:
    values = {name: row[name] for name in CustomerView.__dataclass_fields__}
    lists = {name: tuple(values[name]) for name in ("contacts", "address")}
    return CustomerView(**{**values, **lists})


def _data(new: NewCustomer) -> dict[str, Any]:
    lists = {"contacts": [dict(contact) for contact in new.contacts], "address": [*new.address]}
    return {**asdict(new), **lists}


_customers = customers.c
_FIND_CUSTOMER: Final = sa.select(customers).where(_customers.id == sa.bindparam("customer_id"))
_ADD_CUSTOMER: Final = sa.insert(customers).returning(customers)
_CHANGE_CUSTOMER: Final = (
    sa.update(customers)
    .where(_customers.id == sa.bindparam("customer_id", type_=_customers.id.type))
    .values(updated_at=sa.func.clock_timestamp())
    .returning(customers)
)
"""Sets beside that time the columns of which there are parameters."""


def is_named() -> sa.ColumnElement[bool]:
    """By any part of the customer's name, or of it without accents and signs: the parameters `plain` and `text`."""
    bare = once(sa.func.nullif(sa.func.search_text(sa.bindparam("text", type_=sa.Text)), ""))
    return _customers.name.icontains(sa.bindparam("plain"), escape="/") | _customers.search.contains(bare)


_LIST_CUSTOMERS: Final = page_of(sa.select(customers), customers)
_FOUND_CUSTOMERS: Final = _LIST_CUSTOMERS.where(
    is_named() | _customers.email.icontains(sa.bindparam("plain"), escape="/")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """An API key to be stored. `secret_hash` is a keyed hash: see `adapters.tokens`."""

    public_id: str
    secret_hash: bytes
    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """A stored API key."""

    public_id: str
    secret_hash: bytes
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


async def find_key(r: Reading, public_id: str) -> KeyView | None:
    """The key, or None; expired and revoked ones too."""
    row = await r.row(_FIND_KEY, {"public_id": public_id})
    return _key_view(row) if row else None


async def list_keys(r: Reading) -> Sequence[KeyView]:
    """All keys, the oldest first; expired and revoked ones too."""
    return [_key_view(row) for row in await r.rows(_LIST_KEYS)]


async def revoke_key(w: Writing, public_id: str) -> KeyView | None:
    """End the key from now on; one that was revoked before keeps that time. None for an unknown one."""
    ended = sa.func.coalesce(_keys.revoked_at, sa.func.clock_timestamp())
    this = sa.update(api_keys).where(_keys.public_id == public_id).values(revoked_at=ended)
    row = await w.row(this.returning(api_keys))
    return _key_view(row) if row else None


async def store_key(w: Writing, new: NewKey) -> KeyView:
    """Store a key. Raises ValueError when the public id is taken."""
    values = {**asdict(new), "scopes": list(new.scopes)}
    row = await w.row(_STORE_KEY, values)
    if row is None:
        raise ValueError("there is a key with this public id")
    return _key_view(row)


def _key_view(row: Row) -> KeyView:
    return KeyView(**{**row, "scopes": tuple(row["scopes"])})


_keys = api_keys.c
_FIND_KEY: Final = sa.select(api_keys).where(_keys.public_id == sa.bindparam("public_id"))
_STORE_KEY: Final = insert(api_keys).on_conflict_do_nothing().returning(api_keys)
_LIST_KEYS: Final = sa.select(api_keys).order_by(_keys.created_at, _keys.public_id)


REMEMBERED_SECONDS: Final = 2.0
"""A key that is revoked is refused this much later at the latest."""

_MOST_KEYS: Final = 1000


class KeyRing:
    """Keys by their public ids. What is not there is looked for every time; secrets are never held."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, tuple[float, KeyView]] = {}

    async def find(self, public_id: str) -> KeyView | None:
        """The key as it was at most two seconds ago, or None. Raises DatabaseUnavailableError."""
        until, known = self._known.get(public_id, (0.0, None))
        if known is not None and self._clock() < until:
            return known
        async with self._database.read() as reading:
            found = await find_key(reading, public_id)
        if len(self._known) >= _MOST_KEYS:
            self._known.clear()
        if found is not None:
            self._known[public_id] = (self._clock() + REMEMBERED_SECONDS, found)
        return found
