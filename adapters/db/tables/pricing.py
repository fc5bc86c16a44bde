"""Rate cards, and the calculations made by them."""

import sqlalchemy as sa

from adapters.db.tables.base import ID, INSTANT, JSON, metadata, stamp

rate_cards = sa.Table(
    "rate_cards",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("data", JSON, nullable=False),
    sa.Column("valid_from", INSTANT, nullable=False, server_default=sa.text("clock_timestamp()")),
    stamp("created_at"),
    sa.Index(None, "valid_from"),
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
