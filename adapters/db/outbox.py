"""The outbox: one row per message and recipient, each done once."""

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from adapters.db.appending import append_events
from adapters.db.claiming import CLAIM, message_view
from adapters.db.database import Reading, Writing
from adapters.db.locking import head_of
from adapters.db.messages import DeliveryStatus, MessageState, MessageView
from adapters.db.rows import Row
from adapters.db.tables import messages
from domain.quotes.events import Event, EventType
from domain.quotes.notices import Audience, MessageKind

_ERROR_LENGTH: Final = 500


async def claim(w: Writing, message_id: str) -> MessageView | None:
    """Take a message to send it now, in one statement; None when it is sent, failed or unknown.

    `message_id` is the row's id. One that somebody took before and never reported on is given again.
    """
    row = await w.row(CLAIM, {"message": message_id})
    return message_view(row) if row else None


async def mark_sent(w: Writing, message_id: str) -> bool:
    """The message is out: `quote.message_sent`. False (and nothing written) when it had an end before."""
    end = {"status": DeliveryStatus.SENT, "sent_at": sa.func.clock_timestamp(), "last_error": None}
    return await _finish(w, message_id, end, EventType.MESSAGE_SENT)


async def mark_failed(w: Writing, message_id: str, error: str) -> bool:
    """The message is given up: `quote.message_failed`. False (and nothing written) when it had an end before."""
    end = {"status": DeliveryStatus.FAILED, "last_error": error[:_ERROR_LENGTH]}
    return await _finish(w, message_id, end, EventType.MESSAGE_FAILED)


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


async def _finish(w: Writing, message_id: str, end: Mapping[str, Any], type_: EventType) -> bool:
    """The event tells which message, by ids only: the address stays in the row."""
    ended = sa.update(messages).where(_c.id == message_id, _c.status.in_(_OPEN)).values(**end)
    row = await w.row(ended.returning(_c.quote_id, _c.kind, _c.audience, _c.version))
    if row is None:
        return False
    head = await head_of(w, row["quote_id"])
    data = {
        "message_id": message_id,
        "kind": row["kind"],
        "audience": row["audience"],
        "version": row["version"],
    }
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
