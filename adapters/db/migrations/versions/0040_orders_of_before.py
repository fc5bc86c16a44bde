"""Keep a row of orders that were handed over before there were any, so that lists find all of them in one place.

How it is safe: it adds rows to a table that programs from before read as well, and changes none. Going down leaves them:
they say what the quotes' references say.
"""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_FILL = """
INSERT INTO orders (quote_id, key, way, status, asked_at, ended_at)
SELECT quotes.id, 'order_' || coalesce(acceptance->>'command_id', CAST(quotes.id AS text)), 'hand', 'handed_over',
    coalesce(told.at, quotes.decided_at, quotes.updated_at), told.at
FROM quotes CROSS JOIN LATERAL (
    SELECT min(at) AS at FROM quote_events WHERE quote_id = quotes.id AND type = 'quote.order_handed_over'
) AS told
WHERE order_reference IS NOT NULL
ON CONFLICT (quote_id) DO NOTHING
"""


def upgrade() -> None:
    op.execute(_FILL)


def downgrade() -> None:
    """Nothing to do."""
