"""The outbox: one row per message and recipient, each done once."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from adapters.db.database import Reading, Row, Writing
from adapters.db.record.append import ChainTip, append_events
from adapters.db.record.offers import IN_CHARGE_NOW, SELLER_NOW, offer_columns, offer_from
from adapters.db.record.outgoing import named_row, thread_id
from adapters.db.record.rows import failure_from, hearing_from
from adapters.db.tables import customers, documents, messages, quote_events, quote_versions, quotes
from adapters.db.tables import seller as seller_row
from adapters.db.tables.base import JSON
from domain.presentation.document import DocumentKind
from domain.presentation.message import (
    Anchor,
    Hearing,
    Message,
    greeted,
    reply_to,
    told,
    told_of_failure,
)
from domain.quotes import causes
from domain.quotes.events import Accepted, Event, MessageFailed, MessageSent, MessageSkipped
from domain.quotes.notices import (
    UNFINISHED,
    Audience,
    DeliveryStatus,
    MessageKind,
    Notice,
    Refusal,
    is_skipped,
    who_hears_of_failure,
)


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

SKIPPED: Final = (
    "not tried: this address was refused for good before; send the quote to it again to try again"
)
"""The remark on a mail that was skipped."""

_ERROR_LENGTH: Final = 500


async def claim(w: Writing, message_id: str) -> Message | None:
    """Take a message to send it now; None when it is sent, failed or unknown.

    `message_id` is the row's id. One that somebody took before and never reported on is given again. What the shop is
    told of others is kept at its first time: the server may have taken the mail, and it comes again in the same words.
    """
    row = await w.row(_CLAIM, {"message": message_id})
    if row and row["hearing"] and "hearing" not in row["data"]:
        kept = asdict(hearing_from(row["hearing"]))
        row = {**row, "data": {**row["data"], "hearing": kept}}
        await w.run(_HEAR, {"message": message_id, "told": row["data"]})
    return _message(row) if row else None


async def mark_sent(w: Writing, message_id: str, *, remark: str | None = None) -> bool:
    """The message is out: `quote.message_sent`. False (and nothing written) when it had an end before.

    `remark` says what it lacked; it stands in the row's `last_error`.
    """
    return await _finish(w, message_id, DeliveryStatus.SENT, remark, MessageSent) is not None


async def mark_skipped(w: Writing, message_id: str) -> bool:
    """The message is not tried: `quote.message_skipped`. False (and nothing written) when it had an end before."""
    return await _finish(w, message_id, DeliveryStatus.SKIPPED, SKIPPED, MessageSkipped) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A message's end that is on record; `news` is the message that tells of it, or None where nobody hears of it."""

    news: str | None


