"""What is read of quotes: plain objects in the domain's terms. All times are UTC."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.offer.content import VersionContent
from domain.quotes.events import Event
from domain.quotes.status import CommandStatus, QuoteStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandView:
    """A command of the inbox and its outcome.

    `current_status` and `allowed_actions` are as of the decision. `code` and `detail` are set for a refusal.
    """

    id: str
    quote_id: str
    name: str
    status: CommandStatus
    code: str | None
    detail: str | None
    current_status: QuoteStatus | None
    allowed_actions: tuple[str, ...]
    received_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """An immutable version. `seller` is the seller's row as it was when the version was sent, `customer_name` the
    customer's name then, `parties` what else was said of both sides; None before (they are missing of versions sent before
    there was a place for them).
    """

    quote_id: str
    number: int
    content: VersionContent
    content_hash: str
    created_at: datetime
    seller: Mapping[str, Any] | None
    customer_name: str | None = None
    parties: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """An event in its place of the chain. `sequence` counts from 1; see `domain.proof.verify.chain_hash`."""

    quote_id: str
    sequence: int
    event: Event
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """What a customer's link leads to, and whether one may answer by it or only read."""

    id: str
    quote_id: str
    version: int
    recipient: str
    created_at: datetime
    viewed_at: datetime | None
    revoked_at: datetime | None
    may_accept: bool = True
