"""Quotes with their versions and events, the inbox, and the evidence of acceptance.

How it is safe: it only makes new tables. Going down drops them with all their data.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "commands",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("quote_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("expected_state_version", sa.Integer(), nullable=True),
        sa.Column("shown_version", sa.Integer(), nullable=True),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "stored_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("caller", sa.Text(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("base_state_version", sa.Integer(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("current_status", sa.Text(), nullable=True),
        sa.Column("allowed_actions", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("answer_status", sa.SmallInteger(), nullable=True),
        sa.Column(
            "answer_headers", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("answer_body", sa.LargeBinary(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "next_attempt_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(outcome IS NOT DISTINCT FROM 'refused') = (code IS NOT NULL)", name=op.f("ck_commands_code")
        ),
        sa.CheckConstraint("outcome IN ('applied', 'refused')", name=op.f("ck_commands_outcome")),
        sa.CheckConstraint(
            "(answer_status IS NULL) = (answer_body IS NULL)", name=op.f("ck_commands_answer")
        ),
        sa.CheckConstraint(
            "(caller IS NULL) = (idempotency_key IS NULL) AND (caller IS NULL) = (body_hash IS NULL)",
            name=op.f("ck_commands_idempotency_key"),
        ),
        sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_commands_decided_at")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_commands_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commands")),
        sa.UniqueConstraint("caller", "idempotency_key", name=op.f("uq_commands_caller_idempotency_key")),
    )
    op.create_index(
        "ix_commands_create",
        "commands",
        ["quote_id"],
        unique=True,
        postgresql_where=sa.text("name = 'create'"),
    )
    op.create_index(
        "ix_commands_due",
        "commands",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index(
        "ix_commands_external_id",
        "commands",
        ["external_id"],
        unique=True,
        postgresql_where=sa.text("external_id IS NOT NULL AND outcome IS DISTINCT FROM 'refused'"),
    )
    op.create_index(
        "ix_commands_undecided",
        "commands",
        ["quote_id", "received_at"],
        unique=False,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_table(
        "quotes",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column(
            "salt", sa.LargeBinary(), server_default=sa.text("uuid_send(gen_random_uuid())"), nullable=False
        ),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("reminder_zone", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("versions", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("current_version", sa.Integer(), nullable=False),
        sa.Column("working_version", sa.Integer(), nullable=True),
        sa.Column("last_sent_version", sa.Integer(), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expired_from", sa.Text(), nullable=True),
        sa.Column("acceptance", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("state_version", sa.Integer(), nullable=False),
        sa.Column("last_sending", sa.Text(), nullable=True),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(status = 'accepted') = (acceptance IS NOT NULL)", name=op.f("ck_quotes_acceptance")
        ),
        sa.CheckConstraint(
            "(status = 'expired') = (expired_from IS NOT NULL)", name=op.f("ck_quotes_expired_from")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'sent', 'accepted', 'rejected', 'expired', 'cancelled')",
            name=op.f("ck_quotes_status"),
        ),
        sa.CheckConstraint(
            "working_version IS NULL OR status IN ('sent', 'expired')", name=op.f("ck_quotes_working_version")
        ),
        sa.CheckConstraint(
            "current_version BETWEEN 1 AND jsonb_array_length(versions)",
            name=op.f("ck_quotes_current_version"),
        ),
        sa.CheckConstraint(
            "state_version >= 1 AND last_sequence >= state_version", name=op.f("ck_quotes_state_version")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_quotes_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
        sa.UniqueConstraint("external_id", name=op.f("uq_quotes_external_id")),
        sa.UniqueConstraint("number", name=op.f("uq_quotes_number")),
    )
    op.create_index(op.f("ix_quotes_created_at_id"), "quotes", ["created_at", "id"], unique=False)
    op.create_index(
        op.f("ix_quotes_customer_id_created_at_id"),
        "quotes",
        ["customer_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_quotes_external_id_prefix",
        "quotes",
        ["external_id"],
        unique=False,
        postgresql_ops={"external_id": "text_pattern_ops"},
    )
    op.create_index(
        "ix_quotes_number_prefix",
        "quotes",
        ["number"],
        unique=False,
        postgresql_ops={"number": "text_pattern_ops"},
    )
    op.create_index(
        op.f("ix_quotes_status_created_at_id"), "quotes", ["status", "created_at", "id"], unique=False
    )
    op.create_index(op.f("ix_quotes_valid_until"), "quotes", ["valid_until"], unique=False)
    op.create_table(
        "clock_offsets",
        sa.Column("quote_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("ahead", sa.Interval(), nullable=False),
        sa.CheckConstraint("ahead >= interval '0'", name=op.f("ck_clock_offsets_ahead")),
        sa.ForeignKeyConstraint(["quote_id"], ["quotes.id"], name=op.f("fk_clock_offsets_quote_id_quotes")),
        sa.PrimaryKeyConstraint("quote_id", name=op.f("pk_clock_offsets")),
    )
    op.create_table(
        "quote_events",
        sa.Column("quote_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(sequence = 1) = (previous_hash = '')", name=op.f("ck_quote_events_previous_hash")
        ),
        sa.CheckConstraint("length(hash) = 64", name=op.f("ck_quote_events_hash")),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_quote_events_sequence")),
        sa.ForeignKeyConstraint(["quote_id"], ["quotes.id"], name=op.f("fk_quote_events_quote_id_quotes")),
        sa.PrimaryKeyConstraint("quote_id", "sequence", name=op.f("pk_quote_events")),
        sa.UniqueConstraint("quote_id", "cause", "type", name=op.f("uq_quote_events_quote_id_cause_type")),
    )
    op.create_table(
        "quote_versions",
        sa.Column("quote_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("total", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seller", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("length(content_hash) = 64", name=op.f("ck_quote_versions_content_hash")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_quote_versions_version")),
        sa.ForeignKeyConstraint(["quote_id"], ["quotes.id"], name=op.f("fk_quote_versions_quote_id_quotes")),
        sa.PrimaryKeyConstraint("quote_id", "version", name=op.f("pk_quote_versions")),
    )
    op.create_table(
        "acceptances",
        sa.Column("quote_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("command_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("total", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("signer_name", sa.Text(), nullable=True),
        sa.Column("signer_email", sa.Text(), nullable=True),
        sa.Column("purchase_order_number", sa.Text(), nullable=True),
        sa.Column("consent_text", sa.Text(), nullable=True),
        sa.Column("link_id", sa.Text(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("page_opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "method IN ('online', 'phone', 'mail', 'purchase_order')", name=op.f("ck_acceptances_method")
        ),
        sa.ForeignKeyConstraint(
            ["command_id"], ["commands.id"], name=op.f("fk_acceptances_command_id_commands")
        ),
        sa.ForeignKeyConstraint(
            ["quote_id", "version"],
            ["quote_versions.quote_id", "quote_versions.version"],
            name=op.f("fk_acceptances_quote_id_version_quote_versions"),
        ),
        sa.ForeignKeyConstraint(["quote_id"], ["quotes.id"], name=op.f("fk_acceptances_quote_id_quotes")),
        sa.PrimaryKeyConstraint("quote_id", name=op.f("pk_acceptances")),
        sa.UniqueConstraint("command_id", name=op.f("uq_acceptances_command_id")),
    )


def downgrade() -> None:
    op.drop_table("acceptances")
    op.drop_table("quote_versions")
    op.drop_table("quote_events")
    op.drop_table("clock_offsets")
    op.drop_index(op.f("ix_quotes_valid_until"), table_name="quotes")
    op.drop_index(op.f("ix_quotes_status_created_at_id"), table_name="quotes")
    op.drop_index(
        "ix_quotes_number_prefix", table_name="quotes", postgresql_ops={"number": "text_pattern_ops"}
    )
    op.drop_index(
        "ix_quotes_external_id_prefix",
        table_name="quotes",
        postgresql_ops={"external_id": "text_pattern_ops"},
    )
    op.drop_index(op.f("ix_quotes_customer_id_created_at_id"), table_name="quotes")
    op.drop_index(op.f("ix_quotes_created_at_id"), table_name="quotes")
    op.drop_table("quotes")
    op.drop_index("ix_commands_undecided", table_name="commands", postgresql_where=sa.text("outcome IS NULL"))
    op.drop_index(
        "ix_commands_external_id",
        table_name="commands",
        postgresql_where=sa.text("external_id IS NOT NULL AND outcome IS DISTINCT FROM 'refused'"),
    )
    op.drop_index("ix_commands_due", table_name="commands", postgresql_where=sa.text("outcome IS NULL"))
    op.drop_index("ix_commands_create", table_name="commands", postgresql_where=sa.text("name = 'create'"))
    op.drop_table("commands")
