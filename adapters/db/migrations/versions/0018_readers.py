"""Links by which one may only read, and the mail that tells the shop that a colleague was shown a quote.

How it is safe: the new column has a constant default, which is quick; the new check of `messages.kind` allows more than the
old one and reads the table once. Programs before it still run: their links may be answered by. Going down is refused while
there are such mails, or such links that are open.
"""

import sqlalchemy as sa
from alembic import op

from adapters.db.migrations import refuse_to_lose

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KINDS = (
    *("sent", "reminder", "accepted", "rejected", "expired", "extended", "cancelled"),
    *("superseded", "change_requested", "extension_requested"),
)


def upgrade() -> None:
    op.add_column(
        "customer_links", sa.Column("may_accept", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    _check_kinds((*KINDS, "shared"))


def downgrade() -> None:
    refuse_to_lose(
        op.get_bind(),
        revision,
        {
            "emails about colleagues who were shown a quote": "messages WHERE kind = 'shared'",
            # A program from before would let them answer, and of an end that nobody gave them no event would tell.
            "open links to read alone": "customer_links WHERE NOT may_accept AND revoked_at IS NULL",
        },
    )
    _check_kinds(KINDS)
    op.drop_column("customer_links", "may_accept")


def _check_kinds(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_messages_kind"), "messages", type_="check")
    op.create_check_constraint(op.f("ck_messages_kind"), "messages", f"kind IN ({listed})")
