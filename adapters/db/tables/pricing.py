"""Rate cards, and the calculations made by them."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from adapters.db.tables.base import ID, INSTANT, JSON, metadata, stamp

# A card without an end holds until the next one begins, so it takes up its first instant alone: two may not
# begin at once, and none may begin within the stated validity of another.
_STATED = (
    "tstzrange(valid_from, coalesce(valid_until, valid_from), "
    "CASE WHEN valid_until IS NULL THEN '[]' ELSE '[)' END)"
)

rate_cards = sa.Table(
    "rate_cards",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("data", JSON, nullable=False),
    sa.Column("valid_from", INSTANT, nullable=False, server_default=sa.text("clock_timestamp()")),
    sa.Column("valid_until", INSTANT),
    stamp("created_at"),
    sa.Index(None, "valid_from"),
    sa.Index(None, "created_at", "id"),
    sa.CheckConstraint("valid_until > valid_from", name="validity"),
    ExcludeConstraint((sa.text(_STATED), "&&"), using="gist", name="ex_rate_cards_validity"),
)

pricing_calculations = sa.Table(
    "pricing_calculations",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("rate_card_id", ID, sa.ForeignKey("rate_cards.id"), nullable=False),
    sa.Column("specification", JSON, nullable=False),
    sa.Column("data", JSON, nullable=False),
    stamp("created_at"),
    sa.Index(None, "rate_card_id"),
)
