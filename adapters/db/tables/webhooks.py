"""What other systems are told: events by webhook, and orders; and how that goes."""

import sqlalchemy as sa

from adapters.db.tables.base import ID, INSTANT, JSON, metadata, one_of, stamp
from domain.proof.feed_event import WebhookStatus, WebhookTrouble
from domain.proof.order import HANDED, OrderWay
from domain.quotes.notices import DeliveryStatus
from domain.quotes.record import OrderStatus

# `secret` and `secret_before` are encrypted: they must sign. The place in the feed is the last event's that was taken from it.
webhook_endpoints = sa.Table(
    "webhook_endpoints",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("types", JSON),
    sa.Column("snapshot", sa.Boolean, nullable=False),
    sa.Column("secret", sa.LargeBinary, nullable=False),
    sa.Column("secret_before", sa.LargeBinary),
    sa.Column("secret_before_until", INSTANT),
    sa.Column("disabled_at", INSTANT),
    sa.Column("disabled_reason", sa.Text),
    sa.Column("feed_epoch", sa.Integer, nullable=False),
    sa.Column("feed_transaction", sa.BigInteger, nullable=False),
    sa.Column("feed_quote_id", ID, nullable=False),
    sa.Column("feed_sequence", sa.Integer, nullable=False),
    sa.Column("feed_mark", sa.Text, nullable=False),
    sa.Column("held_until", INSTANT),
    sa.Column("woken_at", INSTANT),
    sa.Column("created_by", sa.Text, nullable=False),
    stamp("created_at"),
    sa.Index(None, "created_at", "id"),
)

# The body is kept as it was first made, so that each attempt sends the same. Times of attempts are by the workflow's clock.
webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("endpoint_id", ID, sa.ForeignKey("webhook_endpoints.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("quote_id", ID),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("event_at", INSTANT, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False, server_default=WebhookStatus.PENDING),
    sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("next_attempt_at", INSTANT),
    sa.Column("last_attempt_at", INSTANT),
    sa.Column("last_status", sa.Integer),
    sa.Column("last_error", sa.Text),
    stamp("created_at"),
    one_of("status", WebhookStatus),
    sa.Index(
        "ix_webhook_deliveries_pending",
        "endpoint_id",
        "quote_id",
        "sequence",
        postgresql_where=sa.text(f"status = '{WebhookStatus.PENDING}'"),
    ),
    # The one that has waited the longest, and those that were given up: what is watched all the time.
    sa.Index(
        "ix_webhook_deliveries_waiting",
        "endpoint_id",
        "created_at",
        postgresql_where=sa.text(f"status = '{WebhookStatus.PENDING}'"),
    ),
    sa.Index(
        "ix_webhook_deliveries_parked",
        "endpoint_id",
        postgresql_where=sa.text(f"status = '{WebhookStatus.PARKED}'"),
    ),
    sa.Index(None, "endpoint_id", "created_at", "event_id"),
)

# Trouble that lasts, and who is told of it by email: an admin, or the shop itself where `user_id` is null. Goes when it is over.
webhook_trouble = sa.Table(
    "webhook_trouble",
    metadata,
    sa.Column("id", ID, primary_key=True, server_default=sa.text("gen_random_uuid()")),
    sa.Column("endpoint_id", ID, sa.ForeignKey("webhook_endpoints.id", ondelete="CASCADE"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("began_at", INSTANT, nullable=False),
    sa.Column("user_id", ID, sa.ForeignKey("staff_users.id", ondelete="CASCADE")),
    sa.Column("status", sa.Text, nullable=False, server_default=DeliveryStatus.PENDING),
    sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("next_attempt_at", INSTANT),
    sa.Column("last_error", sa.Text),
    stamp("created_at"),
    one_of("kind", WebhookTrouble),
    one_of("status", (DeliveryStatus.PENDING, DeliveryStatus.SENT, DeliveryStatus.FAILED)),
    sa.UniqueConstraint("endpoint_id", "kind", "user_id", postgresql_nulls_not_distinct=True),
    sa.Index(
        "ix_webhook_trouble_pending",
        "endpoint_id",
        postgresql_where=sa.text(f"status = '{DeliveryStatus.PENDING}'"),
    ),
    sa.Index(None, "user_id"),
)

# An order that is, or was, to be handed over to the system that makes it. `key` is sent with every attempt; `asked_at` and
# `ended_at` are by the quote's clock, `wake_at` by the wall's: when its run is to be told of it, if nobody goes on with it before.
orders = sa.Table(
    "orders",
    metadata,
    sa.Column("quote_id", ID, sa.ForeignKey("quotes.id"), primary_key=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("way", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("last_error", sa.Text),
    sa.Column("asked_at", INSTANT, nullable=False),
    sa.Column("ended_at", INSTANT),
    sa.Column("wake_at", INSTANT),
    stamp("created_at"),
    one_of("way", OrderWay),
    one_of("status", HANDED),
    sa.Index("ix_orders_wake_at", "wake_at", postgresql_where=sa.text("wake_at IS NOT NULL")),
    sa.Index(
        "ix_orders_not_handed_over",
        "status",
        "quote_id",
        postgresql_where=sa.text(f"status <> '{OrderStatus.HANDED_OVER}'"),
    ),
    sa.Index(
        "ix_orders_pending",
        "way",
        "asked_at",
        postgresql_where=sa.text(f"status = '{OrderStatus.PENDING}'"),
    ),
)
