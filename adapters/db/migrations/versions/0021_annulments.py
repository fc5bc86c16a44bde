"""Acceptances that are annulled by agreement, and the reference under which an order was handed over.

How it is safe: it adds a column that may be empty, and two checks allow more than the old ones; each reads its table once.
Of orders that were handed over before it was taken back, events tell the reference: an order is never without it again.
Programs before it still run. Going down is refused once a quote was annulled: its acceptance is evidence, and nothing
takes it away.
"""

import sqlalchemy as sa
from alembic import op

from adapters.db.migrations import refuse_to_lose

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_KINDS = (
    *("sent", "reminder", "accepted", "rejected", "expired", "extended", "cancelled", "superseded"),
    *("change_requested", "extension_requested", "shared", "undelivered"),
)
_ACCEPTED_ALONE = "(status = 'accepted') = (acceptance IS NOT NULL)"
_OR_ANNULLED = (
    "CASE status WHEN 'accepted' THEN acceptance IS NOT NULL WHEN 'cancelled' THEN true "
    "ELSE acceptance IS NULL END"
)
_FILL = """
UPDATE quotes SET order_reference = (
    SELECT data->>'reference' FROM quote_events WHERE quote_id = quotes.id AND type = 'quote.order_handed_over'
    ORDER BY sequence DESC LIMIT 1
)
WHERE status = 'accepted' AND EXISTS (
    SELECT FROM quote_events WHERE quote_id = quotes.id AND type = 'quote.order_handed_over'
)
"""


def upgrade() -> None:
    op.add_column("quotes", sa.Column("order_reference", sa.Text(), nullable=True))
    op.execute(_FILL)
    _check_quotes(_OR_ANNULLED)
    op.create_check_constraint(
        op.f("ck_quotes_order_reference"), "quotes", "order_reference IS NULL OR status = 'accepted'"
    )
    _check_kinds((*_KINDS, "annulled"))


def downgrade() -> None:
    refuse_to_lose(
        op.get_bind(),
        revision,
        {
            "annulled acceptances": f"quotes WHERE NOT ({_ACCEPTED_ALONE})",
            "emails about annulments": "messages WHERE kind = 'annulled'",
        },
    )
    _check_quotes(_ACCEPTED_ALONE)
    _check_kinds(_KINDS)
    op.drop_column("quotes", "order_reference")


def _check_quotes(rule: str) -> None:
    op.drop_constraint(op.f("ck_quotes_acceptance"), "quotes", type_="check")
    op.create_check_constraint(op.f("ck_quotes_acceptance"), "quotes", rule)


def _check_kinds(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_messages_kind"), "messages", type_="check")
    op.create_check_constraint(op.f("ck_messages_kind"), "messages", f"kind IN ({listed})")
