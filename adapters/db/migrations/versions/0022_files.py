"""Drawings and models that go with offers, by the SHA-256 of their bytes.

How it is safe: it adds a table. Programs before it still run. Going down is refused once there is a file: versions name it.
"""

import sqlalchemy as sa
from alembic import op

from adapters.db.migrations import refuse_to_lose

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("stored_by", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_files_sha256")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_files")),
    )
    for event, what, refusal in (
        ("UPDATE OR DELETE", "written_once", "ROW EXECUTE FUNCTION refuse_change_but_blanking('content')"),
        ("TRUNCATE", "never_emptied", "STATEMENT EXECUTE FUNCTION refuse_change()"),
    ):
        op.execute(f"CREATE TRIGGER files_{what} BEFORE {event} ON files FOR EACH {refusal}")


def downgrade() -> None:
    refuse_to_lose(op.get_bind(), revision, {"files of offers": "files"})
    op.drop_table("files")