async def mark_failed(
    w: Writing, message_id: str, error: str, *, refused: Refusal | None = None
) -> Failed | None:
    """The message is given up: `quote.message_failed`, and a message that tells of it. None (and nothing written) when it
    had an end before. `refused` says what the server refused for good.
    """
    row = await _finish(w, message_id, DeliveryStatus.FAILED, error, MessageFailed, refused)
    if row is None:
        return None
    kind, seller = MessageKind(row["kind"]), row["seller_email"]
    to = who_hears_of_failure(kind, row["recipient"], owner=row["owner"], seller=seller)
    if to is None:
        return Failed(news=None)
    notice = Notice(kind=MessageKind.UNDELIVERED, audience=Audience.SELLER)
    # News for the shop that the owner could not be told is of the same mail: it names that one, and its delivery finds it.
    cause = row["cause"] if kind is MessageKind.UNDELIVERED else causes.message(message_id)
    named = named_row(row["quote_id"], row["version"], cause, notice, to, seller)
    data = told_of_failure(row["data"])
    await w.run(_ADD, {**named, "data": data, "created_at": row["now"]})
    return Failed(news=named["id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """In which order messages are sent: the shop's after the customer's, so that they can say who was told."""

    customers: tuple[str, ...]
    shops: tuple[str, ...]


async def turns_of(r: Reading, quote_id: str, message_ids: Sequence[str]) -> Turns:
    """Those of the messages, and of news that one of them was not delivered, where that waits."""
    given = {"quote_id": quote_id, "given": list(message_ids), "news": [*map(causes.message, message_ids)]}
    rows = await r.rows(_TURNS, given)
    shops = tuple(row["id"] for row in rows if row["audience"] == Audience.SELLER)
    return Turns(customers=tuple(id_ for id_ in message_ids if id_ not in shops), shops=shops)


async def note_attempt(w: Writing, message_id: str, error: str, *, may_be_out: bool = False) -> None:
    """An attempt failed and another one will follow. One whose mail was surely not taken may say something else."""
    await w.run(_NOTE, {"message": message_id, "error": error[:_ERROR_LENGTH], "keeps_hearing": may_be_out})


async def list_messages(r: Reading, quote_id: str) -> list[MessageState]:
    """A quote's messages, oldest first."""
    rows = await r.rows(_LIST, {"quote_id": quote_id})
    return [_state(row) for row in rows]


async def _finish(
    w: Writing,
    message_id: str,
    status: DeliveryStatus,
    error: str | None,
    kind: type[MessageSent | MessageFailed | MessageSkipped],
    refused: Refusal | None = None,
) -> Row | None:
    """The event tells which message, by ids only: the address stays in the row."""
    error = error[:_ERROR_LENGTH] if error else None
    row = await w.row(_END, {"message": message_id, "to": status, "error": error, "refused": refused})
    if row is None:
        return None
    head = ChainTip(
        quote_id=row["quote_id"], sequence=row["last_sequence"], hash=row["last_hash"], now=row["now"]
    )
    ended = kind(message_id=message_id, kind=row["kind"], audience=row["audience"], version=row["version"])
    event = Event.of(ended, at=None, actor="system")
    await append_events(w, head, [event], cause=causes.message(message_id))
    return row


def _state(row: Row) -> MessageState:
    values = {name: row[name] for name in MessageState.__dataclass_fields__}
    words = {"kind": MessageKind, "audience": Audience, "status": DeliveryStatus}
    return MessageState(**{**values, **{name: word(values[name]) for name, word in words.items()}})


_c = messages.c
_THIS: Final = _c.id == sa.bindparam("message", type_=_c.id.type)
_HEAR: Final = sa.update(messages).where(_THIS).values(data=sa.bindparam("told", type_=_c.data.type))
_ADD: Final = sa.insert(messages)
_WITHOUT_HEARING: Final = _c.data.op("-", return_type=_c.data.type)(sa.literal("hearing", sa.Text))
_NOTE: Final = (
    sa.update(messages)
    .where(_THIS, _c.status.in_(UNFINISHED))
    .values(
        last_error=sa.bindparam("error", type_=sa.Text),
        status=DeliveryStatus.PENDING,
        data=sa.case((sa.bindparam("keeps_hearing", type_=sa.Boolean), _c.data), else_=_WITHOUT_HEARING),
    )
)
_LIST: Final = (
    sa.select(messages).where(_c.quote_id == sa.bindparam("quote_id")).order_by(_c.created_at, _c.id)
)
_told_at_the_end = [
    _c[name] for name in ("quote_id", "kind", "audience", "version", "recipient", "cause", "data")
]
_ended = (
    sa.update(messages)
    .where(_THIS, _c.status.in_(UNFINISHED))
    .values(
        status=sa.bindparam("to", type_=sa.Text),
        last_error=sa.bindparam("error", type_=sa.Text),
        sent_at=sa.case(
            (sa.bindparam("to", type_=sa.Text) == DeliveryStatus.SENT, sa.func.quote_now(_c.quote_id))
        ),
        failed_at=sa.case(
            (sa.bindparam("to", type_=sa.Text) == DeliveryStatus.FAILED, sa.func.quote_now(_c.quote_id))
        ),
        refused=sa.bindparam("refused", type_=sa.Text),
    )
    .returning(*_told_at_the_end, _c.sent_at, _c.failed_at)
    .cte("ended")
)
_END: Final = (
    sa.select(
        *(_ended.c[column.name] for column in _told_at_the_end),
        quotes.c.owner,
        quotes.c.last_sequence,
        quotes.c.last_hash,
        sa.select(seller_row.c.email).scalar_subquery().label("seller_email"),
        sa.func.coalesce(_ended.c.sent_at, _ended.c.failed_at, sa.func.quote_now(quotes.c.id)).label("now"),
    )
    .join(quotes, quotes.c.id == _ended.c.quote_id)
    .with_for_update(of=quotes)
)
"""Ends the message and locks its quote's row, whose newest state is read. Row and event are of one instant."""


_TURNS: Final = sa.select(_c.id, _c.audience).where(
    _c.quote_id == sa.bindparam("quote_id"),
    sa.or_(
        _c.id == sa.any_(sa.bindparam("given", type_=ARRAY(_c.id.type))),
        sa.and_(_c.cause == sa.any_(sa.bindparam("news", type_=ARRAY(sa.Text))), _c.status.in_(UNFINISHED)),
    ),
)


def _message(row: Row) -> Message:
    offer, facts, audience = offer_from(row), told(row["data"]), Audience(row["audience"])
    return Message(
        id=row["id"],
        key=row["key"],
        kind=MessageKind(row["kind"]),
        audience=audience,
        recipient=row["recipient"],
        message_id=row["message_id"],
        thread_id=thread_id(row["quote_id"], row["recipient"]),
        quote_id=row["quote_id"],
        link_id=row["link_id"],
        created_at=row["created_at"],
        now=row["now"],
        reply_to=reply_to(audience, row["owner"], offer, facts),
        offer=offer,
        told=facts,
        anchor=Anchor(**{name: row[name] for name in Anchor.__dataclass_fields__})
        if row["event_hash"]
        else None,
        hearing=Hearing(**{group: tuple(who) for group, who in row["data"].get("hearing", {}).items()}),
        failure=failure_from(row) if row["failed_kind"] else None,
        certificate_is_gone=row["certificate_is_gone"],
        shown_link_id=row["shown_link_id"],
        greeted=greeted(row["contacts"], row["recipient"], offer if row["is_to_company"] else None),
        is_skipped=is_skipped(audience, refused_at=row["refused_at"], named_at=row["named_at"]),
    )


_taken = (
    sa.update(messages)
    .where(_THIS, _c.status.in_(UNFINISHED))
    .values(status=DeliveryStatus.SENDING, attempts=_c.attempts + 1)
    .returning(messages)
    .cte("taken")
)
_other = messages.alias("other")
_same_address: Final = sa.and_(
    _other.c.quote_id == _taken.c.quote_id,
    sa.func.lower(_other.c.recipient) == sa.func.lower(_taken.c.recipient),
    _other.c.id != _taken.c.id,
)
_hearing_rows: Final = (
    sa.select(
        sa.func.jsonb_agg(
            aggregate_order_by(
                sa.func.jsonb_build_object(
                    *(
                        part
                        for name in ("recipient", "status", "last_error")
                        for part in (name, _other.c[name])
                    )
                ),
                _other.c.recipient,
            ),
            type_=JSON,
        )
    )
    .where(
        _taken.c.audience == Audience.SELLER,
        _other.c.quote_id == _taken.c.quote_id,
        _other.c.cause == _taken.c.cause,
        _other.c.audience != Audience.SELLER,
    )
    .scalar_subquery()
)
_failed = messages.alias("failed")
_CLAIM: Final = (
    sa.select(
        *_taken.c,
        sa.select(sa.func.max(_other.c.failed_at))
        .where(_same_address, _other.c.refused == Refusal.ADDRESS)
        .scalar_subquery()
        .label("refused_at"),
        sa.select(sa.func.max(_other.c.created_at))
        .where(_same_address, _other.c.audience == Audience.RECIPIENTS)
        .scalar_subquery()
        .label("named_at"),
        _hearing_rows.label("hearing"),
        *(
            _failed.c[name].label(f"failed_{name}")
            for name in ("kind", "audience", "recipient", "refused", "link_id")
        ),
        _failed.c.last_error.label("failed_error"),
        sa.select(sa.func.max(_other.c.recipient))
        .where(
            _other.c.quote_id == _taken.c.quote_id,
            _other.c.cause == _taken.c.cause,
            _other.c.kind == MessageKind.UNDELIVERED,
            _other.c.status == DeliveryStatus.FAILED,
        )
        .scalar_subquery()
        .label("unheard"),
        sa.exists()
        .where(
            documents.c.quote_id == quotes.c.id,
            documents.c.kind == DocumentKind.ACCEPTANCE,
            sa.func.octet_length(documents.c.content) == 0,
        )
        .label("certificate_is_gone"),
        sa.select(sa.func.max(sa.cast(_other.c.link_id, sa.Text)))
        .where(
            _taken.c.kind == MessageKind.SHARED,
            _other.c.quote_id == _taken.c.quote_id,
            _other.c.cause == _taken.c.cause,
            _other.c.audience == Audience.RECIPIENTS,
        )
        .scalar_subquery()
        .label("shown_link_id"),
        quotes.c.owner,
        customers.c.contacts,
        (sa.func.lower(customers.c.email) == sa.func.lower(_taken.c.recipient)).label("is_to_company"),
        sa.func.quote_now(quotes.c.id).label("now"),
        quote_events.c.sequence.label("event_sequence"),
        quote_events.c.hash.label("event_hash"),
        quote_events.c.data["evidence_sha256"].as_string().label("evidence_sha256"),
        *offer_columns(
            quote_versions,
            seller=SELLER_NOW,
            customer_name=customers.c.name,
            in_charge=IN_CHARGE_NOW,
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
    .outerjoin(
        _failed,
        sa.and_(
            _taken.c.kind == MessageKind.UNDELIVERED,
            _failed.c.quote_id == _taken.c.quote_id,
            _taken.c.cause == sa.literal(causes.message("")) + sa.cast(_failed.c.id, sa.Text),
        ),
    )
)
"""A mail is of the moment when it goes out, under the deadline that held when it was written."""
