"""The archive: documents as they were made, unchangeable, each with its digest in the quote's events."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from adapters.db.database import Reading, Writing
from adapters.db.record.append import append_events
from adapters.db.record.lock import lock
from adapters.db.tables import acceptances, customers, documents, quote_events, quote_versions, quotes
from domain import instants
from domain.money import Money
from domain.offer.content import VersionContent, content_from_data
from domain.presentation.document import DocumentKind, QuoteDocument, Sending, quote_document
from domain.proof.evidence import Evidence
from domain.quotes import causes
from domain.quotes.commands import AcceptanceMethod
from domain.quotes.events import DocumentMade, Event, EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedDocument:
    """A PDF as it was made. `sha256` is over `content`, as hexadecimal digits."""

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
    return ArchivedDocument(**{**row, "kind": DocumentKind(row["kind"])}) if row else None


async def keep_document(w: Writing, quote_id: str, version: int, kind: DocumentKind, content: bytes) -> bool:
    """Keep a document and tell of it in the quote's events; False where it is kept already.

    The first one made stays: it may have been sent.
    """
    locked = await lock(w, quote_id, None)
    sha256 = hashlib.sha256(content).hexdigest()
    key = {"quote_id": quote_id, "version": version, "kind": kind}
    if await w.value(_IS_KEPT, key):
        return False
    await w.run(sa.insert(documents).values(**key, sha256=sha256, content=content))
    made = DocumentMade(version=version, kind=kind, sha256=sha256)
    event = Event.of(made, at=None, actor="system")
    await append_events(w, locked.head, [event], cause=causes.document(kind, version))
    return True


async def find_letter(r: Reading, quote_id: str, version: int) -> QuoteDocument | None:
    """What the document of a version says; None for a version that was never sent."""
    row = await r.row(_LETTER, {"quote_id": quote_id, "version": version})
    return _letter(row) if row else None


async def find_first_validity(r: Reading, quote_id: str, version: int) -> datetime | None:
    """Until when a version was open when it was sent, which its document says for ever; None if it was not sent."""
    text = await r.value(_VALIDITY, {"quote_id": quote_id, "version": version})
    return None if text is None else instants.read(text)


def _letter(row: Any) -> QuoteDocument:
    content: VersionContent = content_from_data(row["content"])
    return quote_document(
        number=row["number"],
        version=row["version"],
        content=content,
        customer_name=row["customer_name"],
        seller=row["seller"],
        sending=Sending(
            at=row["sent_at"],
            valid_until=instants.read(row["sent_until"]),
            time_zone=row["time_zone"],
        ),
    )


_d, _v, _e = documents.c, quote_versions.c, quote_events.c
_KEY: Final = sa.and_(
    _d.quote_id == sa.bindparam("quote_id"),
    _d.version == sa.bindparam("version"),
    _d.kind == sa.bindparam("kind"),
)
_FIND: Final = sa.select(documents).where(_KEY)
_IS_KEPT: Final = sa.select(sa.exists().where(_KEY))
_IS_SENDING: Final = sa.and_(
    _e.type == EventType.SENT, _e.data["version"].as_integer() == sa.bindparam("version")
)
# Of an event that somebody has tampered with, `verify` tells; customers go on seeing what they were sent.
_SENT_UNTIL: Final = _e.data["valid_until"].as_string()
_VALIDITY: Final = sa.select(_SENT_UNTIL).where(_e.quote_id == sa.bindparam("quote_id"), _IS_SENDING).limit(1)
_LETTER: Final = (
    sa.select(
        quotes.c.number,
        quotes.c.time_zone,
        sa.func.coalesce(_v.customer_name, customers.c.name).label("customer_name"),
        _v.version,
        _v.content,
        _v.seller,
        _e.at.label("sent_at"),
        _SENT_UNTIL.label("sent_until"),
    )
    .join(customers, customers.c.id == quotes.c.customer_id)
    .join(quote_versions, _v.quote_id == quotes.c.id)
    .join(quote_events, _e.quote_id == quotes.c.id)
    .where(
        quotes.c.id == sa.bindparam("quote_id"),
        _v.version == sa.bindparam("version"),
        _IS_SENDING,
    )
    .limit(1)
)


async def find_evidence(r: Reading, quote_id: str) -> Evidence | None:
    """The evidence of the quote's acceptance, or None where it is not accepted."""
    row = await r.row(_SIGNED, {"quote_id": quote_id})
    if row is None:
        return None
    values = {name: row[name] for name in Evidence.__dataclass_fields__ if name not in {"total", "method"}}
    return Evidence(
        **values,
        total=Money(row["total"], row["currency"]),
        method=AcceptanceMethod(row["method"]),
    )


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
