"""Keep which trouble of a webhook the shop's admins are told by email, so that each hears of it once.

How it is safe: a new table. Programs before it still run, and tell nobody.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "webhook_trouble",
        sa.Column("id", ID, nullable=False, server_default=sa.text("gen_random_uuid()")),
        sa.Column("endpoint_id", ID, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("user_id", ID),
        sa.Column("status", sa.Text, nullable=False, server_default="pending"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("next_attempt_at", INSTANT),
        sa.Column("last_error", sa.Text),
        sa.Column("created_at", INSTANT, nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_trouble"),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoints.id"],
            name="fk_webhook_trouble_endpoint_id_webhook_endpoints",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff_users.id"],
            name="fk_webhook_trouble_user_id_staff_users",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint(
            "endpoint_id",
            "kind",
            "user_id",
            name="uq_webhook_trouble_endpoint_id_kind_user_id",
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint("kind IN ('disabled', 'parked')", name="kind"),
        sa.CheckConstraint("status IN ('pending', 'sent', 'failed')", name="status"),
    )
    op.create_index(
        "ix_webhook_trouble_pending",
        "webhook_trouble",
        ["endpoint_id"],
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index("ix_webhook_trouble_user_id", "webhook_trouble", ["user_id"])


def downgrade() -> None:
    op.drop_table("webhook_trouble")
