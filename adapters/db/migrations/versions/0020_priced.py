"""Where the content that a create or a revision was priced as is kept until its decision: no longer in Temporal's history.

How it is safe: it adds a column that may be empty. Programs before it still run: they leave it empty.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("commands", sa.Column("priced", JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("commands", "priced")
