"""Customers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.db.database import Reading, Writing
from adapters.db.parties import CustomerView, NewCustomer


async def create_customer(w: Writing, new: NewCustomer) -> CustomerView:
    """Store a customer under a new id."""
    raise NotImplementedError


async def find_customer(r: Reading, customer_id: str) -> CustomerView | None:
    """The customer by id, or None."""
    raise NotImplementedError


async def change_customer(w: Writing, customer_id: str, changes: Mapping[str, Any]) -> CustomerView | None:
    """Set the fields of NewCustomer named in `changes`; the customer as changed, or None if unknown.

    Raises ValueError for a field that a customer does not have.
    """
    raise NotImplementedError


async def list_customers(
    r: Reading, *, limit: int, after: tuple[datetime, str] | None = None, q: str | None = None
) -> list[CustomerView]:
    """A page of customers, newest first; `after` is (created_at, id) of the last one seen.

    `q` is looked for in name and email.
    """
    raise NotImplementedError
