"""Evidence of acceptances, as it is read."""

from typing import Final

import sqlalchemy as sa

from adapters.db.database import Reading
from adapters.db.tables import acceptances, customers, documents, quote_events, quote_versions, quotes
from domain.money import Money
from domain.presentation.document import DocumentKind
from domain.proof.evidence import Evidence
from domain.quotes.commands import AcceptanceMethod
from domain.quotes.events import EventType


async def find_evidence(r: Reading, quote_id: str) -> Evidence | None:
    """The evidence of the quote's acceptance, or None where it is not accepted."""
    row = await r.row(_FIND, {"quote_id": quote_id})
    if row is None:
        return None
    values = {name: row[name] for name in Evidence.__dataclass_fields__ if name not in {"total", "method"}}
    return Evidence(
        **values,
        total=Money(row["total"], row["currency"]),
        method=AcceptanceMethod(row["method"]),
    )


_a, _e, _d, _v = acceptances.c, quote_events.c, documents.c, quote_versions.c
_FIND: Final = (
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
