"""Writing one decision: compare with the record, then write all that follows from it."""

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.db.database import Reading, Writing
from adapters.db.record.append import RecordChanges, append_events
from adapters.db.record.lock import Locked, lock
from adapters.db.record.orders import note_order, order_waits
from adapters.db.record.outgoing import Outgoing, Tokens, outgoing
from adapters.db.record.rows import acceptance_data, envelope_from, quote_data, quote_from, text_of
from adapters.db.tables import commands, messages, quote_events, quotes
from domain.errors import RefusalCode
from domain.offer.content import ContentRef, VersionContent
from domain.proof.counterparties import Parties, parties
from domain.proof.evidence import Acceptance, Agreement
from domain.proof.order import OrderWay
from domain.quotes import causes
from domain.quotes.commands import NAMES, turn_of
from domain.quotes.envelope import CommandRef, Envelope
from domain.quotes.events import CommandRefused, Event, Resent, Sent
from domain.quotes.guards import allowed_actions
from domain.quotes.notices import UNFINISHED
from domain.quotes.payloads import AnnulPayload, CreatePayload, SendPayload
from domain.quotes.quote import Quote
from domain.quotes.record import RecordRequest, RecordResult, RecordStatus
from domain.quotes.status import CommandStatus
from domain.quotes.validity import GRACE, last_on_time


async def save(
    w: Writing, request: RecordRequest, tokens: Tokens, way: OrderWay | None = None
) -> RecordResult:
    """Write a decision: snapshot, version, events, outcome and outgoing messages, all or nothing. Two round trips where
    nothing is in the way, and one more about an order. `way` is how orders are handed over, None where they are not.
    """
    until = last_on_time(request.expires) if request.expires else None
    command_id = request.command.id if request.command else None
    locked = await lock(w, request.quote_id, command_id, until=until, besides=request.passed_over)
    if request.command is not None and not _is_genuine(request.command, request, locked):
        return await _refuse_forged(w, request, locked)
    if await _is_recorded(w, request, locked):
        return await _earlier_result(w, request, locked)
    content = _content(request, locked)
    if request.base_state_version != locked.state_version or (request.content and not content):
        return RecordResult(status=RecordStatus.STALE, quote=locked.quote)
    if earlier := await _earlier(w, request, locked, until):
        return RecordResult(status=RecordStatus.PRECEDED, earlier=earlier)
    if request.expires is not None and locked.now < request.expires + GRACE:
        return RecordResult(status=RecordStatus.NOT_DUE, now=locked.now)
    sent = outgoing(request, locked, tokens)
    acceptance = Acceptance.of(request, locked.command.whole if locked.command else None)
    events = _events(request, locked)
    if isinstance(locked.asked, AnnulPayload):
        events = Agreement.sealed(events, locked.asked)
    both = _parties(request, locked)
    events = both.sealed(events) if both else events
    await append_events(
        w,
        locked.head,
        acceptance.sealed(events, locked.salt) if acceptance else events,
        cause=request.cause,
        changes=replace(_changes(request, locked, sent, content, acceptance), parties=both),
    )
    after = request.quote
    hands_over, of_order = (
        await note_order(w, request, after, way) if after and after.acceptance else (False, ())
    )
    messages = (*(m["id"] for m in sent.messages), *of_order)
    return RecordResult(status=RecordStatus.RECORDED, messages=messages, hands_over=hands_over)


async def _earlier(
    w: Writing, request: RecordRequest, locked: Locked, until: datetime | None
) -> tuple[Envelope, ...]:
    """Commands without an outcome whose turn is before that of what is to be recorded, the first few of them. None
    before a creation: nothing can be decided about a quote that there is not.
    """
    if locked.quote is None or not locked.is_preceded:
        return ()
    own = locked.command.envelope if locked.command else None
    asked = {
        "quote_id": request.quote_id,
        "until": own.received_at if own else until,
        "besides": list(request.passed_over),
    }
    found = [envelope_from(row) for row in await w.rows(_UNDECIDED, asked)]
    return tuple(envelope for envelope in found if own is None or turn_of(envelope) < turn_of(own))


