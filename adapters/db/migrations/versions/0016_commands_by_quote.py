"""Find a quote's commands without reading the whole inbox: `verify` compares them with its events.

How it is safe: it only makes an index. Until it is made, writes to the inbox wait: on a large one run it when few
callers are about. Programs before it still run.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_commands_quote_id", "commands", ["quote_id"])


def downgrade() -> None:
    op.drop_index("ix_commands_quote_id", table_name="commands")
