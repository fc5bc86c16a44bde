"""Keep of which request a command came, so that its trace goes on where somebody else signals or decides it.

How it is safe: an optional column, empty where nothing is traced. Programs before it still run; going down loses nothing but
which request a span belongs to.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("commands", sa.Column("traceparent", sa.Text))


def downgrade() -> None:
    op.drop_column("commands", "traceparent")
