"""The outbox, and customers' links.

How it is safe: it only makes new tables. Going down drops them with all their data.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer_links",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("quote_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(token_hash) = 64", name=op.f("ck_customer_links_token_hash")),
        sa.ForeignKeyConstraint(
            ["quote_id", "version"],
            ["quote_versions.quote_id", "quote_versions.version"],
            name=op.f("fk_customer_links_quote_id_version_quote_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_links")),
        sa.UniqueConstraint(
            "quote_id", "cause", "recipient", name=op.f("uq_customer_links_quote_id_cause_recipient")
        ),
        sa.UniqueConstraint("token_hash", name=op.f("uq_customer_links_token_hash")),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("quote_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("link_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("data", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_messages_sent_at")),
        sa.CheckConstraint(
            "audience IN ('recipients', 'customer', 'seller')", name=op.f("ck_messages_audience")
        ),
        sa.CheckConstraint(
            "kind IN ('sent', 'reminder', 'accepted', 'rejected', 'expired', 'extended', 'cancelled')",
            name=op.f("ck_messages_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'sending', 'sent', 'failed')", name=op.f("ck_messages_status")
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["customer_links.id"], name=op.f("fk_messages_link_id_customer_links")
        ),
        sa.ForeignKeyConstraint(
            ["quote_id", "version"],
            ["quote_versions.quote_id", "quote_versions.version"],
            name=op.f("fk_messages_quote_id_version_quote_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_messages_key")),
    )
    op.create_index(op.f("ix_messages_quote_id_cause"), "messages", ["quote_id", "cause"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_messages_quote_id_cause"), table_name="messages")
    op.drop_table("messages")
    op.drop_table("customer_links")
