"""Files kept as proof of an acceptance, each once, by the SHA-256 of its bytes."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adapters.db.database import Reading, Writing
from adapters.db.tables import proofs


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A file as it was given."""

    sha256: str
    media_type: str
    content: bytes
    stored_by: str
    created_at: datetime


async def keep_proof(w: Writing, content: bytes, *, media_type: str, stored_by: str) -> Proof:
    """Keep a file; the same bytes are kept once, as they came first."""
    sha256 = hashlib.sha256(content).hexdigest()
    values = {"sha256": sha256, "media_type": media_type, "content": content, "stored_by": stored_by}
    await w.run(_KEEP, values)
    kept = await find_proof(w, sha256)
    if kept is None:
        raise AssertionError("what was kept is there")
    return kept


async def find_proof(r: Reading, sha256: str) -> Proof | None:
    """The file with this digest, or None."""
    row = await r.row(_FIND, {"sha256": sha256})
    return Proof(**row) if row else None


async def has_proof(r: Reading, sha256: str) -> bool:
    """Whether a file with this digest is kept."""
    return bool(await r.value(_HAS, {"sha256": sha256}))


_KEEP: Final = insert(proofs).on_conflict_do_nothing()
_FIND: Final = sa.select(proofs).where(proofs.c.sha256 == sa.bindparam("sha256"))
_HAS: Final = sa.select(sa.exists().where(proofs.c.sha256 == sa.bindparam("sha256")))
