"""Files that go with offers, each once, by the SHA-256 of its bytes."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adapters.db.database import Reading, Writing
from adapters.db.tables import files


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """What is known of a file without its bytes; `size` in bytes is 0 once it was emptied."""

    sha256: str
    media_type: str
    size: int
    created_at: datetime


async def keep_file(w: Writing, content: bytes, *, media_type: str, stored_by: str) -> StoredFile:
    """Keep a file; the same bytes are kept once, as they came first."""
    sha256 = hashlib.sha256(content).hexdigest()
    values = {"sha256": sha256, "media_type": media_type, "content": content, "stored_by": stored_by}
    await w.run(_KEEP, values)
    return (await find_files(w, [sha256]))[sha256]


async def find_files(r: Reading, digests: Collection[str]) -> dict[str, StoredFile]:
    """Those of these files that are kept, by digest."""
    rows = await r.rows(_FIND, {"digests": sorted(digests)})
    return {row["sha256"]: StoredFile(**row) for row in rows}


async def read_stored(r: Reading, sha256: str) -> tuple[StoredFile, bytes] | None:
    """A file with its bytes, none of them once it was emptied; None for one that is not kept."""
    row = await r.row(_READ, {"sha256": sha256})
    if row is None:
        return None
    content: bytes = row["content"]
    known = {name: row[name] for name in ("sha256", "media_type", "created_at")}
    return StoredFile(**known, size=len(content)), content


_f: Final = files.c
_KEEP: Final = insert(files).on_conflict_do_nothing()
_FIND: Final = sa.select(
    _f.sha256, _f.media_type, sa.func.octet_length(_f.content).label("size"), _f.created_at
).where(_f.sha256 == sa.any_(sa.bindparam("digests", type_=sa.ARRAY(sa.Text))))
_READ: Final = sa.select(_f.sha256, _f.media_type, _f.content, _f.created_at).where(
    _f.sha256 == sa.bindparam("sha256")
)
