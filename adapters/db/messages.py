"""Outgoing messages as they are read: all that a mail needs, and how its delivery stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from adapters.db.parties.customers import CustomerView
from adapters.db.parties.seller import Seller
from adapters.db.quotes.views import QuoteView
from domain.offer.content import VersionContent
from domain.quotes.notices import Audience, MessageKind


class DeliveryStatus(StrEnum):
    """`sending`: somebody took it and has not told how it went; it may be taken again."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageState:
    """A row of the outbox. `message_id` is the header's value, `attempts` counts the times it was taken."""

    id: str
    kind: MessageKind
    audience: Audience
    recipient: str
    version: int
    message_id: str
    status: DeliveryStatus
    attempts: int
    last_error: str | None
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """A message to be sent now. `key` is the same for the same message for ever.

    `quote` is the quote as it is now, `content` that of the message's `version`, `seller` the seller's row
    as it is now. `valid_until` is the deadline as it was when the message was written; `decided_at` when
    the quote was accepted, rejected, expired or cancelled. `replaces` is the version sent before this one.
    `link_id` is set where the reader has a link. `was_offered`: whether the customer had been sent the
    quote. `asked_by` is whose link an answer or request came by. Signer, purchase order number, reason and personal message are as typed: untrusted text.
    """

    id: str
    key: str
    kind: MessageKind
    audience: Audience
    recipient: str
    message_id: str
    version: int
    created_at: datetime
    quote: QuoteView
    content: VersionContent
    seller: Seller
    customer: CustomerView
    link_id: str | None
    valid_until: datetime
    decided_at: datetime | None
    was_offered: bool
    replaces: int | None
    days_left: int | None
    reason: str | None
    asked_by: str | None
    signer_name: str | None
    signer_email: str | None
    purchase_order_number: str | None
    personal_message: str | None
