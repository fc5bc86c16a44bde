"""What is read of quotes: plain objects in the domain's terms. All times are UTC."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.offer.content import VersionContent
from domain.quotes.events import Event
from domain.quotes.quote import Quote
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
class QuoteView:
    """A quote as recorded. `content` is the current version's, with figures that only staff may see.

    `now` is the one clock's time for this quote: `is_expired`, `allowed_actions` and `next_events` follow
    from it. `owner` is who created the quote, or whom the creator named. `price_is_outdated` says that the
    newest version was priced by another rate card than the one valid now.
    """

    quote: Quote
    workflow_id: str
    owner: str | None
    external_id: str | None
    customer_name: str
    content: VersionContent
    now: datetime
    price_is_outdated: bool = False

    @property
    def number(self) -> str:
        """Q-YYYY-NNNNN."""
        return self.quote.number


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteFilters:
    """Which quotes a list shows; None lets all pass. Bounds: `after` is inclusive, `before` exclusive.

    `number` is exact. `q` finds what starts with it in number or external id, or has it in the customer's
    name, upper and lower case alike.
    """

    status: QuoteStatus | None = None
    customer_id: str | None = None
    number: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    valid_until_before: datetime | None = None
    q: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """An immutable version. `seller` is the seller's row as it was when the version was sent, `customer_name` the
    customer's name then; None before (names are missing of versions sent before there was a place for them).
    """

    quote_id: str
    number: int
    content: VersionContent
    content_hash: str
    created_at: datetime
    seller: Mapping[str, Any] | None
    customer_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """An event in its place of the chain. `sequence` counts from 1; see `domain.quotes.events.chain_hash`."""

    quote_id: str
    sequence: int
    event: Event
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """What a customer's link leads to."""

    id: str
    quote_id: str
    version: int
    recipient: str
    created_at: datetime
    viewed_at: datetime | None
    revoked_at: datetime | None
