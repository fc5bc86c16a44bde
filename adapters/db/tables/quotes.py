"""Quotes: the snapshot, the versions and events behind it, and the evidence of acceptance."""

import sqlalchemy as sa

from adapters.db.tables.base import HASH, ID, INSTANT, JSON, metadata, one_of, stamp
from domain.quotes.commands import AcceptanceMethod
from domain.quotes.status import QuoteStatus

MONEY = sa.Numeric(20, 4)

# What the events add up to (`domain.quotes.quote`), and beside it what only the record knows: the owner, the
# caller's reference, the salt of digests, and the end of the chain of events, kept here so that the row's
# lock guards it and no search for the last event is needed.
quotes = sa.Table(
    "quotes",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("customer_id", ID, sa.ForeignKey("customers.id"), nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("external_id", sa.Text),
    sa.Column("salt", sa.LargeBinary, nullable=False, server_default=sa.text("uuid_send(gen_random_uuid())")),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("reminder_zone", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("versions", JSON, nullable=False),
    sa.Column("current_version", sa.Integer, nullable=False),
    sa.Column("working_version", sa.Integer),
    sa.Column("last_sent_version", sa.Integer),
    sa.Column("valid_until", INSTANT, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("updated_at", INSTANT, nullable=False),
    sa.Column("sent_at", INSTANT),
    sa.Column("decided_at", INSTANT),
    sa.Column("reminders_from", INSTANT),
    sa.Column("expired_from", sa.Text),
    sa.Column("acceptance", JSON),
    sa.Column("state_version", sa.Integer, nullable=False),
    sa.Column("last_sending", sa.Text),
    sa.Column("last_sequence", sa.Integer, nullable=False),
    sa.Column("last_hash", HASH, nullable=False),
    sa.UniqueConstraint("number"),
    sa.UniqueConstraint("external_id"),
    one_of("status", QuoteStatus),
    sa.CheckConstraint("(status = 'expired') = (expired_from IS NOT NULL)", name="expired_from"),
    sa.CheckConstraint("(status = 'accepted') = (acceptance IS NOT NULL)", name="acceptance"),
    sa.CheckConstraint("working_version IS NULL OR status IN ('sent', 'expired')", name="working_version"),
    sa.CheckConstraint("current_version BETWEEN 1 AND jsonb_array_length(versions)", name="current_version"),
    sa.CheckConstraint("state_version >= 1 AND last_sequence >= state_version", name="state_version"),
    sa.Index(None, "created_at", "id"),
    sa.Index(None, "customer_id", "created_at", "id"),
    sa.Index(None, "status", "created_at", "id"),
    sa.Index(None, "valid_until"),
    sa.Index("ix_quotes_number_prefix", "number", postgresql_ops={"number": "text_pattern_ops"}),
    sa.Index(
        "ix_quotes_external_id_prefix", "external_id", postgresql_ops={"external_id": "text_pattern_ops"}
    ),
)

# Written once; a trigger lets nothing change but `seller` and `customer_name`, once, when the version is sent.
quote_versions = sa.Table(
    "quote_versions",
    metadata,
    sa.Column("quote_id", ID, sa.ForeignKey("quotes.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", JSON, nullable=False),
    sa.Column("content_hash", HASH, nullable=False),
    sa.Column("total", MONEY, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("seller", JSON),
    sa.Column("customer_name", sa.Text),
    sa.CheckConstraint("version >= 1", name="version"),
    sa.CheckConstraint("length(content_hash) = 64", name="content_hash"),
)

# Written once; a trigger refuses every change. `cause` is bookkeeping and stands outside the hash.
quote_events = sa.Table(
    "quote_events",
    metadata,
    sa.Column("quote_id", ID, sa.ForeignKey("quotes.id"), primary_key=True),
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("at", INSTANT, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("data", JSON, nullable=False),
    sa.Column("previous_hash", HASH, nullable=False),
    sa.Column("hash", HASH, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    stamp("recorded_at"),
    sa.UniqueConstraint("quote_id", "cause", "type"),
    sa.CheckConstraint("sequence >= 1", name="sequence"),
    sa.CheckConstraint("(sequence = 1) = (previous_hash = '')", name="previous_hash"),
    sa.CheckConstraint("length(hash) = 64", name="hash"),
)

# Written once; a trigger lets nothing change but the people's part, which may be blanked when somebody is to be
# forgotten. The chain of events holds digests only.
acceptances = sa.Table(
    "acceptances",
    metadata,
    sa.Column("quote_id", ID, sa.ForeignKey("quotes.id"), primary_key=True),
    sa.Column("command_id", ID, sa.ForeignKey("commands.id"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("content_hash", HASH, nullable=False),
    sa.Column("total", MONEY, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("signer", HASH, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("received_at", INSTANT, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("signer_name", sa.Text),
    sa.Column("signer_email", sa.Text),
    sa.Column("purchase_order_number", sa.Text),
    sa.Column("consent_text", sa.Text),
    sa.Column("link_id", sa.Text),
    sa.Column("recipient", sa.Text),
    sa.Column("ip", sa.Text),
    sa.Column("user_agent", sa.Text),
    sa.Column("page_opened_at", INSTANT),
    sa.Column("recorded_by", sa.Text),
    sa.Column("proof_sha256", HASH),
    one_of("method", AcceptanceMethod),
    sa.ForeignKeyConstraint(["quote_id", "version"], ["quote_versions.quote_id", "quote_versions.version"]),
    sa.UniqueConstraint("command_id"),
)

clock_offsets = sa.Table(
    "clock_offsets",
    metadata,
    sa.Column("quote_id", ID, sa.ForeignKey("quotes.id"), primary_key=True),
    sa.Column("ahead", sa.Interval, nullable=False),
    sa.CheckConstraint("ahead >= interval '0'", name="ahead"),
)
