"""Let the shop's people sign in: an id and a role for each, links that sign in, sessions, and forms kept across them.

How it is safe: `staff_users` holds a few rows and gets two columns, the id filled in by its default; who has no role cannot
sign in. The rest are new tables. Programs before it still run.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
INSTANT = sa.DateTime(timezone=True)


def _stamp(name: str) -> sa.Column[object]:
    return sa.Column(name, INSTANT, nullable=False, server_default=sa.text("clock_timestamp()"))


def _of_user(table: str) -> tuple[sa.Column[object], sa.ForeignKeyConstraint]:
    name = f"fk_{table}_user_id_staff_users"
    return (
        sa.Column("user_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["staff_users.id"], name=name, ondelete="CASCADE"),
    )


def upgrade() -> None:
    op.add_column(
        "staff_users", sa.Column("id", ID, nullable=False, server_default=sa.text("gen_random_uuid()"))
    )
    op.create_unique_constraint("uq_staff_users_id", "staff_users", ["id"])
    op.add_column("staff_users", sa.Column("role", sa.Text))
    op.create_check_constraint("role", "staff_users", "role IN ('viewer', 'sales', 'manager', 'admin')")
    op.create_table(
        "staff_sign_ins",
        sa.Column("token_hash", sa.Text, nullable=False),
        *_of_user("staff_sign_ins"),
        sa.Column("browser_hash", sa.Text),
        sa.Column("leads_to", sa.Text, nullable=False),
        _stamp("created_at"),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.PrimaryKeyConstraint("token_hash", name="pk_staff_sign_ins"),
    )
    op.create_index("ix_staff_sign_ins_user_id_created_at", "staff_sign_ins", ["user_id", "created_at"])
    op.create_index("ix_staff_sign_ins_created_at", "staff_sign_ins", ["created_at"])
    op.create_table(
        "staff_sessions",
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("id", ID, nullable=False),
        *_of_user("staff_sessions"),
        sa.Column("browser", sa.Text, nullable=False, server_default=sa.text("''")),
        _stamp("created_at"),
        _stamp("seen_at"),
        sa.Column("ended_at", INSTANT),
        sa.PrimaryKeyConstraint("token_hash", name="pk_staff_sessions"),
        sa.UniqueConstraint("id", name="uq_staff_sessions_id"),
    )
    op.create_index("ix_staff_sessions_user_id", "staff_sessions", ["user_id"])
    op.create_table(
        "staff_forms",
        sa.Column("id", ID, nullable=False),
        *_of_user("staff_forms"),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("fields", postgresql.JSONB(none_as_null=True), nullable=False),
        _stamp("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_forms"),
    )
    op.create_index("ix_staff_forms_user_id_created_at", "staff_forms", ["user_id", "created_at"])


def downgrade() -> None:
    for table in ("staff_forms", "staff_sessions", "staff_sign_ins"):
        op.drop_table(table)
    op.drop_column("staff_users", "role")
    op.drop_column("staff_users", "id")
