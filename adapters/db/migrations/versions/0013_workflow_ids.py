"""The id of each quote's workflow, given with its number when the create command is stored.

How it is safe: it adds a column that may be empty, which is quick, and a function. Programs before it still run: they
leave the column empty, which means the id that they use, `quote-<id of the quote>`; so it does for every quote that was
begun before. Going down forgets the ids of quotes begun since: a program before it would give each a second run, so
let none of them be open.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WORKFLOW_ID = """
CREATE FUNCTION quote_workflow_id(quote uuid) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(
        (SELECT workflow_id FROM commands WHERE quote_id = quote AND name = 'create'), 'quote-' || quote
    )
$$
"""


def upgrade() -> None:
    op.add_column("commands", sa.Column("workflow_id", sa.Text(), nullable=True))
    op.execute(WORKFLOW_ID)


def downgrade() -> None:
    op.execute("DROP FUNCTION quote_workflow_id(uuid)")
    op.drop_column("commands", "workflow_id")
