"""Find the emails that wait without passing those of all time that failed.

How it is safe: it only makes an index, of the few emails that wait. Until it is made, which takes reading the outbox once,
writes to the outbox wait: on a large one run it when few callers are about. Programs before it still run.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_messages_unfinished",
        "messages",
        ["quote_id"],
        postgresql_where=sa.text("status IN ('pending', 'sending')"),
    )


def downgrade() -> None:
    op.drop_index("ix_messages_unfinished", table_name="messages")
