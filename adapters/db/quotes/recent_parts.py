"""Parts that were quoted lately, to see what another rate card would change."""

from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa

from adapters.db.database import Reading, Row
from adapters.db.tables import customers, quote_versions, quotes
from domain.offer.content import LineKind
from domain.presentation.repricing import QuotedPart
from domain.rate_cards.dates import DEFAULT_NAME

RECENT_DAYS: Final = 31
MOST_QUOTES: Final = 200
MOST_PARTS: Final = 1000


async def recent_parts(r: Reading, card_name: str) -> list[QuotedPart]:
    """The parts of quotes made in the last 31 days for customers with the card of that name, the newest first: of 200 quotes
    and 1000 parts at the most, each as the quote's current version has it.
    """
    rows = await r.rows(_RECENT, {"card_name": card_name, "limit": MOST_QUOTES})
    return [part for row in rows for part in _parts(row)][:MOST_PARTS]


def _parts(row: Row) -> Iterator[QuotedPart]:
    for line in row["content"]["lines"]:
        if line["kind"] == LineKind.PART and line.get("specification") and line.get("tier"):
            yield QuotedPart(
                quote_id=row["id"],
                number=row["number"],
                position=line["position"],
                description=line["description"],
                tier=line["tier"],
                specification=line["specification"],
            )


_q = quotes.c
_OF_CARD: Final = sa.func.coalesce(customers.c.rate_card, DEFAULT_NAME)
_recent = (
    sa.select(_q.id, _q.number, _q.current_version, _q.created_at)
    .join(customers, customers.c.id == _q.customer_id)
    .where(
        _q.created_at > sa.func.clock_timestamp() - sa.text(f"interval '{RECENT_DAYS} days'"),
        sa.bindparam("card_name") == _OF_CARD,
    )
    .order_by(_q.created_at.desc(), _q.id.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
    .subquery()
)
_RECENT: Final = (
    sa.select(_recent.c.id, _recent.c.number, quote_versions.c.content)
    .join(
        quote_versions,
        sa.and_(
            quote_versions.c.quote_id == _recent.c.id,
            quote_versions.c.version == _recent.c.current_version,
        ),
    )
    .order_by(_recent.c.created_at.desc(), _recent.c.id.desc())
)
