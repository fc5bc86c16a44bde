"""Blanking what a plan says, and the seals of it."""

from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa

from adapters.db import tables as t
from adapters.db.database import Reading, Writing
from adapters.db.forgetting.places import ENCLOSED, InQuote, RowChange
from adapters.db.forgetting.plan import Plan
from adapters.db.quotes.links import close_link
from adapters.db.quotes.verification import find_record
from adapters.db.record.append import append_events
from adapters.db.record.lock import lock
from adapters.db.rights import STANDING
from adapters.db.tables.base import ID
from domain.proof.forgotten import Reason, to_seal
from domain.proof.mismatch import Mismatch
from domain.proof.verify import verify
from domain.quotes import causes
from domain.quotes.events import Event, PersonForgotten


class NotOwnerError(Exception):
    """The connection's role does not own the tables."""


class RecordUnsoundError(Exception):
    """A quote's record does not match, and blanking would hide that; by number the first mismatch of each."""

    def __init__(self, found: Mapping[str, Mismatch]) -> None:
        super().__init__("the record does not match")
        self.found = found


async def may_forget(r: Reading) -> bool:
    """Whether the connection's role owns the tables, which it takes."""
    who = await r.row(STANDING)
    return who is not None and bool(who["owner"] or who["rolsuper"])


async def forget(w: Writing, planned: Plan, reason: Reason, *, actor: str | None = None) -> None:
    """Do it, in the caller's transaction: blank, close links, and tell of it in each quote's events, which name the `actor`, or
    else the role by which the operator is connected.

    Raises NotOwnerError, RecordUnsoundError (nothing may be written then).
    """
    who = await w.row(STANDING)
    if who is None or not await may_forget(w):
        raise NotOwnerError
    ids = sorted(quote.id for quote in planned.quotes)
    await w.rows(sa.select(_q.id).where(_q.id.in_(ids)).order_by(_q.id).with_for_update())
    if wrong := await _wrong(w, planned.quotes):
        raise RecordUnsoundError(wrong)
    actor = actor or f"operator:{who['rolname']}"
    for quote in planned.quotes:
        for link_id in quote.links:
            await close_link(w, link_id, actor=actor)
    await w.rows(sa.text("SELECT set_config('firm_offer.forgetting', 'on', true)"))
    files = [*await _free_proofs(w, planned), *await _free_files(w, planned)]
    for change in (*planned.beside, *(each for quote in planned.quotes for each in quote.changes), *files):
        await _apply(w, change)
    for quote in planned.quotes:
        await w.run(_SEARCH, {"quote_id": quote.id})
        await _seal(w, quote, reason, actor)
    if wrong := await _wrong(w, planned.quotes):
        raise RecordUnsoundError(wrong)


async def _wrong(r: Reading, quotes: Sequence[InQuote]) -> dict[str, Mismatch]:
    found = {}
    for quote in quotes:
        record = await find_record(r, quote.id)
        if record is not None and (mismatches := verify(record)):
            found[quote.number] = mismatches[0]
    return found


async def _seal(w: Writing, quote: InQuote, reason: Reason, actor: str) -> None:
    locked, record = await lock(w, quote.id, None), await find_record(w, quote.id)
    if record is None:
        raise AssertionError("a quote that is locked is there")
    told = PersonForgotten(reason=reason, blanked=quote.blanked, rows=to_seal(verify(record)))
    event = Event.of(told, at=None, actor=actor)
    await append_events(w, locked.head, [event], cause=causes.forgotten(locked.head.sequence))


async def _apply(w: Writing, change: RowChange) -> None:
    where = [change.table.c[name] == value for name, value in change.key.items()]
    statement = sa.update(change.table).values(**change.values) if change.values else sa.delete(change.table)
    await w.run(statement.where(*where))


async def _free_proofs(r: Reading, planned: Plan) -> list[RowChange]:
    """Proofs to empty: not those by which another quote's acceptance is proved as well."""
    wanted = {quote.proof for quote in planned.quotes if quote.proof}
    theirs = sa.select(_a.proof_sha256).where(
        _a.proof_sha256.in_(wanted), _a.quote_id.not_in([quote.id for quote in planned.quotes if quote.proof])
    )
    held = {row["proof_sha256"] for row in await r.rows(theirs)}
    return [
        RowChange(table=t.proofs, key={"sha256": sha256}, values={"content": b""})
        for sha256 in sorted(wanted - held)
    ]


async def _free_files(r: Reading, planned: Plan) -> list[RowChange]:
    """Files to empty: not those that other quotes name as well."""
    wanted = {sha256 for quote in planned.quotes for sha256 in quote.files}
    asked = {"wanted": sorted(wanted), "ids": [quote.id for quote in planned.quotes]}
    held = {row["sha256"] for row in await r.rows(_HELD_FILES, asked)} if wanted else set()
    return [
        RowChange(table=t.files, key={"sha256": sha256}, values={"content": b""})
        for sha256 in sorted(wanted - held)
    ]


_HELD_FILES: Final = sa.text(f"""
SELECT DISTINCT files.sha256 FROM {ENCLOSED}
WHERE files.sha256 = ANY(CAST(:wanted AS text[])) AND quote_id <> ALL(CAST(:ids AS uuid[]))
""")  # noqa: S608 - a literal
_q, _a = t.quotes.c, t.acceptances.c
_SEARCH: Final = sa.text(
    "UPDATE quote_search SET words = words_of_quote(quote_id) WHERE quote_id = :quote_id"
).bindparams(sa.bindparam("quote_id", type_=ID))
