"""API keys, by their public ids."""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
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


class KeyState(StrEnum):
    """Whether a key works."""

    LIVE = "live"
    EXPIRED = "expired"
    REVOKED = "revoked"


STAMPED_SECONDS: Final = 60
"""When a key was last used is known to so many seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """A stored API key. After a rotation the secret before the newest one works until `old_until`. When either was last used is
    known to the minute.
    """

    public_id: str
    secret_hash: bytes
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    rotated_at: datetime | None
    old_secret_hash: bytes | None
    old_until: datetime | None
    old_used_at: datetime | None

    @property
    def used_at(self) -> datetime | None:
        """When it was last used, by whichever secret."""
        return max(filter(None, (self.last_used_at, self.old_used_at)), default=None)

    def state(self, now: datetime) -> KeyState:
        """Whether it works."""
        if self.revoked_at is not None:
            return KeyState.REVOKED
        return KeyState.EXPIRED if self.expires_at is not None and self.expires_at <= now else KeyState.LIVE

    def has_old_secret(self, now: datetime) -> bool:
        """Whether the secret before the newest one works as well."""
        return self.old_until is not None and self.old_until > now


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


async def rotate_key(w: Writing, public_id: str, secret_hash: bytes, *, overlap: timedelta) -> KeyView | None:
    """Give the key a new secret; the one in use works for `overlap` longer. None for a key that is unknown or has ended.

    That is the newest one, or the one before it where the newest was never used: nobody may have got to know that one.
    """
    row = await w.row(_ROTATE, {"id": public_id, "fresh": secret_hash, "overlap": overlap})
    return _key_view(row) if row else None


async def stamp_use(w: Writing, public_id: str, secret_hash: bytes) -> None:
    """Note that this secret of the key is being used, unless that was noted within the last minute."""
    await w.run(_STAMP, {"id": public_id, "hash": secret_hash})


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
_NOW: Final = sa.func.clock_timestamp()
_FIND_KEY: Final = sa.select(api_keys).where(_keys.public_id == sa.bindparam("public_id"))
_STORE_KEY: Final = insert(api_keys).on_conflict_do_nothing().returning(api_keys)
_LIST_KEYS: Final = sa.select(api_keys).order_by(_keys.created_at, _keys.public_id)
_THIS: Final = sa.update(api_keys).where(_keys.public_id == sa.bindparam("id", type_=sa.Text))
_is_seen: Final = _keys.last_used_at.is_not(None) | sa.func.coalesce(_keys.old_until <= _NOW, sa.true())
_ROTATE: Final = (
    _THIS.where(_keys.revoked_at.is_(None), sa.func.coalesce(_keys.expires_at > _NOW, sa.true()))
    .values(
        secret_hash=sa.bindparam("fresh", type_=sa.LargeBinary),
        rotated_at=_NOW,
        last_used_at=None,
        old_secret_hash=sa.case((_is_seen, _keys.secret_hash), else_=_keys.old_secret_hash),
        old_used_at=sa.case((_is_seen, _keys.last_used_at), else_=_keys.old_used_at),
        old_until=_NOW + sa.bindparam("overlap", type_=sa.Interval),
    )
    .returning(api_keys)
)


_HASH: Final = sa.bindparam("hash", type_=sa.LargeBinary)


def _is_unnoted(secret: sa.Column[bytes], used_at: sa.Column[datetime]) -> sa.ColumnElement[bool]:
    long_ago = used_at < _NOW - sa.text(f"interval '{STAMPED_SECONDS} seconds'")
    return (secret == _HASH) & sa.func.coalesce(long_ago, sa.true())


_STAMP: Final = _THIS.where(
    _is_unnoted(_keys.secret_hash, _keys.last_used_at) | _is_unnoted(_keys.old_secret_hash, _keys.old_used_at)
).values(
    last_used_at=sa.case((_keys.secret_hash == _HASH, _NOW), else_=_keys.last_used_at),
    old_used_at=sa.case((_keys.old_secret_hash == _HASH, _NOW), else_=_keys.old_used_at),
)


REMEMBERED_SECONDS: Final = 2.0
"""A key that is revoked is refused this much later at the latest."""

_MOST_KEYS: Final = 1000


class KeyRing:
    """Keys by their public ids, and when they are used. What is not there is looked for every time; secrets are never held."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float],
        unnoted: Callable[[str, Exception], None] = lambda _public_id, _error: None,
    ) -> None:
        """`unnoted` hears of keys of which the use could not be noted."""
        self._database = database
        self._clock = clock
        self._unnoted = unnoted
        self._known: dict[str, tuple[float, KeyView]] = {}
        self._stamped: dict[tuple[str, bytes], float] = {}
        self._stamping: set[asyncio.Task[None]] = set()

    async def find(self, public_id: str, *, fresh: bool = False) -> KeyView | None:
        """The key as it was at most two seconds ago, or None; `fresh`: as it is now. Raises DatabaseUnavailableError."""
        until, known = self._known.get(public_id, (0.0, None))
        if known is not None and self._clock() < until and not fresh:
            return known
        async with self._database.read() as reading:
            found = await find_key(reading, public_id)
        if len(self._known) >= _MOST_KEYS:
            self._known.clear()
        if found is not None:
            self._known[public_id] = (self._clock() + REMEMBERED_SECONDS, found)
        return found

    def forget(self, public_id: str) -> None:
        """It has changed: this process looks for it anew."""
        self._known.pop(public_id, None)

    def used(self, public_id: str, secret_hash: bytes) -> None:
        """Have its use noted beside the request that it is used for: at most once a minute, and no harm where it fails."""
        now, which = self._clock(), (public_id, secret_hash)
        if now - self._stamped.get(which, -math.inf) < STAMPED_SECONDS:
            return
        if len(self._stamped) >= _MOST_KEYS:
            self._stamped.clear()
        self._stamped[which] = now
        task = asyncio.create_task(self._stamp(which), name="key-use")
        self._stamping.add(task)
        task.add_done_callback(self._stamping.discard)

    async def close(self) -> None:
        """Wait for what is being noted."""
        await asyncio.gather(*self._stamping)

    async def _stamp(self, which: tuple[str, bytes]) -> None:
        public_id, secret_hash = which
        try:
            async with self._database.write() as w:
                await stamp_use(w, public_id, secret_hash)
        except Exception as error:  # noqa: BLE001 - nobody waits for it
            self._stamped.pop(which, None)
            self._unnoted(public_id, error)
