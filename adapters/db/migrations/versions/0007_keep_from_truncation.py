"""Refuse to empty what is written once: events, versions and evidence.

How it is safe: it only makes triggers; each waits a moment for the table's other writers. Programs before it
still run: none of them empties a table.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("quote_events", "quote_versions", "acceptances")


def upgrade() -> None:
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER {table}_never_emptied ON {table}")
