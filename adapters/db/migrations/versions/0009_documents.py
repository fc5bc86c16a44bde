"""Documents as they were made, and the paper that the seller prints on.

How it is safe: it makes a table, and adds a column with a constant default, which PostgreSQL does without
rewriting the table. Programs before it still run: the column has a default, and they know no documents.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("quote_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("kind IN ('quote', 'acceptance')", name=op.f("ck_documents_kind")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_documents_sha256")),
        sa.ForeignKeyConstraint(
            ["quote_id", "version"],
            ["quote_versions.quote_id", "quote_versions.version"],
            name=op.f("fk_documents_quote_id_version_quote_versions"),
        ),
        sa.PrimaryKeyConstraint("quote_id", "version", "kind", name=op.f("pk_documents")),
    )
    op.execute(
        "CREATE TRIGGER documents_written_once BEFORE UPDATE OR DELETE ON documents "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER documents_never_emptied BEFORE TRUNCATE ON documents "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.add_column("seller", sa.Column("paper", sa.Text(), server_default="a4", nullable=False))
    op.create_check_constraint(op.f("ck_seller_paper"), "seller", "paper IN ('a4', 'letter')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_seller_paper"), "seller", type_="check")
    op.drop_column("seller", "paper")
    op.drop_table("documents")
