"""Who deals with whom: the seller, customers, and those who call by key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.branding import ACCENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """The one seller of this installation. `address` has one line each; `logo` is a data URI, `accent` a colour
    as #rrggbb.
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
