"""Let lists of quotes be filtered, searched and ordered in more ways, and the figures of a shop's standing be read by index.

How it is safe: `quotes` gets two columns that follow from others, for which PostgreSQL writes the table once more: 100,000 quotes
take some seconds, in which nothing is read or stored. Recipients and external ids come into the words of the search, by triggers
and here for what is there, which takes a minute or so. The rest are indexes. Programs before it still run: they name the columns
that they write, and the triggers work for them.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

PRICE = "coalesce(acceptance ->> '{0}', versions -> (current_version - 1) ->> '{0}')"
WISHES = "type IN ('quote.change_requested', 'quote.extension_requested')"

# What a quote is found by, put together anew.
WORDS_OF_QUOTE = """
CREATE FUNCTION words_of_quote(quote uuid) RETURNS tsvector LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT public.search_words(concat_ws(
        ' ',
        (SELECT string_agg(public.words_of_lines(content), ' ') FROM public.quote_versions WHERE quote_id = quote),
        (SELECT purchase_order_number FROM public.acceptances WHERE quote_id = quote),
        (SELECT external_id FROM public.quotes WHERE id = quote),
        (SELECT string_agg(DISTINCT recipient, ' ') FROM public.customer_links WHERE quote_id = quote)
    ))
$$
"""
BEFORE = """
CREATE OR REPLACE FUNCTION add_search_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    quote uuid := NEW.quote_id;
    found text := CASE TG_TABLE_NAME
        WHEN 'quote_versions' THEN public.words_of_lines(to_jsonb(NEW)->'content')
        ELSE to_jsonb(NEW)->>'purchase_order_number'
    END;
"""
# An address that is written to again adds nothing.
SINCE = """
CREATE OR REPLACE FUNCTION add_search_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given jsonb := to_jsonb(NEW);
    quote uuid := coalesce(given->>'quote_id', given->>'id');
    found text := CASE TG_TABLE_NAME
        WHEN 'quote_versions' THEN public.words_of_lines(given->'content')
        WHEN 'acceptances' THEN given->>'purchase_order_number'
        WHEN 'quotes' THEN given->>'external_id'
        ELSE (
            SELECT given->>'recipient' WHERE NOT EXISTS (
                SELECT FROM public.customer_links
                WHERE quote_id = quote AND recipient = given->>'recipient' AND id <> (given->>'id')::uuid
            )
        )
    END;
"""
BODY = """
BEGIN
    IF found IS NOT NULL THEN
        INSERT INTO public.quote_search AS known (quote_id, words) VALUES (quote, public.search_words(found))
        ON CONFLICT (quote_id) DO UPDATE SET words = known.words || excluded.words;
    END IF;
    RETURN NULL;
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN NULL; -- more words than a tsvector holds: those before are found
END $$
"""
# Some at a time, as in 0015.
FILL = """
WITH page AS (SELECT id FROM quotes WHERE id > :after ORDER BY id LIMIT 2000),
filled AS (
    INSERT INTO quote_search (quote_id, words) SELECT id, words_of_quote(id) FROM page
    ON CONFLICT (quote_id) DO UPDATE SET words = excluded.words
)
SELECT max(CAST(id AS text)) FROM page
"""
REFILL = FILL.replace(
    "words_of_quote(id)",
    """search_words(concat_ws(
        ' ',
        (SELECT string_agg(words_of_lines(content), ' ') FROM quote_versions WHERE quote_id = page.id),
        (SELECT purchase_order_number FROM acceptances WHERE quote_id = page.id)
    ))""",
)
INDEXES: Sequence[tuple[str, Sequence[str | sa.TextClause], dict[str, Any]]] = (
    ("ix_quotes_status_updated_at_id", ["status", "updated_at", "id"], {}),
    ("ix_quotes_status_valid_until_id", ["status", "valid_until", "id"], {}),
    (
        "ix_quotes_status_currency_total_id",
        ["status", "currency", "total", "id"],
        {"postgresql_include": ["owner"]},
    ),
    (
        "ix_quotes_decided_at",
        ["decided_at"],
        {"postgresql_include": ["status", "sent_at", "owner", "currency", "total"]},
    ),
    ("ix_quotes_owner", [sa.text("lower(owner)"), "created_at", "id"], {}),
    (
        "ix_quotes_in_revision",
        ["updated_at"],
        {"postgresql_where": sa.text("working_version IS NOT NULL")},
    ),
)


def _all(statement: str) -> None:
    after = "00000000-0000-0000-0000-000000000000"
    while after:
        bound = sa.text(statement).bindparams(sa.bindparam("after", after, type_=sa.Uuid(as_uuid=False)))
        after = op.get_bind().scalar(bound)


def upgrade() -> None:
    op.add_column(
        "quotes",
        sa.Column(
            "total",
            sa.Numeric(20, 4),
            sa.Computed(f"{PRICE.format('total')}::numeric", persisted=True),
            nullable=True,
        ),
    )
    op.add_column(
        "quotes",
        sa.Column(
            "currency", sa.Text(), sa.Computed(PRICE.format("currency"), persisted=True), nullable=True
        ),
    )
    for name, columns, more in INDEXES:
        op.create_index(name, "quotes", columns, **more)
    op.create_index("ix_quote_events_requests", "quote_events", ["at"], postgresql_where=sa.text(WISHES))
    op.execute(WORDS_OF_QUOTE)
    op.execute("LOCK TABLE quotes, quote_versions, acceptances, customer_links IN SHARE MODE")
    _all(FILL)
    op.execute(SINCE + BODY)
    for table in ("quotes", "customer_links"):
        op.execute(
            f"CREATE TRIGGER {table}_searched AFTER INSERT ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION add_search_words()"
        )


def downgrade() -> None:
    for table in ("customer_links", "quotes"):
        op.execute(f"DROP TRIGGER {table}_searched ON {table}")
    op.execute(BEFORE + BODY)
    op.execute("DROP FUNCTION words_of_quote(uuid)")
    _all(REFILL)
    op.drop_index("ix_quote_events_requests", "quote_events")
    for name, _, _ in INDEXES:
        op.drop_index(name, "quotes")
    op.drop_column("quotes", "currency")
    op.drop_column("quotes", "total")
