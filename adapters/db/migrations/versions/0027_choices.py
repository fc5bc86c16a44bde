"""What a customer chose, in the evidence of the acceptance; and customers' part numbers among the words of a quote.

How it is safe: it adds a column that may be empty, which is quick, and replaces a function by one that finds a word more.
Programs before it still run: they leave the column empty, as quotes of theirs offer nothing to choose. Going down is
refused once somebody chose: what was ordered could not be told any more.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.db.migrations import refuse_to_lose

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_WORDS = """
CREATE OR REPLACE FUNCTION words_of_lines(content jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT concat_ws(' ', string_agg(concat_ws(' ', {of_line}), ' '), content->>'customer_reference')
    FROM jsonb_array_elements(content->'lines') AS lines (line)
$$
"""
_BEFORE = ("part_number", "part_revision", "description")
_NOW = ("part_number", "part_revision", "customer_part_number", "description")


def upgrade() -> None:
    op.add_column("acceptances", sa.Column("selection", postgresql.JSONB(), nullable=True))
    _find_by(_NOW)


def downgrade() -> None:
    refuse_to_lose(
        op.get_bind(), revision, {"choices of customers": "acceptances WHERE selection IS NOT NULL"}
    )
    _find_by(_BEFORE)
    op.drop_column("acceptances", "selection")


def _find_by(names: tuple[str, ...]) -> None:
    op.execute(_WORDS.format(of_line=", ".join(f"line->>'{name}'" for name in names)))
