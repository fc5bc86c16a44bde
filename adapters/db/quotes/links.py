"""Customers' links. The table holds the hash of a token, never the token."""

from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from adapters.db.database import Reading, Row, Writing
from adapters.db.quotes.repository import on_time
from adapters.db.record.append import append_events
from adapters.db.record.lock import lock
from adapters.db.record.rows import command_view, event_view
from adapters.db.record.views import CommandView, LinkView
from adapters.db.tables import commands, customer_links, messages, quote_events, quotes
from domain.proof.forgotten import is_marked
from domain.quotes import causes
from domain.quotes.commands import LINK
from domain.quotes.events import (
    ChangeRequested,
    Event,
    ExtensionRequested,
    LinkRevoked,
    Viewed,
)
from domain.quotes.notices import Audience, each_once
from domain.quotes.status import CustomerRequest, QuoteStatus


async def find_link(r: Reading, token_hash: str) -> LinkView | None:
    """The link by its token's hash (`adapters.tokens.LinkTokens.hash`), or None; revoked ones too."""
    row = await r.row(_BY_HASH, {"token_hash": token_hash})
    return _view(row) if row else None


async def list_links(r: Reading, quote_id: str) -> list[LinkView]:
    """A quote's links, oldest first."""
    return [_view(row) for row in await r.rows(_OF_QUOTE, {"quote_id": quote_id})]


async def find_open_offer(r: Reading) -> LinkView | None:
    """A link to the oldest offer that can be answered now; None where nothing is on offer."""
    row = await r.row(_ON_OFFER)
    return _view(row) if row else None


async def close_link(w: Writing, link_id: str, *, actor: str) -> bool:
    """Close a link for good, and tell of it in the quote's events; False where there is no such link.

    One that is closed already stays as it is.
    """
    row = await w.row(_BY_ID, {"link_id": link_id})
    if row is None:
        return False
    locked = await lock(w, row["quote_id"], None)
    if not await w.run(_CLOSE, {"link_id": link_id, "at": locked.now}):
        return True
    event = Event.of(LinkRevoked(link_id=link_id, version=row["version"]), at=None, actor=actor)
    await append_events(w, locked.head, [event], cause=causes.revoked(link_id))
    return True


def _view(row: Row) -> LinkView:
    return LinkView(**{name: row[name] for name in LinkView.__dataclass_fields__})


_c = customer_links.c
_BY_HASH: Final = sa.select(customer_links).where(_c.token_hash == sa.bindparam("token_hash"))
_OF_QUOTE: Final = (
    sa.select(customer_links).where(_c.quote_id == sa.bindparam("quote_id")).order_by(_c.created_at, _c.id)
)
_BY_ID: Final = sa.select(_c.quote_id, _c.version).where(_c.id == sa.bindparam("link_id"))
_CLOSE: Final = (
    sa.update(customer_links)
    .where(_c.id == sa.bindparam("link_id", type_=_c.id.type), _c.revoked_at.is_(None))
    .values(revoked_at=sa.bindparam("at", type_=_c.revoked_at.type))
)
_q = quotes.c
_ON_OFFER: Final = (
    sa.select(customer_links)
    .join(quotes, (_q.id == _c.quote_id) & (_q.last_sent_version == _c.version))
    .where(
        _q.status == QuoteStatus.SENT,
        on_time(sa.func.quote_now(_q.id), _q.valid_until),
        _c.revoked_at.is_(None),
        _c.may_accept,
    )
    .order_by(_q.created_at, _q.id, _c.created_at.desc())
    .limit(1)
)


class Confirmed(StrEnum):
    """By what a person made itself known: a movement on the page, or a form that was filled in."""

    INTERACTION = "interaction"
    FORM = "form"


async def undecided_of_link(r: Reading, link: LinkView) -> list[CommandView]:
    """The link's commands that have no outcome yet, by received time."""
    rows = await r.rows(_UNDECIDED, {"quote_id": link.quote_id, "actor": actor_of(link)})
    return [command_view(row) for row in rows]


async def asked_by_link(r: Reading, link: LinkView) -> list[Event]:
    """The link's requests on record, the latest first. Told by events: the inbox has no index for them."""
    rows = await r.rows(_ASKED, {"quote_id": link.quote_id, "actor": actor_of(link)})
    return [event_view(row).event for row in rows]


async def shown_by_link(r: Reading, link: LinkView) -> tuple[str, ...]:
    """The colleagues to whom the link has had its version shown, the first one first, whatever became of their links; without
    those who were forgotten.
    """
    rows = await r.rows(_SHOWN, {"quote_id": link.quote_id, "version": link.version, "actor": actor_of(link)})
    return tuple(each_once(row["recipient"] for row in rows if not is_marked(row["recipient"])))


async def record_view(w: Writing, link: LinkView, by: Confirmed) -> bool:
    """Tell in the quote's events that a person has looked, and stamp the link; False from the second time on,
    and for a link that is closed.
    """
    locked = await lock(w, link.quote_id, None)
    if not await w.run(_STAMP, {"link_id": link.id, "seen_at": locked.now}):
        return False
    viewed = Viewed(version=link.version, link_id=link.id, by=by)
    event = Event.of(viewed, at=None, actor=actor_of(link))
    await append_events(w, locked.head, [event], cause=causes.viewed(link.id))
    return True


def actor_of(link: LinkView) -> str:
    """Who acts, in commands and events, when somebody acts by the link."""
    return f"{LINK}{link.id}"


_e, _m = quote_events.c, messages.c
_UNDECIDED: Final = (
    sa.select(commands)
    .where(
        commands.c.quote_id == sa.bindparam("quote_id"),
        commands.c.actor == sa.bindparam("actor"),
        commands.c.outcome.is_(None),
    )
    .order_by(commands.c.received_at, commands.c.id)
)
_ASKED: Final = (
    sa.select(quote_events)
    .where(
        _e.quote_id == sa.bindparam("quote_id"),
        _e.actor == sa.bindparam("actor"),
        _e.type.in_([ChangeRequested.type, ExtensionRequested.type]),
    )
    .order_by(_e.sequence.desc())
)
_SHOWN: Final = (
    sa.select(_m.recipient)
    .join(commands, sa.cast(commands.c.id, sa.Text) == _m.cause)
    .where(
        *(table.quote_id == sa.bindparam("quote_id") for table in (_m, commands.c)),
        _m.version == sa.bindparam("version"),
        _m.audience == Audience.RECIPIENTS,
        commands.c.actor == sa.bindparam("actor"),
        commands.c.name == CustomerRequest.SHARE,
    )
    .order_by(_m.created_at, _m.id)
)
_STAMP: Final = (
    sa.update(customer_links)
    .where(
        _c.id == sa.bindparam("link_id", type_=_c.id.type),
        _c.viewed_at.is_(None),
        _c.revoked_at.is_(None),
    )
    .values(viewed_at=sa.bindparam("seen_at", type_=_c.viewed_at.type))
)
