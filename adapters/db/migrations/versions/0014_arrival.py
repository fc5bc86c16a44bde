"""How long a command's request had waited when it was stored, and whether an earlier command of a quote still waits.

How it is safe: it adds a column that may be empty, a constraint that no row of before can break, and a function. Programs
before it still run: they leave the column empty, and stamp a command when it is stored.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# VOLATILE on purpose: so its query sees what was committed while the row lock was waited for under which it is called.
UNDECIDED_BY = """
CREATE FUNCTION has_undecided_by(quote uuid, instant timestamptz, besides uuid[])
RETURNS boolean LANGUAGE sql VOLATILE PARALLEL UNSAFE AS $$
    SELECT EXISTS (
        SELECT FROM commands
        WHERE quote_id = quote AND outcome IS NULL AND received_at <= instant AND id <> ALL (besides)
    )
$$
"""


def upgrade() -> None:
    op.add_column("commands", sa.Column("waited", sa.Interval(), nullable=True))
    op.create_check_constraint(
        op.f("ck_commands_waited"), "commands", "waited BETWEEN interval '0' AND interval '30 seconds'"
    )
    op.execute(UNDECIDED_BY)


def downgrade() -> None:
    op.execute("DROP FUNCTION has_undecided_by(uuid, timestamptz, uuid[])")
    op.drop_constraint(op.f("ck_commands_waited"), "commands")
    op.drop_column("commands", "waited")
