"""Drop the index of deadlines alone, by which lists in their order were read through quotes of other statuses.

How it is safe: what asks for deadlines asks for statuses too, and the index of both has them. Programs before it still run;
their lists by days of the deadline alone, in another order, read the table. To drop it waits for statements that use it, a moment.
"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_quotes_valid_until", table_name="quotes")


def downgrade() -> None:
    op.create_index("ix_quotes_valid_until", "quotes", ["valid_until"])
