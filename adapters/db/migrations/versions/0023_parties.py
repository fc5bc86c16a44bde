"""What an offer says of both sides, and which tax holds where a line names none.

How it is safe: it adds columns that may be empty, or have a default that rewrites no row, and a table. Programs before it
still run: what they send lacks the new facts and their digest, and is read as before. What is searched changes for
contents that do not exist yet. Going down keeps aside, in `parties_kept`, what events hold a digest of, and coming up
again takes it back; `firm-offer forget` of a release before does not look there.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(none_as_null=True)
WORDS = """
CREATE OR REPLACE FUNCTION words_of_lines(content jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT {words}
    FROM jsonb_array_elements(content->'lines') AS lines (line)
$$
"""
OF_LINES = (
    "string_agg(concat_ws(' ', line->>'part_number', line->>'part_revision', line->>'description'), ' ')"
)
WITH_REFERENCE = f"concat_ws(' ', {OF_LINES}, content->>'customer_reference')"
VERSIONS = """
CREATE OR REPLACE FUNCTION refuse_change_but_seller() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.seller IS NULL AND to_jsonb(NEW) - '{told}'::text[] = to_jsonb(OLD) - '{told}'::text[]
        OR public.is_forgetting(TG_RELID) AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
KEEP = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM quote_versions WHERE parties IS NOT NULL) THEN
        CREATE TABLE parties_kept AS SELECT quote_id, version, parties FROM quote_versions WHERE parties IS NOT NULL;
    END IF;
END $$
"""
TAKE_BACK = """
DO $$ BEGIN
    IF to_regclass('parties_kept') IS NOT NULL THEN
        ALTER TABLE quote_versions DISABLE TRIGGER quote_versions_written_once;
        UPDATE quote_versions AS theirs SET parties = kept.parties FROM parties_kept AS kept
        WHERE theirs.quote_id = kept.quote_id AND theirs.version = kept.version;
        ALTER TABLE quote_versions ENABLE TRIGGER quote_versions_written_once;
        DROP TABLE parties_kept;
    END IF;
END $$
"""
ONE_TAX = "tax_rate IS NULL OR no_tax_reason IS NULL"


def upgrade() -> None:
    for table in ("seller", "customers"):
        op.add_column(table, sa.Column("tax_rate", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("no_tax_reason", sa.Text(), nullable=True))
        op.create_check_constraint(op.f(f"ck_{table}_one_tax"), table, ONE_TAX)
    op.add_column("customers", sa.Column("address", JSON, nullable=False, server_default="[]"))
    op.add_column("customers", sa.Column("tax_id", sa.Text(), nullable=True))
    op.create_table(
        "staff_users",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        *(
            sa.Column(
                name,
                sa.DateTime(timezone=True),
                nullable=False,
                server_default=sa.text("clock_timestamp()"),
            )
            for name in ("created_at", "updated_at")
        ),
        sa.CheckConstraint(
            "address = lower(address) AND address LIKE '%_@_%'", name=op.f("ck_staff_users_address")
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_staff_users_name")),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_staff_users")),
    )
    op.add_column("quotes", sa.Column("contact", sa.Text(), nullable=True))
    op.add_column("quote_versions", sa.Column("parties", JSON, nullable=True))
    op.execute(WORDS.format(words=WITH_REFERENCE))
    op.execute(TAKE_BACK)
    _versions("{seller,customer_name,parties}", ("content", "customer_name", "parties"))


def downgrade() -> None:
    op.execute(KEEP)
    _versions("{seller,customer_name}", ("content", "customer_name"))
    op.execute(WORDS.format(words=OF_LINES))
    op.drop_column("quote_versions", "parties")
    op.drop_column("quotes", "contact")
    op.drop_table("staff_users")
    for column in ("tax_id", "address"):
        op.drop_column("customers", column)
    for table in ("customers", "seller"):
        op.drop_constraint(op.f(f"ck_{table}_one_tax"), table, type_="check")
        op.drop_column(table, "no_tax_reason")
        op.drop_column(table, "tax_rate")


def _versions(told: str, blanked: tuple[str, ...]) -> None:
    op.execute(VERSIONS.replace("{told}", told))
    names = ", ".join(f"'{name}'" for name in blanked)
    op.execute(
        "CREATE OR REPLACE TRIGGER quote_versions_written_once BEFORE UPDATE ON quote_versions "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_change_but_seller({names})"
    )
