"""Whether the rows beside a quote's chain say what its events say: commands, links, mails."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from domain.errors import RefusalCode
from domain.proof.evidence import Agreement, Circumstances
from domain.proof.mismatch import Mismatch, compared, text
from domain.proof.stored import QuoteRecord, StoredCommand, StoredEvent
from domain.quotes.commands import NAMES
from domain.quotes.envelope import CREATE
from domain.quotes.events import EventType
from domain.quotes.notices import DeliveryStatus
from domain.quotes.status import Action, CommandStatus, CustomerRequest

_DECIDED: Final[Mapping[str, str]] = {
    EventType.CREATED: CREATE,
    EventType.REVISED: Action.REVISE,
    EventType.SENT: Action.SEND,
    EventType.SUPERSEDED: Action.SEND,
    EventType.RESENT: Action.RESEND,
    EventType.EXTENDED: Action.EXTEND,
    EventType.ACCEPTED: Action.ACCEPT,
    EventType.REJECTED: Action.REJECT,
    EventType.CANCELLED: Action.CANCEL,
    EventType.ANNULLED: Action.ANNUL,
    EventType.HANDED_OVER: Action.HAND_OVER,
    EventType.CHANGE_REQUESTED: CustomerRequest.CHANGE,
    EventType.EXTENSION_REQUESTED: CustomerRequest.EXTENSION,
    EventType.SHARED: CustomerRequest.SHARE,
}
"""By which command each event came; what is not listed came by none, or was refused."""

_SENT_BEFORE_TOLD: Final = timedelta(seconds=1)
"""Two stamps of one statement: the row of a mail and its event had one each, until they were given the same."""


def beside(record: QuoteRecord) -> Iterator[Mismatch]:
    """What the inbox, the links and the outbox say otherwise than the events; nothing where they were not read."""
    if record.beside is not None:
        yield from _commands(record, {row.id: row for row in record.beside.commands})
        yield from _links(record)
        yield from _messages(record)


def _commands(record: QuoteRecord, rows: Mapping[str, StoredCommand]) -> Iterator[Mismatch]:
    told: set[str] = set()
    for event in record.events:
        if (id_ := _command_of(event)) is None:
            continue
        told.add(id_)
        if id_ in rows:
            yield from _command(record, event, rows[id_])
        else:
            yield Mismatch(place=_place(event), what="its command is not in the inbox")
    references = {e.data.get("reference") for e in record.events if e.type == EventType.HANDED_OVER}
    signers = {event.data.get("signer") for event in record.events if event.type == EventType.ACCEPTED}
    for row in rows.values():
        repeats = row.name == Action.ACCEPT and row.signer in signers
        repeats |= row.name == Action.HAND_OVER and row.reference in references
        untold = row.outcome == CommandStatus.APPLIED and not repeats
        # Refused before there was a quote: its log had not begun.
        untold |= row.outcome == CommandStatus.REFUSED and row.base_state_version != 0
        if untold and row.id not in told:
            what = f"the inbox says that it was {row.outcome}, and no event records it"
            yield Mismatch(place=f"command {row.id} ({row.name})", what=what)


def _command_of(event: StoredEvent) -> str | None:
    """The id of the command by which the event came, or None for one that came by none."""
    if event.type in _DECIDED:
        return str(event.data.get("command_id") or event.cause)
    if event.type != EventType.COMMAND_REFUSED or event.data.get("command_id") is None:
        return None
    # What a signal alone brought: the inbox holds nothing like it.
    forged = event.actor == "unknown" and event.data.get("code") == RefusalCode.MALFORMED
    return None if forged else str(event.data["command_id"])


def _command(record: QuoteRecord, event: StoredEvent, row: StoredCommand) -> Iterator[Mismatch]:
    refused = event.type == EventType.COMMAND_REFUSED
    told: dict[str, object] = {"received_at": event.at, "actor": event.actor}
    if refused:
        told |= {"outcome": CommandStatus.REFUSED, "code": event.data.get("code")}
        told |= {"name": event.data.get("name")} if event.data.get("name") in NAMES else {}
    else:
        told |= {"outcome": CommandStatus.APPLIED, "name": _DECIDED[event.type]}
    if event.type == EventType.ACCEPTED:
        told["signer"] = event.data.get("signer")
    found = {name: getattr(row, name) for name in told}
    place = f"command {row.id} ({row.name})"
    yield from compared(place, f"does not match event {event.sequence} ({event.type})", told, found)
    sealed = event.data.get("evidence_sha256")
    computed, words = None, "signer, order, consent, link and request"
    if row.accept is not None:
        computed = Circumstances.told_by(row.accept).digest(record.salt)
    elif row.annul is not None:
        computed, words = Agreement.digest(row.annul), "why, and with whom it was agreed,"
    if sealed is not None and computed not in {None, sealed}:
        what = f"{words} do not match the digest in event {event.sequence}"
        yield Mismatch(place=place, what=what, expected=text(sealed), found=text(computed))


def _links(record: QuoteRecord) -> Iterator[Mismatch]:
    rows = record.beside.links if record.beside else ()
    for kind, column, noun in (
        (EventType.VIEWED, "viewed_at", "first view"),
        (EventType.LINK_REVOKED, "revoked_at", "revocation"),
    ):
        events = {str(event.data.get("link_id")): event for event in record.events if event.type == kind}
        found: dict[str, datetime | None] = {row.id: getattr(row, column) for row in rows}
        for id_ in sorted({*events, *(id_ for id_, at in found.items() if at is not None)}):
            event, at = events.get(id_), found.get(id_)
            if event is None:
                yield Mismatch(place=f"link {id_}", what=f"no event records its {noun}", found=text(at))
            elif at != event.at:
                what = f"the time of its {noun} does not match event {event.sequence} ({event.type})"
                yield Mismatch(place=f"link {id_}", what=what, expected=text(event.at), found=text(at))


def _messages(record: QuoteRecord) -> Iterator[Mismatch]:
    ends = {
        EventType.MESSAGE_SENT: DeliveryStatus.SENT,
        EventType.MESSAGE_FAILED: DeliveryStatus.FAILED,
        EventType.MESSAGE_SKIPPED: DeliveryStatus.SKIPPED,
    }
    rows = {row.id: row for row in (record.beside.messages if record.beside else ())}
    events = {str(event.data.get("message_id")): event for event in record.events if event.type in ends}
    for id_, event in events.items():
        row, status = rows.get(id_), ends[EventType(event.type)]
        if row is None:
            yield Mismatch(place=_place(event), what="its email is not in the outbox")
            continue
        told: dict[str, object] = {name: event.data.get(name) for name in ("kind", "audience", "version")}
        told |= {"status": status, "sent_at": event.at if status is DeliveryStatus.SENT else None}
        found = {name: getattr(row, name) for name in told}
        if row.sent_at and timedelta(0) <= event.at - row.sent_at < _SENT_BEFORE_TOLD:
            found["sent_at"] = told["sent_at"]
        what = f"does not match event {event.sequence} ({event.type})"
        yield from compared(f"email {id_}", what, told, found)
    for id_, row in rows.items():
        if row.status in {*ends.values()} and id_ not in events:
            yield Mismatch(place=f"email {id_}", what=f"no event records that it was {row.status}")


def _place(event: StoredEvent) -> str:
    return f"event {event.sequence} ({event.type})"
