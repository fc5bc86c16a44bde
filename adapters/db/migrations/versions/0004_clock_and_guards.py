"""The one clock, the numbers of quotes, the seller's one row, and the guards of what is written once.

How it is safe: it adds functions, triggers, a sequence and one row; the triggers take a short exclusive lock
of two tables. Programs before it never write what the triggers refuse.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CLOCK = """
CREATE FUNCTION quote_now(quote uuid) RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT clock_timestamp() + coalesce((SELECT ahead FROM clock_offsets WHERE quote_id = quote), interval '0')
$$
"""

REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

REFUSE_BUT_SELLER = """
CREATE FUNCTION refuse_change_but_seller() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.seller IS NULL AND to_jsonb(NEW) - 'seller' = to_jsonb(OLD) - 'seller' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

SELLER = """
INSERT INTO seller (name, address, time_zone, currency, language, terms, consent_text) VALUES (
    'Your company', '[]', 'UTC', 'EUR', 'en', '',
    'I accept this quote on behalf of my company and order the parts it lists.'
)
"""


def upgrade() -> None:
    op.execute(CLOCK)
    op.execute("CREATE SEQUENCE quote_numbers")
    op.execute(SELLER)
    op.execute(REFUSE)
    op.execute(REFUSE_BUT_SELLER)
    op.execute(
        "CREATE TRIGGER quote_events_written_once BEFORE UPDATE OR DELETE ON quote_events "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER quote_versions_kept BEFORE DELETE ON quote_versions "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER quote_versions_written_once BEFORE UPDATE ON quote_versions "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_but_seller()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER quote_versions_written_once ON quote_versions")
    op.execute("DROP TRIGGER quote_versions_kept ON quote_versions")
    op.execute("DROP TRIGGER quote_events_written_once ON quote_events")
    op.execute("DROP FUNCTION refuse_change_but_seller()")
    op.execute("DROP FUNCTION refuse_change()")
    op.execute("DELETE FROM seller")
    op.execute("DROP SEQUENCE quote_numbers")
    op.execute("DROP FUNCTION quote_now(uuid)")
