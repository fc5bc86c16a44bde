"""Customers' links. The table holds the hash of a token, never the token."""

from typing import Final

import sqlalchemy as sa

from adapters.db.database import Reading, Row, Writing
from adapters.db.tables import customer_links
from adapters.db.views import LinkView


async def find_link(r: Reading, token_hash: str) -> LinkView | None:
    """The link by its token's hash (`adapters.tokens.LinkTokens.hash`), or None; revoked ones too."""
    row = await r.row(_BY_HASH, {"token_hash": token_hash})
    return _view(row) if row else None


async def list_links(r: Reading, quote_id: str) -> list[LinkView]:
    """A quote's links, oldest first."""
    return [_view(row) for row in await r.rows(_OF_QUOTE, {"quote_id": quote_id})]


async def revoke_link(w: Writing, link_id: str) -> bool:
    """Close a link for good; False when it is unknown or was revoked before."""
    live = sa.and_(_c.id == link_id, _c.revoked_at.is_(None))
    return (
        await w.run(sa.update(customer_links).where(live).values(revoked_at=sa.func.clock_timestamp())) == 1
    )


def _view(row: Row) -> LinkView:
    return LinkView(**{name: row[name] for name in LinkView.__dataclass_fields__})


_c = customer_links.c
_BY_HASH: Final = sa.select(customer_links).where(_c.token_hash == sa.bindparam("token_hash"))
_OF_QUOTE: Final = (
    sa.select(customer_links).where(_c.quote_id == sa.bindparam("quote_id")).order_by(_c.created_at, _c.id)
)