def _is_genuine(decided: CommandRef, request: RecordRequest, locked: Locked) -> bool:
    """Only what the inbox holds is a command."""
    stored = locked.command
    if stored is None:
        return False
    return stored.quote_id == request.quote_id and stored.is_meant_by(decided)


def _content(request: RecordRequest, locked: Locked) -> VersionContent | None:
    """The new version's content: what its command was priced as, if that is what was decided upon. It is not where another
    attempt has priced the command since, by other circumstances: then it is priced once more.
    """
    if not isinstance(request.content, ContentRef):
        return request.content
    kept = locked.command.priced if locked.command else None
    return kept if kept and kept.content_hash == request.content.content_hash else None


async def _refuse_forged(w: Writing, request: RecordRequest, locked: Locked) -> RecordResult:
    """Tell of it in the quote's log, once; the inbox row of that id, if there is one, is handed back."""
    cause = causes.malformed(request.cause)
    if locked.quote is not None and not await _has_event(w, request.quote_id, cause):
        event = _refusal_event(request, RefusalCode.MALFORMED, at=None, actor="unknown")
        await append_events(w, locked.head, [event], cause=cause)
    stored = locked.command
    waits = stored is not None and stored.outcome is None and stored.quote_id == request.quote_id
    return RecordResult(
        status=RecordStatus.MALFORMED, stored=stored.envelope if stored is not None and waits else None
    )


async def _is_recorded(w: Writing, request: RecordRequest, locked: Locked) -> bool:
    if locked.command is not None:
        return locked.command.outcome is not None
    return await _has_event(w, request.quote_id, request.cause)


async def _earlier_result(w: Writing, request: RecordRequest, locked: Locked) -> RecordResult:
    """The cause is on record: by an earlier attempt of this request, or by another decision about it."""
    rows = await w.rows(_MESSAGES, {"quote_id": request.quote_id, "cause": request.cause})
    waiting = tuple(row["id"] for row in rows)
    row = await w.row(_QUOTE, {"quote_id": request.quote_id})
    quote = quote_from(row) if row else None
    waits = await order_waits(w, request.quote_id)
    if _is_same_request(request, locked, quote):
        return RecordResult(status=RecordStatus.RECORDED, messages=waiting, hands_over=waits)
    return RecordResult(status=RecordStatus.REPEATED, quote=quote, messages=waiting, hands_over=waits)


def _is_same_request(request: RecordRequest, locked: Locked, quote: Quote | None) -> bool:
    """Whether an earlier attempt wrote just this, and nothing came after it.

    `quote` was read once the lock was had; `locked.quote` may be of before a create that was waited for.
    """
    if request.quote is not None and (quote is None or quote.state_version != request.quote.state_version):
        return False
    stored = locked.command
    if stored is None:
        return True
    return (stored.base_state_version, stored.code) == (
        request.base_state_version,
        request.refused.code if request.refused else None,
    )


def _events(request: RecordRequest, locked: Locked) -> list[Event]:
    """The request's events; for a refusal the one that tells of it, where there is a quote to tell of."""
    if request.refused is None or locked.command is None:
        return list(request.events)
    if locked.quote is None:
        return []
    envelope = locked.command.envelope
    return [_refusal_event(request, request.refused.code, at=envelope.received_at, actor=envelope.actor)]


def _refusal_event(request: RecordRequest, code: str, *, at: datetime | None, actor: str) -> Event:
    name = request.command.name if request.command else ""
    refused = CommandRefused(code=code, name=name if name in NAMES else "unknown", command_id=request.cause)
    return Event.of(refused, at=at, actor=actor)


def _changes(
    request: RecordRequest,
    locked: Locked,
    sent: Outgoing,
    content: VersionContent | None,
    acceptance: Acceptance | None,
) -> RecordChanges:
    sent_versions = (body.version for event in request.events if isinstance(body := event.body, Sent))
    return RecordChanges(
        snapshot=_snapshot(request, locked),
        versions=_versions(request, content),
        sent_version=next(sent_versions, None),
        links=sent.links,
        messages=sent.messages,
        acceptances=[acceptance_data(acceptance)] if acceptance else [],
        outcomes=_outcomes(request, locked),
        frees_external_id=request.quote is not None and request.quote.is_discarded,
    )


