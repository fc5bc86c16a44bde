"""The outbox: one row per message and recipient, each done once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from adapters.db.database import Reading, Row, Writing
from adapters.db.json_rows import columns
from adapters.db.parties.customers import CustomerView, customer_view
from adapters.db.parties.seller import Seller, seller_from
from adapters.db.record.append import Head, append_events
from adapters.db.record.rows import instant, quote_view
from adapters.db.record.views import QuoteView
from adapters.db.tables import customers, messages, quote_versions, quotes, seller
from domain.offer.content import VersionContent, content_from_data
from domain.quotes import causes
from domain.quotes.events import Event, MessageFailed, MessageSent
from domain.quotes.notices import UNFINISHED, Audience, DeliveryStatus, MessageKind


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


_ERROR_LENGTH: Final = 500


async def claim(w: Writing, message_id: str) -> MessageView | None:
    """Take a message to send it now, in one statement; None when it is sent, failed or unknown.

    `message_id` is the row's id. One that somebody took before and never reported on is given again.
    """
    row = await w.row(CLAIM, {"message": message_id})
    return message_view(row) if row else None


async def mark_sent(w: Writing, message_id: str, *, remark: str | None = None) -> bool:
    """The message is out: `quote.message_sent`. False (and nothing written) when it had an end before.

    `remark` says what it lacked; it stands in the row's `last_error`.
    """
    return await _finish(w, message_id, DeliveryStatus.SENT, remark, MessageSent)


async def mark_failed(w: Writing, message_id: str, error: str) -> bool:
    """The message is given up: `quote.message_failed`. False (and nothing written) when it had an end before."""
    return await _finish(w, message_id, DeliveryStatus.FAILED, error, MessageFailed)


async def note_attempt(w: Writing, message_id: str, error: str) -> None:
    """An attempt failed and another one will follow."""
    open_row = sa.and_(_c.id == message_id, _c.status.in_(UNFINISHED))
    await w.run(
        sa.update(messages)
        .where(open_row)
        .values(last_error=error[:_ERROR_LENGTH], status=DeliveryStatus.PENDING)
    )


async def list_messages(r: Reading, quote_id: str) -> list[MessageState]:
    """A quote's messages, oldest first."""
    rows = await r.rows(_LIST, {"quote_id": quote_id})
    return [_state(row) for row in rows]


async def _finish(
    w: Writing,
    message_id: str,
    status: DeliveryStatus,
    error: str | None,
    kind: type[MessageSent | MessageFailed],
) -> bool:
    """The event tells which message, by ids only: the address stays in the row."""
    error = error[:_ERROR_LENGTH] if error else None
    row = await w.row(_END, {"message": message_id, "to": status, "error": error})
    if row is None:
        return False
    head = Head(
        quote_id=row["quote_id"], sequence=row["last_sequence"], hash=row["last_hash"], now=row["now"]
    )
    ended = kind(message_id=message_id, kind=row["kind"], audience=row["audience"], version=row["version"])
    event = Event.of(ended, at=None, actor="system")
    await append_events(w, head, [event], cause=causes.message(message_id))
    return True


def _state(row: Row) -> MessageState:
    values = {name: row[name] for name in MessageState.__dataclass_fields__}
    words = {"kind": MessageKind, "audience": Audience, "status": DeliveryStatus}
    return MessageState(**{**values, **{name: word(values[name]) for name, word in words.items()}})


_c = messages.c
_LIST: Final = (
    sa.select(messages).where(_c.quote_id == sa.bindparam("quote_id")).order_by(_c.created_at, _c.id)
)
_ended = (
    sa.update(messages)
    .where(_c.id == sa.bindparam("message", type_=_c.id.type), _c.status.in_(UNFINISHED))
    .values(
        status=sa.bindparam("to", type_=sa.Text),
        last_error=sa.bindparam("error", type_=sa.Text),
        sent_at=sa.case(
            (sa.bindparam("to", type_=sa.Text) == DeliveryStatus.SENT, sa.func.quote_now(_c.quote_id))
        ),
    )
    .returning(_c.quote_id, _c.kind, _c.audience, _c.version)
    .cte("ended")
)
_END: Final = (
    sa.select(_ended, quotes.c.last_sequence, quotes.c.last_hash, sa.func.quote_now(quotes.c.id).label("now"))
    .join(quotes, quotes.c.id == _ended.c.quote_id)
    .with_for_update(of=quotes)
)
"""Ends the message and locks its quote's row, whose newest state is read."""


def message_view(row: Row) -> MessageView:
    """A row of CLAIM."""
    data = row["data"]
    return MessageView(
        id=row["id"],
        key=row["key"],
        kind=MessageKind(row["kind"]),
        audience=Audience(row["audience"]),
        recipient=row["recipient"],
        message_id=row["message_id"],
        version=row["version"],
        created_at=row["created_at"],
        quote=quote_view(row, "quote_"),
        content=content_from_data(row["message_content"]),
        seller=seller_from(row, "seller_"),
        customer=customer_view(row, "customer_"),
        link_id=row["link_id"],
        valid_until=instant(data["valid_until"]),
        decided_at=instant(data["decided_at"]) if data["decided_at"] else None,
        was_offered=data["was_offered"],
        replaces=data["replaces"],
        days_left=data["days_left"],
        reason=data["reason"],
        asked_by=data.get("asked_by"),
        signer_name=data["signer_name"],
        signer_email=data["signer_email"],
        purchase_order_number=data["purchase_order_number"],
        personal_message=data["personal_message"],
    )


def _labelled(table: sa.Table, prefix: str) -> list[sa.Label[Any]]:
    return [table.c[name].label(prefix + name) for name in columns(table, without=["salt"])]


_taken = (
    sa.update(messages)
    .where(
        messages.c.id == sa.bindparam("message", type_=messages.c.id.type),
        messages.c.status.in_(UNFINISHED),
    )
    .values(status=DeliveryStatus.SENDING, attempts=messages.c.attempts + 1)
    .returning(messages)
    .cte("taken")
)
_current = quote_versions.alias("current")
_own = quote_versions.alias("own")

CLAIM: Final = (
    sa.select(
        *(_taken.c[name] for name in columns(messages) if name != "quote_id"),
        *_labelled(quotes, "quote_"),
        *_labelled(customers, "customer_"),
        *_labelled(seller, "seller_"),
        _current.c.content,
        _own.c.content.label("message_content"),
        sa.func.quote_workflow_id(quotes.c.id).label("workflow_id"),
        sa.func.quote_now(quotes.c.id).label("now"),
    )
    .select_from(_taken)
    .join(quotes, quotes.c.id == _taken.c.quote_id)
    .join(customers, customers.c.id == quotes.c.customer_id)
    .join(seller, sa.true())
    .join(_own, sa.and_(_own.c.quote_id == quotes.c.id, _own.c.version == _taken.c.version))
    .join(
        _current, sa.and_(_current.c.quote_id == quotes.c.id, _current.c.version == quotes.c.current_version)
    )
)
