"""Finding quotes by what people type: beginnings of numbers and references, any part of a customer's name."""

from typing import Any

import sqlalchemy as sa

from adapters.db.tables import customers, quotes


def matching(text: str, source: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a row of `source` (quotes, joined with customers) matches. Wildcards are plain characters."""
    return sa.or_(
        source.c.number.startswith(text.upper(), autoescape=True),
        source.c.external_id.startswith(text, autoescape=True),
        customers.c.name.icontains(text, autoescape=True),
    )


def matching_ids(text: str) -> sa.CompoundSelect[Any]:
    """Ids of all quotes that match, good for a rare text: a union, so that each part has an index of its own."""
    other = quotes.alias("other")
    by_name = sa.select(customers.c.id).where(customers.c.name.icontains(text, autoescape=True))
    return sa.union_all(
        sa.select(other.c.id).where(other.c.number.startswith(text.upper(), autoescape=True)),
        sa.select(other.c.id).where(other.c.external_id.startswith(text, autoescape=True)),
        sa.select(other.c.id).where(other.c.customer_id.in_(by_name)),
    )
