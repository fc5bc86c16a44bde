"""Looks at the record past the API, and complains of whatever does not fit together in it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from adapters.db.database import Database
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record.rows import command_view
from adapters.db.record.views import CommandView, EventView
from adapters.db.tables import commands
from domain.proof.verify import chain_hash
from domain.quotes.events import EventType
from domain.quotes.fold import evolve, fold
from domain.quotes.guards import refusal
from domain.quotes.quote import Quote
from domain.quotes.status import Action

ACTIONS = {
    EventType.REVISED: Action.REVISE,
    EventType.SENT: Action.SEND,
    EventType.RESENT: Action.RESEND,
    EventType.EXTENDED: Action.EXTEND,
    EventType.ACCEPTED: Action.ACCEPT,
    EventType.REJECTED: Action.REJECT,
    EventType.CANCELLED: Action.CANCEL,
    EventType.ANNULLED: Action.ANNUL,
    EventType.HANDED_OVER: Action.HAND_OVER,
}
REQUESTS = (EventType.CHANGE_REQUESTED, EventType.EXTENSION_REQUESTED)
_CAUSES = sa.text("SELECT cause, type FROM quote_events WHERE quote_id = CAST(:id AS uuid)")
_COMMANDS = (
    sa.select(commands)
    .where(commands.c.quote_id == sa.bindparam("id", type_=commands.c.quote_id.type))
    .order_by(commands.c.received_at, commands.c.id)
)
_QUOTES = sa.text("SELECT CAST(id AS text) AS id FROM quotes")


@dataclass(frozen=True)
class Recorded:
    """All that the record says of one quote."""

    quote: Quote
    events: list[EventView]
    commands: list[CommandView]
    causes: list[tuple[str, str]]
    hashes: list[tuple[str, str]]
    """Of each version: as it was written, and as its content gives it."""


async def recorded(database: Database, quote_id: str) -> Recorded:
    """The quote, which must be there."""
    async with database.read() as r:
        view = await PgQuotes(r).find(quote_id)
        assert view is not None, f"{quote_id} is not on record"
        versions = await PgQuotes(r).versions(quote_id)
        return Recorded(
            quote=view.quote,
            events=await PgQuotes(r).events(quote_id),
            commands=[command_view(row) for row in await r.rows(_COMMANDS, {"id": quote_id})],
            causes=[(row["cause"], row["type"]) for row in await r.rows(_CAUSES, {"id": quote_id})],
            hashes=[(version.content_hash, version.content.content_hash) for version in versions],
        )


async def complaints(database: Database, quote_ids: Iterable[str] | None = None) -> list[str]:
    """What is wrong with these quotes, or with any quote of the record; nothing, where all is well."""
    if quote_ids is None:
        async with database.read() as r:
            quote_ids = [row["id"] for row in await r.rows(_QUOTES)]
    return [
        f"{quote_id}: {what}"
        for quote_id in quote_ids
        for what in _wrong_with(await recorded(database, quote_id))
    ]


def _wrong_with(found: Recorded) -> Iterator[str]:
    if fold(view.event for view in found.events) != found.quote:
        yield "the fold of its events is not its snapshot"
    if any(written != computed for written, computed in found.hashes):
        yield "a version's content does not have its hash"
    yield from _broken_chain(found.events)
    yield from _illegal(found.events)
    yield from _ill_decided(found)


def _broken_chain(events: list[EventView]) -> Iterator[str]:
    previous = ""
    for place, view in enumerate(events, start=1):
        computed = chain_hash(
            quote_id=view.quote_id, sequence=place, event=view.event, previous_hash=previous
        )
        if (view.sequence, view.previous_hash, view.hash) != (place, previous, computed):
            yield f"the chain is broken at event {place}"
        previous = view.hash


def _illegal(events: list[EventView]) -> Iterator[str]:
    """Each change must have been allowed to the quote as it was, at the change's own time."""
    quote: Quote | None = None
    for view in events:
        event = view.event
        if "state_version" in event.data and not _allowed(quote, view):
            yield f"{event.type} (event {view.sequence}) was not allowed"
        quote = evolve(quote, event)


def _allowed(before: Quote | None, view: EventView) -> bool:
    event, at = view.event, view.event.at
    if before is None:
        return event.type is EventType.CREATED and event.data["state_version"] == 1
    if at is None or event.data["state_version"] != before.state_version + 1:
        return False
    if event.type is EventType.EXPIRED:
        return before.status.is_open and at == before.valid_until
    action = ACTIONS.get(event.type)
    renewed = event.data.get("valid_until") != before.valid_until.isoformat()
    return action is not None and refusal(action, before, at, renewed=renewed) is None


def _ill_decided(found: Recorded) -> Iterator[str]:
    """An applied command made its one event, a refused one none; none waits."""
    changing = {str(kind) for kind in (EventType.CREATED, *ACTIONS, *REQUESTS)}
    changes = Counter(cause for cause, kind in found.causes if kind in changing)
    for command in found.commands:
        expected = {"applied": (1,), "refused": (0,)}.get(command.status, ())
        if changes[command.id] not in expected and not _repeated_yes(found, command):
            yield f"{command.name} {command.id} is {command.status} and made {changes[command.id]} changes"
    if unknown := set(changes) - {command.id for command in found.commands}:
        yield f"changes without a command: {unknown}"


def _repeated_yes(found: Recorded, command: CommandView) -> bool:
    """The same signer's second yes is applied without an event."""
    return (command.name, command.status) == ("accept", "applied") and found.quote.acceptance is not None


async def undecided(database: Database) -> int:
    """How many commands of the inbox wait for their outcome."""
    async with database.read() as r:
        found: int = await r.value(sa.text("SELECT count(*) FROM commands WHERE outcome IS NULL"))
    return found


async def by_key(database: Database, key: str) -> dict[str, Any] | None:
    """The inbox row that was stored under an `Idempotency-Key`."""
    async with database.read() as r:
        row = await r.row(sa.text("SELECT * FROM commands WHERE idempotency_key = :key"), {"key": key})
    return dict(row) if row else None
