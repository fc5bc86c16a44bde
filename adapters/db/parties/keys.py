"""API keys, by their public ids."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adapters.db.database import Database, Reading, Row, Writing
from adapters.db.tables import api_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """An API key to be stored. `secret_hash` is a keyed hash: see `adapters.tokens`."""

    public_id: str
    secret_hash: bytes
    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """A stored API key."""

    public_id: str
    secret_hash: bytes
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


async def find_key(r: Reading, public_id: str) -> KeyView | None:
    """The key, or None; expired and revoked ones too."""
    row = await r.row(_FIND_KEY, {"public_id": public_id})
    return _key_view(row) if row else None


async def list_keys(r: Reading) -> Sequence[KeyView]:
    """All keys, the oldest first; expired and revoked ones too."""
    return [_key_view(row) for row in await r.rows(_LIST_KEYS)]


async def revoke_key(w: Writing, public_id: str) -> KeyView | None:
    """End the key from now on; one that was revoked before keeps that time. None for an unknown one."""
    ended = sa.func.coalesce(_keys.revoked_at, sa.func.clock_timestamp())
    this = sa.update(api_keys).where(_keys.public_id == public_id).values(revoked_at=ended)
    row = await w.row(this.returning(api_keys))
    return _key_view(row) if row else None


async def store_key(w: Writing, new: NewKey) -> KeyView:
    """Store a key. Raises ValueError when the public id is taken."""
    values = {**asdict(new), "scopes": list(new.scopes)}
    row = await w.row(_STORE_KEY, values)
    if row is None:
        raise ValueError("there is a key with this public id")
    return _key_view(row)


def _key_view(row: Row) -> KeyView:
    return KeyView(**{**row, "scopes": tuple(row["scopes"])})


_keys = api_keys.c
_FIND_KEY: Final = sa.select(api_keys).where(_keys.public_id == sa.bindparam("public_id"))
_STORE_KEY: Final = insert(api_keys).on_conflict_do_nothing().returning(api_keys)
_LIST_KEYS: Final = sa.select(api_keys).order_by(_keys.created_at, _keys.public_id)


REMEMBERED_SECONDS: Final = 2.0
"""A key that is revoked is refused this much later at the latest."""

_MOST_KEYS: Final = 1000


class KeyRing:
    """Keys by their public ids. What is not there is looked for every time; secrets are never held."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, tuple[float, KeyView]] = {}

    async def find(self, public_id: str) -> KeyView | None:
        """The key as it was at most two seconds ago, or None. Raises DatabaseUnavailableError."""
        until, known = self._known.get(public_id, (0.0, None))
        if known is not None and self._clock() < until:
            return known
        async with self._database.read() as reading:
            found = await find_key(reading, public_id)
        if len(self._known) >= _MOST_KEYS:
            self._known.clear()
        if found is not None:
            self._known[public_id] = (self._clock() + REMEMBERED_SECONDS, found)
        return found
