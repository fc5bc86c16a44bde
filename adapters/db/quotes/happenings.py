"""What happened to a quote, newest first, with what people said in words, and what waits for its decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from adapters.db.database import Reading
from adapters.db.record.rows import event_view
from adapters.db.record.views import EventView
from adapters.db.tables import commands, quote_events


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event, and of the command behind it what a person wrote (`SAID`), where there is one: events hold no words."""

    view: EventView
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class InFlight:
    """A command that has no outcome yet, and who sent it."""

    id: str
    name: str
    actor: str
    received_at: datetime


SAID: Final = (
    *("reason", "recipients", "read_only", "message", "agreed_with"),
    *("signer_name", "purchase_order_number", "recorded_by"),
)
"""The fields of payloads that a timeline tells; lines and files are in the versions."""


async def happenings_of(
    r: Reading, quote_id: str, *, limit: int, before: int | None = None
) -> list[Happening]:
    """The quote's events, the latest first; those before a sequence number where it is given."""
    rows = await r.rows(_HAPPENINGS, {"quote_id": quote_id, "limit": limit, "before": before})
    return [Happening(view=event_view(row), said=row["said"] or {}) for row in rows]


async def in_flight_of(r: Reading, quote_id: str) -> list[InFlight]:
    """The quote's commands without an outcome, by received time."""
    rows = await r.rows(_IN_FLIGHT, {"quote_id": quote_id})
    return [InFlight(**row) for row in rows]


_e, _c = quote_events.c, commands.c
_QUOTE_ID: Final = sa.bindparam("quote_id", type_=_e.quote_id.type)
_WORDS: Final = sa.func.jsonb_build_object(
    *(part for name in SAID for part in (sa.literal_column(f"'{name}'"), _c.payload[name]))
)
_BEFORE: Final = sa.bindparam("before", type_=sa.Integer)
_HAPPENINGS: Final = (
    sa.select(quote_events, _WORDS.label("said"))
    .outerjoin(commands, (_c.quote_id == _QUOTE_ID) & (sa.cast(_c.id, sa.Text) == _e.cause))
    .where(_e.quote_id == _QUOTE_ID, _BEFORE.is_(None) | (_e.sequence < _BEFORE))
    .order_by(_e.sequence.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_IN_FLIGHT: Final = (
    sa.select(sa.cast(_c.id, sa.Text).label("id"), _c.name, _c.actor, _c.received_at)
    .where(_c.quote_id == _QUOTE_ID, _c.outcome.is_(None))
    .order_by(_c.received_at, _c.id)
)
