"""Words by which quotes are found, and external ids that a discarded draft gives back.

How it is safe: it adds a table of what stands in other ones already, filled by triggers and here for what is there; a
column that follows from the customer's name; and functions. Programs before it still run: the triggers work for them.
100,000 quotes take a minute or so, in which none can be stored. Going down takes the external id from discarded drafts,
which may share it by then with a quote that lives; what was asked for stays in the inbox.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Decomposed, without the marks that accents are then, in small letters, words alone with one space between. Only what
# PostgreSQL has without an extension. Marks go first, so that a letter typed in one or two parts is the same.
SEARCH_TEXT = r"""
CREATE FUNCTION search_text(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(
        replace(translate(
            lower(regexp_replace(normalize(value, NFKD), '[\u0300-\u036f]', '', 'g')),
            'øØłŁđĐıæÆ', 'oollddiaa'
        ), 'ß', 'ss'),
        '[^a-z0-9\u00aa-\U0010ffff]+|[\u2000-\u206f\u3000-\u303f]+', ' ', 'g'
    ))
$$
"""
# Without PostgreSQL's parser, whose words depend on the database's locale. No text may make a quote that cannot be
# stored: it is cut where a tsvector would be too large, and a word where it could be no lexeme.
SEARCH_WORDS = """
CREATE FUNCTION search_words(value text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(string_agg(quote_literal(left(word, 100)) || ':' || least(place, 16383), ' '), '')::tsvector
    FROM unnest(string_to_array(left(public.search_text(value), 100000), ' ')) WITH ORDINALITY AS words (word, place)
    WHERE word <> ''
$$
"""
SEARCH_QUERY = """
CREATE FUNCTION search_query(value text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (string_agg(quote_literal(left(word, 100)), ' <-> ' ORDER BY place) || ':*')::tsquery
    FROM unnest(string_to_array(public.search_text(value), ' ')) WITH ORDINALITY AS words (word, place)
    WHERE word <> ''
$$
"""
LINES = """
CREATE FUNCTION words_of_lines(content jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT string_agg(concat_ws(' ', line->>'part_number', line->>'part_revision', line->>'description'), ' ')
    FROM jsonb_array_elements(content->'lines') AS lines (line)
$$
"""
ADD = """
CREATE FUNCTION add_search_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found text := CASE TG_TABLE_NAME
        WHEN 'quote_versions' THEN public.words_of_lines(to_jsonb(NEW)->'content')
        ELSE to_jsonb(NEW)->>'purchase_order_number'
    END;
BEGIN
    IF found IS NOT NULL THEN
        INSERT INTO public.quote_search AS known (quote_id, words) VALUES (NEW.quote_id, public.search_words(found))
        ON CONFLICT (quote_id) DO UPDATE SET words = known.words || excluded.words;
    END IF;
    RETURN NULL;
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN NULL; -- more words than a tsvector holds: those before are found
END $$
"""
# Some at a time: no statement of the programs may take longer than 10 seconds.
FILL = """
WITH filled AS (INSERT INTO quote_search (quote_id, words)
SELECT quotes.id, search_words(concat_ws(
    ' ',
    (SELECT string_agg(words_of_lines(content), ' ') FROM quote_versions WHERE quote_id = quotes.id),
    (SELECT purchase_order_number FROM acceptances WHERE quote_id = quotes.id)
)) FROM quotes WHERE id > :after ORDER BY id LIMIT 2000 RETURNING quote_id)
SELECT max(CAST(quote_id AS text)) FROM filled
"""
DISCARDED = "status = 'cancelled' AND last_sent_version IS NULL"
FREE = f"""
UPDATE commands SET external_id = NULL
WHERE name = 'create' AND external_id IS NOT NULL AND quote_id IN (SELECT id FROM quotes WHERE {DISCARDED})
"""  # noqa: S608 - a literal


def upgrade() -> None:
    for function in (SEARCH_TEXT, SEARCH_WORDS, SEARCH_QUERY, LINES, ADD):
        op.execute(function)
    op.add_column(
        "customers",
        sa.Column("search", sa.Text(), sa.Computed("search_text(name)", persisted=True), nullable=True),
    )
    op.create_table(
        "quote_search",
        sa.Column("quote_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("words", sa.dialects.postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(["quote_id"], ["quotes.id"], name=op.f("fk_quote_search_quote_id_quotes")),
        sa.PrimaryKeyConstraint("quote_id", name=op.f("pk_quote_search")),
    )
    op.execute("LOCK TABLE quote_versions, acceptances IN SHARE MODE")
    after = "00000000-0000-0000-0000-000000000000"
    while after:
        after = op.get_bind().scalar(
            sa.text(FILL).bindparams(sa.bindparam("after", after, type_=sa.Uuid(as_uuid=False)))
        )
    op.create_index("ix_quote_search_words", "quote_search", ["words"], postgresql_using="gin")
    for table in ("quote_versions", "acceptances"):
        op.execute(
            f"CREATE TRIGGER {table}_searched AFTER INSERT ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION add_search_words()"
        )
    op.drop_constraint("uq_quotes_external_id", "quotes", type_="unique")
    op.create_index(
        "uq_quotes_external_id",
        "quotes",
        ["external_id"],
        unique=True,
        postgresql_where=sa.text(f"NOT ({DISCARDED})"),
    )
    op.execute(FREE)


def downgrade() -> None:
    op.execute(f"UPDATE quotes SET external_id = NULL WHERE {DISCARDED}")  # noqa: S608 - a literal
    op.drop_index("uq_quotes_external_id", table_name="quotes")
    op.create_unique_constraint("uq_quotes_external_id", "quotes", ["external_id"])
    for table in ("acceptances", "quote_versions"):
        op.execute(f"DROP TRIGGER {table}_searched ON {table}")
    op.drop_table("quote_search")
    op.drop_column("customers", "search")
    for function in (
        "add_search_words()",
        "words_of_lines(jsonb)",
        "search_query(text)",
        "search_words(text)",
        "search_text(text)",
    ):
        op.execute(f"DROP FUNCTION {function}")
