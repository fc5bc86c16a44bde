"""What the customer's page needs of its own: what a link has asked for, and that a person has looked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from adapters.db.database import Reading, Writing
from adapters.db.quotes.views import CommandView, LinkView
from adapters.db.record.append import append_events
from adapters.db.record.lock import lock
from adapters.db.rows import command_view
from adapters.db.tables import commands, customer_links, quote_events
from domain.quotes.events import Event, EventType


class Confirmed(StrEnum):
    """By what a person made itself known: a movement on the page, or a form that was filled in."""

    INTERACTION = "interaction"
    FORM = "form"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that the shop has been told of; `type` is that of its event, `at` when it was received (UTC)."""

    type: EventType
    version: int
    at: datetime


async def undecided_of_link(r: Reading, link: LinkView) -> list[CommandView]:
    """The link's commands that have no outcome yet, by received time."""
    rows = await r.rows(_UNDECIDED, {"quote_id": link.quote_id, "actor": actor_of(link)})
    return [command_view(row) for row in rows]


async def asked_by_link(r: Reading, link: LinkView) -> list[Asked]:
    """The link's requests on record, the latest first. Told by events: the inbox has no index for them."""
    rows = await r.rows(_ASKED, {"quote_id": link.quote_id, "actor": actor_of(link)})
    return [
        Asked(type=EventType(row["type"]), version=int(row["data"]["version"]), at=row["at"]) for row in rows
    ]


async def record_view(w: Writing, link: LinkView, by: Confirmed) -> bool:
    """Tell in the quote's events that a person has looked, and stamp the link; False from the second time on,
    and for a link that is closed.
    """
    locked = await lock(w, link.quote_id, None)
    if not await w.run(_STAMP, {"link_id": link.id, "seen_at": locked.now}):
        return False
    data = {"version": link.version, "link_id": link.id, "by": str(by)}
    event = Event(type=EventType.VIEWED, at=None, actor=actor_of(link), data=data)
    await append_events(w, locked.head, [event], cause=f"viewed:{link.id}")
    return True


def actor_of(link: LinkView) -> str:
    """Who acts, in commands and events, when somebody acts by the link."""
    return f"link:{link.id}"


_c, _e, _l = commands.c, quote_events.c, customer_links.c
_UNDECIDED: Final = (
    sa.select(commands)
    .where(
        _c.quote_id == sa.bindparam("quote_id"),
        _c.actor == sa.bindparam("actor"),
        _c.outcome.is_(None),
    )
    .order_by(_c.received_at, _c.id)
)
_ASKED: Final = (
    sa.select(_e.type, _e.data, _e.at)
    .where(
        _e.quote_id == sa.bindparam("quote_id"),
        _e.actor == sa.bindparam("actor"),
        _e.type.in_([EventType.CHANGE_REQUESTED, EventType.EXTENSION_REQUESTED]),
    )
    .order_by(_e.sequence.desc())
)
_STAMP: Final = (
    sa.update(customer_links)
    .where(
        _l.id == sa.bindparam("link_id", type_=_l.id.type),
        _l.viewed_at.is_(None),
        _l.revoked_at.is_(None),
    )
    .values(viewed_at=sa.bindparam("seen_at", type_=_l.viewed_at.type))
)
