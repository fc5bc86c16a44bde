"""Customers' requests and superseded versions in the outbox, views of links, and proofs of acceptances.

How it is safe: it makes a table and adds columns that may be empty, which is quick; the new check of
`messages.kind` allows more than the old one and reads the table once. Programs before it still run. Going down is refused
while it has what the tables before have no place for.
"""

import sqlalchemy as sa
from alembic import op

from adapters.db.migrations import refuse_to_lose

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KINDS = ("sent", "reminder", "accepted", "rejected", "expired", "extended", "cancelled")
NEW_KINDS = ("superseded", "change_requested", "extension_requested")


def upgrade() -> None:
    op.create_table(
        "proofs",
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
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_proofs_sha256")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_proofs")),
    )
    for event, what in (("UPDATE OR DELETE", "written_once"), ("TRUNCATE", "never_emptied")):
        each = "STATEMENT" if event == "TRUNCATE" else "ROW"
        op.execute(
            f"CREATE TRIGGER proofs_{what} BEFORE {event} ON proofs FOR EACH {each} "
            "EXECUTE FUNCTION refuse_change()"
        )
    op.add_column("acceptances", sa.Column("proof_sha256", sa.Text(), nullable=True))
    op.add_column("customer_links", sa.Column("viewed_at", sa.DateTime(timezone=True), nullable=True))
    _check_kinds((*KINDS, *NEW_KINDS))


def downgrade() -> None:
    kinds = ", ".join(f"'{kind}'" for kind in NEW_KINDS)
    refuse_to_lose(
        op.get_bind(),
        revision,
        {
            "emails about newer versions and requests": f"messages WHERE kind IN ({kinds})",
            "views of links": "customer_links WHERE viewed_at IS NOT NULL",
            "proofs of acceptances": "acceptances WHERE proof_sha256 IS NOT NULL",
        },
    )
    _check_kinds(KINDS)
    op.drop_column("customer_links", "viewed_at")
    op.drop_column("acceptances", "proof_sha256")
    op.drop_table("proofs")


def _check_kinds(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_messages_kind"), "messages", type_="check")
    op.create_check_constraint(op.f("ck_messages_kind"), "messages", f"kind IN ({listed})")
