"""Give an event no place in the feed before its predecessor in the quote, whichever of their transactions began first.

How it is safe: it only makes a function and a trigger, for which events' writers wait a moment. Programs before it still
run: the trigger works for them. Events that are there keep their places, since cursors have gone past them.
"""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

# A transaction has its number from what it writes first, and only then waits for the quote: one with a higher number may
# be through before. The predecessor is found, for who writes has locked the quote, or wrote it in this same transaction.
_FOLLOW = """
CREATE FUNCTION follow_own_quote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.feed_transaction := greatest(NEW.feed_transaction, (
        SELECT feed_transaction FROM quote_events
        WHERE quote_id = NEW.quote_id AND sequence = NEW.sequence - 1 AND feed_epoch = NEW.feed_epoch
    ));
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    op.execute(_FOLLOW)
    op.execute(
        "CREATE TRIGGER quote_events_in_order BEFORE INSERT ON quote_events FOR EACH ROW WHEN (NEW.sequence > 1) "
        "EXECUTE FUNCTION follow_own_quote()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER quote_events_in_order ON quote_events")
    op.execute("DROP FUNCTION follow_own_quote()")
