"""Orders on their way to the system that makes them: what waits, how attempts went, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from adapters.db.database import Reading, Row, Writing
from adapters.db.inbox.requests import NewCommand, Stored
from adapters.db.inbox.store import store
from adapters.db.record.outgoing import named_row
from adapters.db.tables import messages
from domain.presentation.message import told_of_order
from domain.proof.order import OrderWay, order_key
from domain.quotes import causes
from domain.quotes.envelope import Envelope
from domain.quotes.events import Annulled, HandedOver
from domain.quotes.notices import Audience, MessageKind, Notice, keeper
from domain.quotes.payloads import HandOverPayload, for_decision
from domain.quotes.quote import Quote
from domain.quotes.record import NO_ORDER, OrderState, OrderStatus, RecordRequest
from domain.quotes.status import QuoteStatus

_ERROR_LENGTH: Final = 500
_SYSTEM: Final = "system"
ANNULLED: Final = "the acceptance was annulled before the order was handed over"
TOO_LATE: Final = "the order was taken when its acceptance had been annulled: cancel it there"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingOrder:
    """An order that an attempt has begun with. `asked_at` is since when it is tried, by the quote's clock."""

    quote_id: str
    key: str
    attempts: int
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderToWake:
    """A quote whose run is to be told that its order waits."""

    quote_id: str
    workflow_id: str


async def note_order(
    w: Writing, request: RecordRequest, quote: Quote, way: OrderWay | None
) -> tuple[bool, tuple[str, ...]]:
    """What a decision means for the order, in its transaction: whether the run is to hand it over, and the ids of messages
    that tell of one which was taken too late. `way` is how acceptances are handed over, None where nobody is told.
    """
    kinds = {event.kind for event in request.events}
    acceptance = quote.acceptance
    if acceptance is None:
        return False, ()
    asked = {"quote_id": quote.id, "key": order_key(acceptance.command_id)}
    if HandedOver in kinds:
        await w.run(_TAKEN, asked)
    elif Annulled in kinds and not await w.run(_WITHDRAWN, {"quote_id": quote.id, "error": ANNULLED}):
        # It was taken, and the command that would have said so was not decided yet.
        undone = await w.row(_UNDONE, {"quote_id": quote.id, "error": TOO_LATE})
        row = await w.row(_LOCK, {"quote_id": quote.id}) if undone else None
        return False, await _told_of(w, WaitingOrder(**undone), row, TOO_LATE) if undone and row else ()
    elif way is not None and acceptance.command_id == request.cause and request.quote is not None:
        await w.run(_OPEN, {**asked, "way": way})
        return way is OrderWay.HTTP, ()
    return False, ()


async def order_waits(r: Reading, quote_id: str) -> bool:
    """Whether there is an order that is to be posted."""
    return bool(await r.value(_WAITS, {"quote_id": quote_id}))


async def claim_order(w: Writing, quote_id: str) -> WaitingOrder | None:
    """Begin an attempt; None where nothing waits any more."""
    row = await w.row(_CLAIM, {"quote_id": quote_id})
    return WaitingOrder(**row) if row else None


async def note_order_attempt(w: Writing, quote_id: str, error: str) -> None:
    """An attempt failed and another one will follow."""
    await w.run(_NOTE, {"quote_id": quote_id, "error": error[:_ERROR_LENGTH]})


async def mark_order_taken(
    w: Writing, order: WaitingOrder, reference: str | None, *, traceparent: str | None = None
) -> tuple[bool, Envelope | None]:
    """The system that makes the order has it: whether it still should, and the command by which the quote learns of it. None
    where it was handed over in the meantime, by another attempt or by whoever wrote its reference: that stands.

    Without a `reference` it goes by the quote's number. `traceparent` is the span of handing it over. Where the acceptance was annulled in the meantime nothing is written.
    """
    row = await w.row(_LOCK, {"quote_id": order.quote_id})
    if row is None or row["status"] != QuoteStatus.ACCEPTED:
        return False, None
    if not await w.run(_TAKEN, {"quote_id": order.quote_id, "key": order.key}):
        return True, None
    asked = HandOverPayload(reference=reference or row["number"])
    new = NewCommand(asked=asked, quote_id=order.quote_id, actor=_SYSTEM, traceparent=traceparent)
    stored = await store(w, new)
    return True, for_decision(stored.envelope) if isinstance(stored, Stored) else None


async def mark_order_failed(w: Writing, order: WaitingOrder, error: str) -> tuple[str, ...]:
    """It is given up; the ids of the messages that tell of it. Empty, and nothing written, where it was handed over otherwise."""
    error = error[:_ERROR_LENGTH]
    row = await w.row(_LOCK, {"quote_id": order.quote_id})
    if row is None or not await w.run(_FAILED, {"quote_id": order.quote_id, "error": error}):
        return ()
    return await _told_of(w, order, row, error)


async def _told_of(w: Writing, order: WaitingOrder, row: Row, error: str) -> tuple[str, ...]:
    to = keeper(row["owner"], row["seller_email"])
    if to is None:
        return ()
    notice = Notice(kind=MessageKind.ORDER_FAILED, audience=Audience.SELLER)
    cause = causes.order_failed(order.key, order.asked_at)
    named = named_row(order.quote_id, row["version"], cause, notice, to, row["seller_email"])
    data = told_of_order(row["valid_until"], error, taken_too_late=error == TOO_LATE)
    return (named["id"],) if await w.run(_ADD, {**named, "data": data, "created_at": row["now"]}) else ()


