"""The outbox: one row per message and recipient, each done once."""

from typing import Final

import sqlalchemy as sa

from adapters.db.claiming import CLAIM, message_view
from adapters.db.database import Reading, Row, Writing
from adapters.db.messages import DeliveryStatus, MessageState, MessageView
from adapters.db.record.append import Head, append_events
from adapters.db.tables import messages, quotes
from domain.quotes.events import Event, EventType
from domain.quotes.notices import Audience, MessageKind

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
    return await _finish(w, message_id, DeliveryStatus.SENT, remark, EventType.MESSAGE_SENT)


async def mark_failed(w: Writing, message_id: str, error: str) -> bool:
    """The message is given up: `quote.message_failed`. False (and nothing written) when it had an end before."""
    return await _finish(w, message_id, DeliveryStatus.FAILED, error, EventType.MESSAGE_FAILED)


async def note_attempt(w: Writing, message_id: str, error: str) -> None:
    """An attempt failed and another one will follow."""
    open_row = sa.and_(_c.id == message_id, _c.status.in_(_OPEN))
    await w.run(
        sa.update(messages).where(open_row).values(last_error=error[:_ERROR_LENGTH], status="pending")
    )


async def list_messages(r: Reading, quote_id: str) -> list[MessageState]:
    """A quote's messages, oldest first."""
    rows = await r.rows(_LIST, {"quote_id": quote_id})
    return [_state(row) for row in rows]


async def _finish(
    w: Writing, message_id: str, status: DeliveryStatus, error: str | None, type_: EventType
) -> bool:
    """The event tells which message, by ids only: the address stays in the row."""
    error = error[:_ERROR_LENGTH] if error else None
    row = await w.row(_END, {"message": message_id, "to": status, "error": error})
    if row is None:
        return False
    head = Head(
        quote_id=row["quote_id"], sequence=row["last_sequence"], hash=row["last_hash"], now=row["now"]
    )
    data = {"message_id": message_id, **{name: row[name] for name in ("kind", "audience", "version")}}
    event = Event(type=type_, at=None, actor="system", data=data)
    await append_events(w, head, [event], cause=f"message:{message_id}")
    return True


def _state(row: Row) -> MessageState:
    values = {name: row[name] for name in MessageState.__dataclass_fields__}
    words = {"kind": MessageKind, "audience": Audience, "status": DeliveryStatus}
    return MessageState(**{**values, **{name: word(values[name]) for name, word in words.items()}})


_c = messages.c
_OPEN: Final = [DeliveryStatus.PENDING, DeliveryStatus.SENDING]
_LIST: Final = (
    sa.select(messages).where(_c.quote_id == sa.bindparam("quote_id")).order_by(_c.created_at, _c.id)
)
_ended = (
    sa.update(messages)
    .where(_c.id == sa.bindparam("message", type_=_c.id.type), _c.status.in_(_OPEN))
    .values(
        status=sa.bindparam("to", type_=sa.Text),
        last_error=sa.bindparam("error", type_=sa.Text),
        sent_at=sa.case((sa.bindparam("to", type_=sa.Text) == "sent", sa.func.quote_now(_c.quote_id))),
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
