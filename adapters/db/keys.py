"""API keys, by their public ids."""

from adapters.db.database import Reading, Writing
from adapters.db.parties import KeyView, NewKey


async def find_key(r: Reading, public_id: str) -> KeyView | None:
    """The key, or None; expired and revoked ones too."""
    raise NotImplementedError


async def store_key(w: Writing, new: NewKey) -> KeyView:
    """Store a key. Raises ValueError when the public id is taken."""
    raise NotImplementedError
