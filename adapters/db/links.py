"""Customers' links. The table holds the hash of a token, never the token."""

from adapters.db.database import Reading, Writing
from adapters.db.views import LinkView


async def find_link(r: Reading, token_hash: str) -> LinkView | None:
    """The link by its token's hash (`adapters.tokens.LinkTokens.hash`), or None; revoked ones too."""
    raise NotImplementedError


async def list_links(r: Reading, quote_id: str) -> list[LinkView]:
    """A quote's links, oldest first."""
    raise NotImplementedError


async def revoke_link(w: Writing, link_id: str) -> bool:
    """Close a link for good; False when it is unknown or was revoked before."""
    raise NotImplementedError
