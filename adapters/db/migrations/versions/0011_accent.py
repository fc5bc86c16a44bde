"""The seller's accent colour.

How it is safe: it adds a column with a constant default, which PostgreSQL does without rewriting the table, to a
table of one row. Programs before it still run: they neither read nor write the column.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("seller", sa.Column("accent", sa.Text(), server_default="#1f4f5f", nullable=False))
    op.create_check_constraint(op.f("ck_seller_accent"), "seller", "accent ~ '^#[0-9a-f]{6}$'")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_seller_accent"), "seller", type_="check")
    op.drop_column("seller", "accent")