def _parties(request: RecordRequest, locked: Locked) -> Parties | None:
    """Where a version is sent."""
    if locked.named is None or not any(event.kind is Sent for event in request.events):
        return None
    asked = locked.asked
    return parties(
        locked.named,
        contact=_contact(locked),
        recipients=(asked.recipients or ()) if isinstance(asked, SendPayload) else (),
        salt=secrets.token_hex(16),
    )


def _contact(locked: Locked) -> str | None:
    """Whom of the customer's contacts the quote is for: who was named last."""
    asked = locked.asked
    named = asked.contact if isinstance(asked, CreatePayload | SendPayload) else None
    return named or locked.contact


def _snapshot(request: RecordRequest, locked: Locked) -> dict[str, Any] | None:
    if request.quote is None or not request.events:
        return None
    sends = any(issubclass(event.kind, Sent | Resent) for event in request.events)
    asked = locked.asked
    create = asked if locked.quote is None and isinstance(asked, CreatePayload) else None
    return {
        **quote_data(request.quote),
        "last_sending": request.cause if sends else locked.last_sending,
        "owner": create.owner if create else locked.owner,
        "external_id": create.external_id if create else None,
        "contact": _contact(locked),
    }


def _versions(request: RecordRequest, content: VersionContent | None) -> list[dict[str, Any]]:
    if request.quote is None or content is None:
        return []
    made = request.quote.latest
    return [
        {
            "quote_id": request.quote_id,
            "version": made.number,
            "content": content.to_data(),
            "content_hash": made.content_hash,
            "total": str(made.total),
            "currency": made.total.currency,
            "created_at": text_of(made.created_at),
        }
    ]


def _outcomes(request: RecordRequest, locked: Locked) -> list[dict[str, Any]]:
    if locked.command is None:
        return []
    refused = request.refused
    return [
        {
            "id": locked.command.envelope.command_id,
            "outcome": CommandStatus.REFUSED if refused else CommandStatus.APPLIED,
            "decided_at": text_of(locked.now),
            "base_state_version": request.base_state_version,
            "code": refused.code if refused else None,
            "detail": refused.detail if refused else None,
            **_state(request, locked.command.envelope.received_at),
        }
    ]


def _state(request: RecordRequest, received_at: datetime) -> dict[str, Any]:
    """Where the quote stands after the decision, and what it allows then."""
    if request.refused is not None:
        status, allowed = request.refused.status, request.refused.allowed
    elif request.quote is not None:
        status, allowed = request.quote.status, allowed_actions(request.quote, received_at)
    else:
        status, allowed = None, ()
    return {"current_status": status, "allowed_actions": [str(action) for action in allowed]}


async def _has_event(r: Reading, quote_id: str, cause: str) -> bool:
    """A statement of its own: it must see what was committed while the lock was waited for."""
    return bool(await r.value(_RECORDED, {"quote_id": quote_id, "cause": cause}))


_RECORDED = sa.select(
    sa.exists().where(
        quote_events.c.quote_id == sa.bindparam("quote_id"), quote_events.c.cause == sa.bindparam("cause")
    )
)
_MESSAGES = (
    sa.select(messages.c.id)
    .where(
        messages.c.quote_id == sa.bindparam("quote_id"),
        messages.c.cause == sa.bindparam("cause"),
        messages.c.status.in_(UNFINISHED),
    )
    .order_by(messages.c.created_at, messages.c.id)
)
_UNDECIDED = (
    sa.select(commands)
    .where(
        commands.c.quote_id == sa.bindparam("quote_id", type_=commands.c.quote_id.type),
        commands.c.outcome.is_(None),
        commands.c.received_at <= sa.bindparam("until", type_=commands.c.received_at.type),
        commands.c.id != sa.all_(sa.bindparam("besides", type_=ARRAY(commands.c.id.type))),
    )
    .order_by(commands.c.received_at, commands.c.id)
    .limit(20)
)
_QUOTE = sa.select(*(c for c in quotes.c if c.name != "salt")).where(quotes.c.id == sa.bindparam("quote_id"))
