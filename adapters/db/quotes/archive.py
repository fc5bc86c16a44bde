"""The archive: documents as they were made, unchangeable, each with its digest in the quote's events."""

import hashlib
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adapters.db.database import Reading, Row, Writing
from adapters.db.record.append import append_events
from adapters.db.record.lock import lock
from adapters.db.record.offers import offer_columns, offer_from
from adapters.db.tables import (
    acceptances,
    commands,
    customers,
    documents,
    quote_events,
    quote_versions,
    quotes,
)
from domain.offer.content import content_from_data
from domain.presentation.document import DocumentKind, QuoteDocument
from domain.proof.evidence import Annulment, Evidence
from domain.quotes import causes
from domain.quotes.events import DocumentMade, Event, EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedDocument:
    """A PDF as it was made. `sha256` is over `content`, as hexadecimal digits; there is no content any more where a person
    in it was forgotten.
    """

    quote_id: str
    version: int
    kind: DocumentKind
    sha256: str
    content: bytes
    created_at: datetime


async def find_document(
    r: Reading, quote_id: str, version: int, kind: DocumentKind
) -> ArchivedDocument | None:
    """The document, or None before it is made."""
    row = await r.row(_FIND, {"quote_id": quote_id, "version": version, "kind": kind})
    return _document(row) if row else None


async def emptied_documents(r: Reading, quote_id: str, version: int) -> frozenset[DocumentKind]:
    """Those of the version's documents that have no content any more."""
    rows = await r.rows(_EMPTIED, {"quote_id": quote_id, "version": version})
    return frozenset(DocumentKind(row["kind"]) for row in rows)


def _document(row: Row) -> ArchivedDocument:
    return ArchivedDocument(**{**row, "kind": DocumentKind(row["kind"])})


async def alone_with_documents(
    w: Writing, quote_id: str, version: int
) -> dict[DocumentKind, ArchivedDocument]:
    """The version's documents, once nobody else makes any of the quote: for as long as the transaction lasts, and no
    longer than its connection.
    """
    await w.run(_ALONE, {"quote_id": quote_id})
    found = map(_document, await w.rows(_OF_VERSION, {"quote_id": quote_id, "version": version}))
    return {each.kind: each for each in found}


async def keep_document(
    w: Writing,
    quote_id: str,
    version: int,
    kind: DocumentKind,
    content: bytes,
    *,
    made_by: str | None = None,
) -> ArchivedDocument:
    """Keep a document and tell of it in the quote's events. The first one made stays, and is what is given: it may
    have been sent. `made_by` is the edition of the program that set it.
    """
    locked = await lock(w, quote_id, None)
    sha256 = hashlib.sha256(content).hexdigest()
    key = {"quote_id": quote_id, "version": version, "kind": kind}
    row = await w.row(_KEEP, {**key, "sha256": sha256, "content": content})
    if row is None:
        return _document((await w.rows(_FIND, key))[0])
    made = DocumentMade(version=version, kind=kind, sha256=sha256, made_by=made_by)
    event = Event.of(made, at=None, actor="system")
    await append_events(w, locked.head, [event], cause=causes.document(kind, version))
    return _document({**key, "sha256": sha256, "content": content, **row})


async def find_letter(r: Reading, quote_id: str, version: int) -> QuoteDocument | None:
    """What the document of a version says; None for a version that was never sent."""
    row = await r.row(_LETTER, {"quote_id": quote_id, "version": version})
    if row is None or row["offer_sent_at"] is None:
        return None
    content_hash = content_from_data(row["offer_content"]).content_hash
    return QuoteDocument(offer=offer_from(row), content_hash=content_hash)


_d, _v, _e = documents.c, quote_versions.c, quote_events.c
_OF_VERSION: Final = sa.select(documents).where(
    _d.quote_id == sa.bindparam("quote_id"), _d.version == sa.bindparam("version")
)
_FIND: Final = _OF_VERSION.where(_d.kind == sa.bindparam("kind"))
_EMPTIED: Final = _OF_VERSION.with_only_columns(_d.kind).where(sa.func.octet_length(_d.content) == 0)
_KEEP: Final = insert(documents).on_conflict_do_nothing().returning(_d.created_at)
_ALONE: Final = sa.select(
    sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(sa.bindparam("quote_id", type_=sa.Text), 1))
)
"""A lock of its own (the inbox's has the seed 0): a decision does not wait for it."""
_LETTER: Final = (
    sa.select(*offer_columns(quote_versions))
    .join(quotes, quotes.c.id == _v.quote_id)
    .join(customers, customers.c.id == quotes.c.customer_id)
    .where(_v.quote_id == sa.bindparam("quote_id"), _v.version == sa.bindparam("version"))
)


async def find_evidence(r: Reading, quote_id: str) -> Evidence | None:
    """The evidence of the quote's acceptance, or None where it is not accepted."""
    row = await r.row(_SIGNED, {"quote_id": quote_id})
    return Evidence(**{each.name: row[each.name] for each in fields(Evidence)}) if row else None


async def find_annulment(r: Reading, quote_id: str) -> Annulment | None:
    """The annulment of the quote's acceptance, or None where there is none."""
    row = await r.row(_ANNULLED, {"quote_id": quote_id})
    return Annulment(**row) if row else None


_a = acceptances.c
_SIGNED: Final = (
    sa.select(
        *acceptances.c,
        quotes.c.number,
        quotes.c.time_zone,
        sa.func.coalesce(_v.customer_name, customers.c.name).label("customer_name"),
        quotes.c.valid_until,
        _d.sha256.label("document_sha256"),
        _e.sequence.label("event_sequence"),
        _e.hash.label("event_hash"),
        _e.data["evidence_sha256"].as_string().label("evidence_sha256"),
    )
    .join(quotes, quotes.c.id == _a.quote_id)
    .join(customers, customers.c.id == quotes.c.customer_id)
    .join(quote_versions, sa.and_(_v.quote_id == _a.quote_id, _v.version == _a.version))
    .join(quote_events, sa.and_(_e.quote_id == _a.quote_id, _e.type == EventType.ACCEPTED))
    .outerjoin(
        documents,
        sa.and_(_d.quote_id == _a.quote_id, _d.version == _a.version, _d.kind == DocumentKind.QUOTE),
    )
    .where(_a.quote_id == sa.bindparam("quote_id"))
)
_ANNULLED: Final = (
    sa.select(
        _e.at,
        _e.actor,
        sa.cast(commands.c.id, sa.Text).label("command_id"),
        commands.c.payload["reason"].as_string().label("reason"),
        commands.c.payload["agreed_with"].as_string().label("agreed_with"),
        _e.sequence.label("event_sequence"),
        _e.hash.label("event_hash"),
        _e.data["evidence_sha256"].as_string().label("evidence_sha256"),
    )
    .join(commands, sa.cast(commands.c.id, sa.Text) == _e.cause)
    .where(_e.quote_id == sa.bindparam("quote_id"), _e.type == EventType.ANNULLED)
)
