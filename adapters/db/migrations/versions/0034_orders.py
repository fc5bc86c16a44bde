"""Keep which orders are to be handed over to the system that makes them, and how that goes.

How it is safe: a new table, and a check that allows one more kind of email. Programs before it still run. Going down is
refused once an email has told of an order that could not be handed over.
"""

import sqlalchemy as sa
from alembic import op

from adapters.db.migrations import refuse_to_lose

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
INSTANT = sa.DateTime(timezone=True)
_KINDS = (
    *(
        "sent",
        "reminder",
        "accepted",
        "rejected",
        "expired",
        "extended",
        "cancelled",
        "annulled",
        "superseded",
    ),
    *("change_requested", "extension_requested", "shared", "undelivered"),
)


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("quote_id", ID, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("way", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("last_error", sa.Text),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("wake_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.PrimaryKeyConstraint("quote_id", name="pk_orders"),
        sa.ForeignKeyConstraint(["quote_id"], ["quotes.id"], name="fk_orders_quote_id_quotes"),
        sa.CheckConstraint("way IN ('webhook', 'http', 'hand')", name="way"),
        sa.CheckConstraint("status IN ('pending', 'handed_over', 'failed')", name="status"),
    )
    op.create_index(
        "ix_orders_wake_at", "orders", ["wake_at"], postgresql_where=sa.text("wake_at IS NOT NULL")
    )
    _check_kinds((*_KINDS, "order_failed"))


def downgrade() -> None:
    refuse_to_lose(op.get_bind(), revision, {"emails about orders": "messages WHERE kind = 'order_failed'"})
    _check_kinds(_KINDS)
    op.drop_table("orders")


def _check_kinds(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_messages_kind"), "messages", type_="check")
    op.create_check_constraint(op.f("ck_messages_kind"), "messages", f"kind IN ({listed})")
