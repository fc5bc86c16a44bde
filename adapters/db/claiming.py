"""Taking a message to be sent, with all that a mail needs, in one statement."""

from typing import Any, Final

import sqlalchemy as sa

from adapters.db.database import Row
from adapters.db.json_rows import columns
from adapters.db.messages import MessageView
from adapters.db.parties.customers import customer_view
from adapters.db.parties.seller import seller_from
from adapters.db.rows import instant, quote_view
from adapters.db.tables import customers, messages, quote_versions, quotes, seller
from domain.offer.content import content_from_data
from domain.quotes.notices import Audience, MessageKind


def message_view(row: Row) -> MessageView:
    """A row of CLAIM."""
    data = row["data"]
    return MessageView(
        id=row["id"],
        key=row["key"],
        kind=MessageKind(row["kind"]),
        audience=Audience(row["audience"]),
        recipient=row["recipient"],
        message_id=row["message_id"],
        version=row["version"],
        created_at=row["created_at"],
        quote=quote_view(row, "quote_"),
        content=content_from_data(row["message_content"]),
        seller=seller_from(row, "seller_"),
        customer=customer_view(row, "customer_"),
        link_id=row["link_id"],
        valid_until=instant(data["valid_until"]),
        decided_at=instant(data["decided_at"]) if data["decided_at"] else None,
        was_offered=data["was_offered"],
        replaces=data["replaces"],
        days_left=data["days_left"],
        reason=data["reason"],
        asked_by=data.get("asked_by"),
        signer_name=data["signer_name"],
        signer_email=data["signer_email"],
        purchase_order_number=data["purchase_order_number"],
        personal_message=data["personal_message"],
    )


def _labelled(table: sa.Table, prefix: str) -> list[sa.Label[Any]]:
    return [table.c[name].label(prefix + name) for name in columns(table, without=["salt"])]


_taken = (
    sa.update(messages)
    .where(
        messages.c.id == sa.bindparam("message", type_=messages.c.id.type),
        messages.c.status.in_(["pending", "sending"]),
    )
    .values(status="sending", attempts=messages.c.attempts + 1)
    .returning(messages)
    .cte("taken")
)
_current = quote_versions.alias("current")
_own = quote_versions.alias("own")

CLAIM: Final = (
    sa.select(
        *(_taken.c[name] for name in columns(messages) if name != "quote_id"),
        *_labelled(quotes, "quote_"),
        *_labelled(customers, "customer_"),
        *_labelled(seller, "seller_"),
        _current.c.content,
        _own.c.content.label("message_content"),
        sa.func.quote_workflow_id(quotes.c.id).label("workflow_id"),
        sa.func.quote_now(quotes.c.id).label("now"),
    )
    .select_from(_taken)
    .join(quotes, quotes.c.id == _taken.c.quote_id)
    .join(customers, customers.c.id == quotes.c.customer_id)
    .join(seller, sa.true())
    .join(_own, sa.and_(_own.c.quote_id == quotes.c.id, _own.c.version == _taken.c.version))
    .join(
        _current, sa.and_(_current.c.quote_id == quotes.c.id, _current.c.version == quotes.c.current_version)
    )
)
