"""Seller, customers and API keys are kept and found."""

from datetime import UTC, datetime

import pytest
from uuid6 import uuid7

from adapters.db.database import Database
from adapters.db.parties.customers import (
    NewCustomer,
    change_customer,
    create_customer,
    find_customer,
    list_customers,
)
from adapters.db.parties.keys import NewKey, find_key, store_key
from adapters.db.parties.seller import Seller, get_seller, put_seller
from adapters.tokens import ApiKeyHashes, new_api_key


async def test_a_customer_is_stored_changed_and_found(database: Database) -> None:
    """Every field comes back; a change touches what it names; unknown ids and fields are told."""
    new = NewCustomer(
        name="ACME",
        email="buyer@acme.example",
        customer_tier="premium",
        time_zone="Europe/Berlin",
        language="de",
        contacts=({"name": "Ada", "email": "ada@acme.example"},),
    )
    async with database.write() as w:
        made = await create_customer(w, new)
    assert {name: getattr(made, name) for name in NewCustomer.__dataclass_fields__} == {
        name: getattr(new, name) for name in NewCustomer.__dataclass_fields__
    }
    async with database.write() as w:
        changed = await change_customer(w, made.id, {"name": "ACME Ltd", "time_zone": None})
        assert await change_customer(w, str(uuid7()), {"name": "x"}) is None
        with pytest.raises(ValueError, match="id"):
            await change_customer(w, made.id, {"id": str(uuid7())})
    assert changed is not None
    assert (changed.name, changed.time_zone, changed.contacts) == ("ACME Ltd", None, new.contacts)
    assert changed.updated_at > made.updated_at
    async with database.read() as r:
        assert await find_customer(r, made.id) == changed
        assert await find_customer(r, str(uuid7())) is None


async def test_customers_are_listed_in_pages(database: Database) -> None:
    """Newest first, and by what name or address contain."""
    async with database.write() as w:
        made = [
            await create_customer(w, NewCustomer(name=f"Page {n}", email=f"p{n}@list.example"))
            for n in range(3)
        ]
    async with database.read() as r:
        first = await list_customers(r, limit=2, q="LIST.example")
        last = first[-1]
        rest = await list_customers(r, limit=2, q="page", after=(last.created_at, last.id))
    assert [*first, *rest] == made[::-1]


async def test_there_is_a_seller_from_the_start(database: Database) -> None:
    """The migration's row is the defaults; it can be replaced as a whole."""
    async with database.read() as r:
        assert await get_seller(r) == Seller()
    shop = Seller(
        name="Shop",
        email="sales@shop.example",
        phone="+49 30 1",
        address=("Road 1", "Town"),
        tax_id="DE1",
        logo="data:image/png;base64,AA==",
        time_zone="Europe/Berlin",
        currency="CHF",
        language="de",
        terms="Net 30",
        consent_text="Yes.",
        paper="letter",
        accent="#8c1e3c",
    )
    async with database.write() as w:
        await put_seller(w, shop)
        assert await get_seller(w) == shop


async def test_an_api_key_is_found_by_its_public_id(database: Database) -> None:
    """The stored hash fits the key and no other; a public id is given once."""
    hashes, key, other = ApiKeyHashes("s" * 32), new_api_key("test"), new_api_key("test")
    new = NewKey(
        public_id=key.public_id,
        secret_hash=hashes.hash(key),
        name="ERP",
        scopes=("read", "quote"),
        expires_at=datetime(2030, 1, 1, tzinfo=UTC),
    )
    async with database.write() as w:
        stored = await store_key(w, new)
    async with database.read() as r:
        found = await find_key(r, key.public_id)
        assert await find_key(r, other.public_id) is None
    assert found == stored
    assert (found.name, found.scopes, found.expires_at) == (new.name, new.scopes, new.expires_at)
    assert hashes.matches(key, found.secret_hash)
    assert not hashes.matches(other, found.secret_hash)
    with pytest.raises(ValueError, match="public id"):
        async with database.write() as w:
            await store_key(w, new)
