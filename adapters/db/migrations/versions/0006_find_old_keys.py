"""Find old idempotency keys without reading the whole inbox.

How it is safe: it only makes two indexes. Until they are made, writes to the two tables wait: on a large inbox
run it when few callers are about. Programs before it still run.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_answered_requests_created_at", "answered_requests", ["created_at"])
    op.create_index(
        "ix_commands_kept", "commands", ["stored_at"], postgresql_where=sa.text("caller IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_commands_kept", table_name="commands")
    op.drop_index("ix_answered_requests_created_at", table_name="answered_requests")
