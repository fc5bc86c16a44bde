"""Let the owner of the tables blank what names a person in rows that are written once.

How it is safe: it only replaces functions and triggers, for which each table's writers wait a moment. Programs before it
still run. Evidence, which anybody with the right could blank, can now be blanked by `firm-offer forget` alone, as the rest.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

COLUMNS = {
    "acceptances": (
        *("signer_name", "signer_email", "purchase_order_number", "consent_text"),
        *("link_id", "recipient", "ip", "user_agent"),
    ),
    "quote_versions": ("content", "customer_name"),
    "documents": ("content",),
    "proofs": ("content",),
}

# A setting alone would be anybody's to make; the role of API and worker owns nothing.
IS_FORGETTING = """
CREATE FUNCTION is_forgetting(relation oid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('firm_offer.forgetting', true), '') = 'on'
        AND (SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = relation)
$$
"""
REFUSE = """
CREATE FUNCTION refuse_change_but_blanking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND public.is_forgetting(TG_RELID) AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
VERSIONS = """
CREATE OR REPLACE FUNCTION refuse_change_but_seller() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.seller IS NULL AND to_jsonb(NEW) - {told} = to_jsonb(OLD) - {told} {or_forgetting} THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
TOLD = "'{seller,customer_name}'::text[]"
BLANKED = "OR public.is_forgetting(TG_RELID) AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV"


def upgrade() -> None:
    op.execute(IS_FORGETTING)
    op.execute(REFUSE)
    op.execute(VERSIONS.format(told=TOLD, or_forgetting=BLANKED))
    for table in COLUMNS:
        _trigger(
            table, "refuse_change_but_seller" if table == "quote_versions" else "refuse_change_but_blanking"
        )
    op.execute("DROP FUNCTION refuse_change_but_forgetting()")


def downgrade() -> None:
    op.execute(BEFORE)
    op.execute(VERSIONS.format(told=TOLD, or_forgetting=""))
    _trigger("acceptances", "refuse_change_but_forgetting", ())
    _trigger("quote_versions", "refuse_change_but_seller", ())
    for table in ("documents", "proofs"):
        _trigger(table, "refuse_change", ())
    op.execute("DROP FUNCTION refuse_change_but_blanking()")
    op.execute("DROP FUNCTION is_forgetting(oid)")


def _trigger(table: str, function: str, columns: tuple[str, ...] | None = None) -> None:
    names = ", ".join(f"'{name}'" for name in (COLUMNS[table] if columns is None else columns))
    events = "UPDATE" if table == "quote_versions" else "UPDATE OR DELETE"
    op.execute(
        f"CREATE OR REPLACE TRIGGER {table}_written_once BEFORE {events} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}({names})"
    )


BEFORE = """
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
