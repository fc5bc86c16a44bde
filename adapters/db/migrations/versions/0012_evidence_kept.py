"""The customer's name as a version was sent to it, and evidence of acceptances that is written once.

How it is safe: it adds a column that may be empty, which is quick, replaces a function by one that allows more, and
adds a trigger that refuses what no program does. Programs before it still run: they leave the column empty, and a
version without a name is shown with the customer's own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SENT_TO = "'{seller,customer_name}'::text[]"
REFUSE_BUT_SENDING = """
CREATE OR REPLACE FUNCTION refuse_change_but_seller() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.seller IS NULL AND to_jsonb(NEW) - {told} = to_jsonb(OLD) - {told} THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

REFUSE_BUT_FORGETTING = """
CREATE FUNCTION refuse_change_but_forgetting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    people constant text[] := '{signer_name,signer_email,link_id,recipient,ip,user_agent}';
BEGIN
    IF TG_OP = 'UPDATE' AND jsonb_strip_nulls(to_jsonb(NEW)) <@ to_jsonb(OLD)
        AND to_jsonb(NEW) - people = to_jsonb(OLD) - people
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    op.add_column("quote_versions", sa.Column("customer_name", sa.Text(), nullable=True))
    op.execute(REFUSE_BUT_SENDING.format(told=SENT_TO))
    op.execute(REFUSE_BUT_FORGETTING)
    op.execute(
        "CREATE TRIGGER acceptances_written_once BEFORE UPDATE OR DELETE ON acceptances "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_but_forgetting()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER acceptances_written_once ON acceptances")
    op.execute("DROP FUNCTION refuse_change_but_forgetting()")
    op.execute(REFUSE_BUT_SENDING.format(told="'seller'::text"))
    op.drop_column("quote_versions", "customer_name")
