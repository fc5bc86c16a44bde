"""Find the few orders that wait or failed without reading all that were ever handed over.

How it is safe: it only makes an index. Until it is made, acceptances wait: a moment, for the table has a row per accepted
quote. Programs before it still run.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_orders_not_handed_over",
        "orders",
        ["status", "quote_id"],
        postgresql_where=sa.text("status <> 'handed_over'"),
    )


def downgrade() -> None:
    op.drop_index("ix_orders_not_handed_over", table_name="orders")
