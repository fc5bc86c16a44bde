"""The outbox: one row per message and recipient, each done once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from adapters.db.database import Reading, Row, Writing
from adapters.db.record.append import Head, append_events
from adapters.db.record.offers import SELLER_NOW, offer_columns, offer_from
from adapters.db.tables import customers, messages, quote_events, quote_versions, quotes
from domain.presentation.message import Anchor, Message, reply_to, told
from domain.quotes import causes
from domain.quotes.events import Accepted, Event, MessageFailed, MessageSent
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


WITHOUT: Final = "without: "
"""How the remark on a mail begins that went out without its document; why there is none follows."""

_ERROR_LENGTH: Final = 500


async def claim(w: Writing, message_id: str) -> Message | None:
    """Take a message to send it now, in one statement; None when it is sent, failed or unknown.

    `message_id` is the row's id. One that somebody took before and never reported on is given again.
    """
    row = await w.row(_CLAIM, {"message": message_id})
    return _message(row) if row else None


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
    .returning(_c.quote_id, _c.kind, _c.audience, _c.version, _c.sent_at)
    .cte("ended")
)
_END: Final = (
    sa.select(
        *(_ended.c[name] for name in ("quote_id", "kind", "audience", "version")),
        quotes.c.last_sequence,
        quotes.c.last_hash,
        sa.func.coalesce(_ended.c.sent_at, sa.func.quote_now(quotes.c.id)).label("now"),
    )
    .join(quotes, quotes.c.id == _ended.c.quote_id)
    .with_for_update(of=quotes)
)
"""Ends the message and locks its quote's row, whose newest state is read. Row and event are of one instant."""


def _message(row: Row) -> Message:
    offer = offer_from(row)
    return Message(
        id=row["id"],
        key=row["key"],
        kind=MessageKind(row["kind"]),
        audience=Audience(row["audience"]),
        recipient=row["recipient"],
        message_id=row["message_id"],
        quote_id=row["quote_id"],
        link_id=row["link_id"],
        created_at=row["created_at"],
        now=row["now"],
        reply_to=reply_to(row["owner"], offer.seller),
        offer=offer,
        told=told(row["data"]),
        anchor=Anchor(**{name: row[name] for name in Anchor.__dataclass_fields__})
        if row["event_hash"]
        else None,
    )


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
_CLAIM: Final = (
    sa.select(
        *_taken.c,
        quotes.c.owner,
        sa.func.quote_now(quotes.c.id).label("now"),
        quote_events.c.sequence.label("event_sequence"),
        quote_events.c.hash.label("event_hash"),
        quote_events.c.data["evidence_sha256"].as_string().label("evidence_sha256"),
        *offer_columns(
            quote_versions,
            seller=SELLER_NOW,
            customer_name=customers.c.name,
            valid_until=_taken.c.data["valid_until"].as_string(),
        ),
    )
    .select_from(_taken)
    .join(quotes, quotes.c.id == _taken.c.quote_id)
    .join(customers, customers.c.id == quotes.c.customer_id)
    .join(
        quote_versions,
        sa.and_(quote_versions.c.quote_id == quotes.c.id, quote_versions.c.version == _taken.c.version),
    )
    .outerjoin(
        quote_events,
        sa.and_(
            quote_events.c.quote_id == quotes.c.id,
            quote_events.c.type == Accepted.type,
            _taken.c.kind == MessageKind.ACCEPTED,
        ),
    )
)
"""A mail is of the moment when it goes out, under the deadline that held when it was written."""
