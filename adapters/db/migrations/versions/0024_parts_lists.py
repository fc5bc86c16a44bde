"""Parts lists as they were read, and what was said about a customer's lists and holds for the next one.

How it is safe: two new tables, which programs before it do not know. Going down loses lists that are stored; quotes that were
made of them keep all their lines.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_JSON = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
_NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    op.create_table(
        "parts_lists",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("grid", _JSON, nullable=False),
        sa.Column("answers", _JSON, nullable=False),
        sa.Column("quote_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("stored_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_parts_lists_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parts_lists")),
    )
    op.create_index(op.f("ix_parts_lists_created_at_id"), "parts_lists", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_parts_lists_customer_id"), "parts_lists", ["customer_id"], unique=False)
    op.create_table(
        "kept_list_answers",
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("answers", _JSON, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_kept_list_answers_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_kept_list_answers")),
    )


def downgrade() -> None:
    op.drop_table("kept_list_answers")
    op.drop_index(op.f("ix_parts_lists_customer_id"), table_name="parts_lists")
    op.drop_index(op.f("ix_parts_lists_created_at_id"), table_name="parts_lists")
    op.drop_table("parts_lists")
