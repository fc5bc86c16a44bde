"""Outgoing messages, and the links in them."""

import sqlalchemy as sa

from adapters.db.tables.base import ID, INSTANT, JSON, metadata, one_of, stamp
from domain.quotes.notices import Audience, DeliveryStatus, MessageKind

_VERSION = ["quote_versions.quote_id", "quote_versions.version"]

# One link per recipient of one sending; `cause` is the sending's command.
customer_links = sa.Table(
    "customer_links",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("quote_id", ID, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("token_hash", sa.Text, nullable=False),
    stamp("created_at"),
    sa.Column("viewed_at", INSTANT),
    sa.Column("revoked_at", INSTANT),
    sa.ForeignKeyConstraint(["quote_id", "version"], _VERSION),
    sa.UniqueConstraint("quote_id", "cause", "recipient"),
    sa.UniqueConstraint("token_hash"),
    sa.CheckConstraint("length(token_hash) = 64", name="token_hash"),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("quote_id", ID, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("link_id", ID, sa.ForeignKey("customer_links.id")),
    sa.Column("data", JSON, nullable=False),
    sa.Column("status", sa.Text, nullable=False, server_default=DeliveryStatus.PENDING),
    sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("last_error", sa.Text),
    stamp("created_at"),
    sa.Column("sent_at", INSTANT),
    sa.ForeignKeyConstraint(["quote_id", "version"], _VERSION),
    sa.UniqueConstraint("key"),
    sa.Index(None, "quote_id", "cause"),
    one_of("kind", MessageKind),
    one_of("audience", Audience),
    one_of("status", DeliveryStatus),
    sa.CheckConstraint(f"(status = '{DeliveryStatus.SENT}') = (sent_at IS NOT NULL)", name="sent_at"),
)
