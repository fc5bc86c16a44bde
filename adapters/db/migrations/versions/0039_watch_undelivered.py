"""Find the webhook that has waited the longest, those given up, and the orders that wait, without reading the many behind them.

How it is safe: it only makes indexes. Until they are made, acceptances and webhooks wait: a moment, for the tables have a row per
accepted quote, and per event that an endpoint was told in thirty days. Programs before it still run.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_webhook_deliveries_waiting",
        "webhook_deliveries",
        ["endpoint_id", "created_at"],
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "ix_webhook_deliveries_parked",
        "webhook_deliveries",
        ["endpoint_id"],
        postgresql_where=sa.text("status = 'parked'"),
    )
    op.create_index(
        "ix_orders_pending", "orders", ["way", "asked_at"], postgresql_where=sa.text("status = 'pending'")
    )


def downgrade() -> None:
    op.drop_index("ix_orders_pending", table_name="orders")
    op.drop_index("ix_webhook_deliveries_parked", table_name="webhook_deliveries")
    op.drop_index("ix_webhook_deliveries_waiting", table_name="webhook_deliveries")
