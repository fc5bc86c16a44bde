"""Let a rate card say which tiers there are, and in which order.

How it is safe: a check of customers goes, so that more is allowed than before, and cards are kept as text instead of
`jsonb`, which forgets the order of names; they are few, and their table is written anew in a moment. Cards of before get
the order in which their tiers have always been shown. Programs before it still run: they store and read the same cards.
Going down is refused once a customer or a card has a tier that those programs do not know.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.db.migrations import refuse_to_lose

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_CUSTOMERS = ("standard", "premium", "enterprise")
_TIERS = ("expedited", "standard", "economy", "domestic_economy")
_IN_ORDER = """
CREATE FUNCTION pg_temp.in_order(given jsonb, known text[]) RETURNS json LANGUAGE sql AS $$
    SELECT json_object_agg(key, value ORDER BY array_position(known, key), key) FROM jsonb_each(given)
$$
"""
_CARD_IN_ORDER = f"""
CREATE FUNCTION pg_temp.card_in_order(card jsonb) RETURNS json LANGUAGE sql AS $$
    SELECT coalesce(
        json_object_agg(
            key,
            CASE key
                WHEN 'tiers' THEN pg_temp.in_order(value, '{{{",".join(_TIERS)}}}')
                WHEN 'customer_discounts' THEN json_build_object(
                    'by_tier', pg_temp.in_order(value->'by_tier', '{{{",".join(_CUSTOMERS)}}}'),
                    'by_quantity', value->'by_quantity'
                )
                ELSE value::json
            END
        ),
        '{{}}'
    )
    FROM jsonb_each(card)
$$
"""  # noqa: S608 - literals


def upgrade() -> None:
    op.execute(_IN_ORDER)
    op.execute(_CARD_IN_ORDER)
    op.alter_column(
        "rate_cards", "data", type_=postgresql.JSON(), postgresql_using="pg_temp.card_in_order(data)"
    )
    op.drop_constraint(op.f("ck_customers_customer_tier"), "customers", type_="check")


def downgrade() -> None:
    tiers, kinds = (_listed(names) for names in (_TIERS, _CUSTOMERS))
    keys = "json_object_keys(data->{}) AS tier WHERE tier NOT IN ({})"
    refuse_to_lose(
        op.get_bind(),
        revision,
        {
            "customers of other tiers": f"customers WHERE customer_tier NOT IN ({kinds})",
            "rate cards with other tiers": "rate_cards, " + keys.format("'tiers'", tiers),
            "rate cards with other tiers of customers": "rate_cards, "
            + keys.format("'customer_discounts'->'by_tier'", kinds),
            "rate cards with labels": """rate_cards WHERE data::text ~ '"labels?" *:'""",
        },
    )
    op.create_check_constraint(
        op.f("ck_customers_customer_tier"), "customers", sa.text(f"customer_tier IN ({kinds})")
    )
    op.alter_column("rate_cards", "data", type_=postgresql.JSONB(), postgresql_using="data::jsonb")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)
