"""What an offer says, read of the record: mails, documents and pages select these columns and get the same object."""

from typing import Any, Final

import sqlalchemy as sa

from adapters.db.database import Reading, Row
from adapters.db.record.rows import instant
from adapters.db.tables import customers, quote_events, quote_versions, quotes, seller
from adapters.db.tables.base import JSON
from domain.offer.content import content_from_data
from domain.presentation.letterhead import letterhead
from domain.presentation.offer import Offer
from domain.presentation.sheet import offer_sheet
from domain.quotes.events import EventType
from domain.wording import one_line

_the_row = seller.alias(
    "the_row"
)  # not "seller": a version has a column of that name, which would be read instead
SELLER_NOW: Final = sa.select(sa.func.to_jsonb(_the_row.table_valued(), type_=JSON)).scalar_subquery()
"""The seller's row as it is now."""


def offer_columns(version: sa.FromClause, **differing: sa.ColumnElement[Any]) -> tuple[sa.Label[Any], ...]:
    """The columns of `offer_from`, for a row of `quote_versions` joined with its quote and customer.

    `differing` are those in which a document, a mail and a page are not of the same moment: `seller`, `customer_name`,
    `valid_until`, `sent_at`. Where they are not given, the offer is as it was sent.
    """
    v = version.c
    said: dict[str, sa.ColumnElement[Any]] = {
        "number": quotes.c.number,
        "time_zone": quotes.c.time_zone,
        "version": v.version,
        "content": v.content,
        "sent_until": _of_sending(version, _event.c.data["valid_until"].as_string()),
        # What the version holds since it was sent; names are missing of those sent before there was a place for them.
        "seller": v.seller,
        "customer_name": sa.func.coalesce(v.customer_name, customers.c.name),
        "valid_until": _of_sending(version, _event.c.data["valid_until"].as_string()),
        "sent_at": _of_sending(version, _event.c.at),
        **differing,
    }
    return tuple(column.label(f"offer_{name}") for name, column in said.items())


def offer_from(row: Row) -> Offer:
    """The offer in a row with `offer_columns`."""
    sent_until = row["offer_sent_until"]
    return Offer(
        number=row["offer_number"],
        version=row["offer_version"],
        customer_name=one_line(row["offer_customer_name"]),
        seller=letterhead(row["offer_seller"]),
        sheet=offer_sheet(content_from_data(row["offer_content"])),
        valid_until=instant(row["offer_valid_until"]),
        time_zone=row["offer_time_zone"],
        sent_at=row["offer_sent_at"],
        sent_until=instant(sent_until) if sent_until else None,
    )


async def find_offer(r: Reading, quote_id: str, version: int) -> Offer | None:
    """A version as a customer's page shows it: by the seller that sent it, open until the quote's deadline now; None
    for a version that is not there.
    """
    row = await r.row(_SHOWN, {"quote_id": quote_id, "version": version})
    return offer_from(row) if row else None


_event = quote_events.alias("sending")


def _of_sending(version: sa.FromClause, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Of an event that somebody has tampered with, `verify` tells; customers go on seeing what they were sent."""
    return (
        sa.select(value)
        .where(
            _event.c.quote_id == version.c.quote_id,
            _event.c.type == EventType.SENT,
            _event.c.data["version"].as_string() == sa.cast(version.c.version, sa.Text),
        )
        .limit(1)
        .scalar_subquery()
    )


_v = quote_versions.c
_SHOWN: Final = (
    sa.select(
        *offer_columns(
            quote_versions,
            seller=sa.func.coalesce(SELLER_NOW.op("||")(_v.seller), SELLER_NOW, type_=JSON),
            valid_until=quotes.c.valid_until,
            sent_at=sa.case((_v.version == quotes.c.last_sent_version, quotes.c.sent_at)),
        )
    )
    .join(quotes, quotes.c.id == _v.quote_id)
    .join(customers, customers.c.id == quotes.c.customer_id)
    .where(_v.quote_id == sa.bindparam("quote_id"), _v.version == sa.bindparam("version"))
)