async def ask_order_again(w: Writing, quote_id: str) -> bool:
    """Have one that failed tried anew, for as long as at first; whether there was one."""
    return bool(await w.run(_AGAIN, {"quote_id": quote_id}))


async def orders_to_wake(w: Writing, limit: int) -> list[OrderToWake]:
    """Those that nobody has begun with, and whose run was not told within a minute; and those with which nobody has gone on for
    two hours, as where their run was lost.
    """
    return [OrderToWake(**row) for row in await w.rows(_WAKE, {"limit": limit})]


def order_state(row: Row) -> OrderState:
    """By the columns `order_status`, `order_at` and `order_error` of a quote."""
    if row["order_status"] is None:
        return NO_ORDER
    return OrderState(
        status=OrderStatus(row["order_status"]), at=row["order_at"], last_error=row["order_error"]
    )


_ADD: Final = sa.insert(messages)
_WHERE: Final = "quote_id = CAST(:quote_id AS uuid)"
_P, _H, _F = (f"'{each}'" for each in (OrderStatus.PENDING, OrderStatus.HANDED_OVER, OrderStatus.FAILED))
_OPEN: Final = sa.text(f"""
INSERT INTO orders (quote_id, key, way, status, asked_at, wake_at)
VALUES (CAST(:quote_id AS uuid), CAST(:key AS text), CAST(:way AS text), {_P}, quote_now(CAST(:quote_id AS uuid)),
    CASE CAST(:way AS text) WHEN '{OrderWay.HTTP}' THEN clock_timestamp() + interval '1 minute' END)
ON CONFLICT (quote_id) DO NOTHING
""")  # noqa: S608 - words of the domain
_TAKEN: Final = sa.text(f"""
INSERT INTO orders (quote_id, key, way, status, asked_at, ended_at)
VALUES (CAST(:quote_id AS uuid), CAST(:key AS text), '{OrderWay.HAND}', {_H}, quote_now(CAST(:quote_id AS uuid)),
    quote_now(CAST(:quote_id AS uuid)))
ON CONFLICT (quote_id) DO UPDATE SET status = {_H}, ended_at = excluded.ended_at, last_error = NULL, wake_at = NULL
WHERE orders.status <> {_H}
""")  # noqa: S608 - as above
_WITHDRAWN: Final = sa.text(f"""
UPDATE orders SET status = {_F}, ended_at = quote_now(quote_id), last_error = CAST(:error AS text), wake_at = NULL
WHERE {_WHERE} AND status = {_P}
""")  # noqa: S608 - as above
_UNDONE: Final = sa.text(f"""
UPDATE orders SET status = {_F}, ended_at = quote_now(quote_id), last_error = CAST(:error AS text)
WHERE {_WHERE} AND status = {_H}
RETURNING CAST(quote_id AS text) AS quote_id, key, attempts, asked_at
""")  # noqa: S608 - as above
_WAITS: Final = sa.text(
    f"SELECT EXISTS (SELECT FROM orders WHERE {_WHERE} AND status = {_P} AND way = '{OrderWay.HTTP}')"  # noqa: S608 - as above
)
# Attempts follow each other within an hour, unless Retry-After asks for more: then the run is told in vain, and does nothing.
_LOOKED_AFTER: Final = "clock_timestamp() + interval '2 hours'"
_CLAIM: Final = sa.text(f"""
UPDATE orders SET attempts = attempts + 1, wake_at = {_LOOKED_AFTER}
WHERE {_WHERE} AND status = {_P} AND way = '{OrderWay.HTTP}'
RETURNING CAST(quote_id AS text) AS quote_id, key, attempts, asked_at
""")  # noqa: S608 - as above
_NOTE: Final = sa.text(
    f"UPDATE orders SET last_error = CAST(:error AS text) WHERE {_WHERE} AND status = {_P}"  # noqa: S608 - as above
)
_FAILED: Final = sa.text(f"""
UPDATE orders SET status = {_F}, ended_at = quote_now(quote_id), last_error = CAST(:error AS text), wake_at = NULL
WHERE {_WHERE} AND status <> {_H}
""")  # noqa: S608 - as above
_AGAIN: Final = sa.text(f"""
UPDATE orders SET status = {_P}, attempts = 0, asked_at = quote_now(quote_id), ended_at = NULL, wake_at = clock_timestamp()
WHERE {_WHERE} AND status = {_F} AND way = '{OrderWay.HTTP}'
    AND EXISTS (SELECT FROM quotes WHERE id = quote_id AND quotes.status = '{QuoteStatus.ACCEPTED}')
""")  # noqa: S608 - as above
_WAKE: Final = sa.text(f"""
UPDATE orders SET wake_at = CASE attempts WHEN 0 THEN clock_timestamp() + interval '1 minute' ELSE {_LOOKED_AFTER} END
WHERE quote_id IN (
    SELECT quote_id FROM orders WHERE wake_at <= clock_timestamp() AND status = {_P}
    ORDER BY wake_at LIMIT CAST(:limit AS integer) FOR UPDATE SKIP LOCKED
)
RETURNING CAST(quote_id AS text) AS quote_id, quote_workflow_id(quote_id) AS workflow_id
""")  # noqa: S608 - as above
_LOCK: Final = sa.text("""
SELECT quotes.status, quotes.number, quotes.owner, quotes.valid_until, quotes.current_version AS version,
    quote_now(quotes.id) AS now, (SELECT email FROM seller) AS seller_email
FROM quotes WHERE id = CAST(:quote_id AS uuid) FOR UPDATE
""")
