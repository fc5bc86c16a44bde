"""Customers' links. The table holds the hash of a token, never the token."""

from typing import Final

import sqlalchemy as sa

from adapters.db.appending import Head, append_events
from adapters.db.database import Reading, Row, Writing
from adapters.db.tables import customer_links, quotes
from adapters.db.views import LinkView
from domain.quotes.events import Event, EventType


async def find_link(r: Reading, token_hash: str) -> LinkView | None:
    """The link by its token's hash (`adapters.tokens.LinkTokens.hash`), or None; revoked ones too."""
    row = await r.row(_BY_HASH, {"token_hash": token_hash})
    return _view(row) if row else None


async def list_links(r: Reading, quote_id: str) -> list[LinkView]:
    """A quote's links, oldest first."""
    return [_view(row) for row in await r.rows(_OF_QUOTE, {"quote_id": quote_id})]


async def close_link(w: Writing, link_id: str, *, actor: str) -> bool:
    """Close a link for good, and tell of it in the quote's events; False where there is no such link.

    One that is closed already stays as it is.
    """
    row = await w.row(_LOCK, {"link_id": link_id})
    if row is None:
        return False
    if await w.row(_CLOSE, {"link_id": link_id}) is None:
        return True
    head = Head(
        quote_id=row["quote_id"], sequence=row["last_sequence"], hash=row["last_hash"], now=row["now"]
    )
    data = {"link_id": link_id, "version": row["version"]}
    event = Event(type=EventType.LINK_REVOKED, at=None, actor=actor, data=data)
    await append_events(w, head, [event], cause=f"revoked:{link_id}")
    return True


def _view(row: Row) -> LinkView:
    return LinkView(**{name: row[name] for name in LinkView.__dataclass_fields__})


_c = customer_links.c
_BY_HASH: Final = sa.select(customer_links).where(_c.token_hash == sa.bindparam("token_hash"))
_OF_QUOTE: Final = (
    sa.select(customer_links).where(_c.quote_id == sa.bindparam("quote_id")).order_by(_c.created_at, _c.id)
)
_LOCK: Final = (
    sa.select(
        _c.quote_id,
        _c.version,
        quotes.c.last_sequence,
        quotes.c.last_hash,
        sa.func.quote_now(quotes.c.id).label("now"),
    )
    .join(quotes, quotes.c.id == _c.quote_id)
    .where(_c.id == sa.bindparam("link_id"))
    .with_for_update(of=quotes)
)
_CLOSE: Final = (
    sa.update(customer_links)
    .where(_c.id == sa.bindparam("link_id", type_=_c.id.type), _c.revoked_at.is_(None))
    .values(revoked_at=sa.func.quote_now(_c.quote_id))
    .returning(_c.id)
)
