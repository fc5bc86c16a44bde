"""Give events their place among those of all quotes: by epoch and transaction, so that one cursor leads through all of them.

How it is safe: columns are added, and those of the events that are there are numbered in their order, which takes a minute
or two for each million. Until it is done everybody who reads or writes events waits: on a large record run it when few
callers are about. Hashes do not cover the new columns. Programs before it still run: the columns fill themselves.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

# A server's own number, and its timeline: it is another one after a recovery or where a standby has taken over.
_CLUSTER = """
CREATE FUNCTION feed_cluster() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT system_identifier || '/' || CASE
        WHEN pg_is_in_recovery() THEN (SELECT upper(lpad(to_hex(timeline_id), 8, '0')) FROM pg_control_checkpoint())
        ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8)
    END
    FROM pg_control_system()
$$
"""
# Two that begin an epoch at once: the second waits for the first, and either has made the same row.
_EPOCH = """
CREATE FUNCTION feed_epoch() RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    here text := feed_cluster();
    latest feed_epochs;
BEGIN
    SELECT * INTO latest FROM feed_epochs ORDER BY epoch DESC LIMIT 1;
    IF latest.cluster = here THEN
        RETURN latest.epoch;
    END IF;
    INSERT INTO feed_epochs (epoch, cluster) VALUES (latest.epoch + 1, here) ON CONFLICT DO NOTHING;
    RETURN latest.epoch + 1;
END
$$
"""
_TRANSACTION = """
CREATE FUNCTION feed_transaction() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint)
$$
"""
# By the time of writing, but never against the order within a quote: a clock may have been set back.
_NUMBER = """
WITH
written AS (
    SELECT quote_id, sequence, max(recorded_at) OVER (PARTITION BY quote_id ORDER BY sequence) AS at FROM quote_events
),
numbered AS (
    SELECT quote_id, sequence, row_number() OVER (ORDER BY at, quote_id, sequence) AS number FROM written
)
UPDATE quote_events SET feed_transaction = numbered.number FROM numbered
WHERE numbered.quote_id = quote_events.quote_id AND numbered.sequence = quote_events.sequence
"""


def upgrade() -> None:
    op.create_table(
        "feed_epochs",
        sa.Column("epoch", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("cluster", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("epoch", name="pk_feed_epochs"),
    )
    for function in (_CLUSTER, _EPOCH, _TRANSACTION):
        op.execute(function)
    op.execute("INSERT INTO feed_epochs (epoch, cluster) SELECT 1, feed_cluster()")
    op.add_column("quote_events", sa.Column("feed_epoch", sa.Integer, nullable=False, server_default="0"))
    op.add_column(
        "quote_events", sa.Column("feed_transaction", sa.BigInteger, nullable=False, server_default="0")
    )
    op.execute("ALTER TABLE quote_events DISABLE TRIGGER quote_events_written_once")
    op.execute(_NUMBER)
    op.execute("ALTER TABLE quote_events ENABLE TRIGGER quote_events_written_once")
    for name in ("feed_epoch", "feed_transaction"):
        op.alter_column("quote_events", name, server_default=sa.text(f"{name}()"))
    place = ["feed_epoch", "feed_transaction", "quote_id", "sequence"]
    op.create_index("ix_quote_events_feed", "quote_events", place)
    op.create_index("ix_quote_events_feed_by_type", "quote_events", ["type", *place])


def downgrade() -> None:
    for index in ("ix_quote_events_feed_by_type", "ix_quote_events_feed"):
        op.drop_index(index, table_name="quote_events")
    for name in ("feed_transaction", "feed_epoch"):
        op.drop_column("quote_events", name)
        op.execute(f"DROP FUNCTION {name}()")
    op.execute("DROP FUNCTION feed_cluster()")
    op.drop_table("feed_epochs")
