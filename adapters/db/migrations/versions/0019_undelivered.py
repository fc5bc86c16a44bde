"""When a mail failed and what was refused for good, mails that are skipped, and the news of it to the quote's owner.

How it is safe: it adds columns that may be empty, and checks that allow more than the old ones, which read the table
once. When the mails failed that have failed already is taken from their events. Programs before it still run: what fails
by them has neither, and counts as given up when it was written. Going down is refused while there are such mails, or
skipped ones.
"""

import sqlalchemy as sa
from alembic import op

from adapters.db.migrations import refuse_to_lose

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KINDS = (
    *("sent", "reminder", "accepted", "rejected", "expired", "extended", "cancelled"),
    *("superseded", "change_requested", "extension_requested", "shared"),
)
STATES = ("pending", "sending", "sent", "failed")

# An address was refused where the server said so by an enhanced status code (RFC 3463, 5.1.x): older rows know no more.
FILL = r"""
UPDATE messages SET failed_at = event.at, refused = CASE WHEN last_error ~ '^5\d\d.5\.1\.' THEN 'address' END
FROM quote_events AS event
WHERE messages.status = 'failed' AND event.quote_id = messages.quote_id
    AND event.cause = 'message:' || messages.id AND event.type = 'quote.message_failed'
"""


def upgrade() -> None:
    op.add_column("messages", sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("messages", sa.Column("refused", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_messages_refused"), "messages", "refused IN ('address', 'email')")
    op.execute(FILL)
    _check("kind", (*KINDS, "undelivered"))
    _check("status", (*STATES, "skipped"))
    op.create_index(
        "ix_messages_unsent",
        "messages",
        ["quote_id"],
        postgresql_where=sa.text("status IN ('pending', 'sending', 'failed')"),
    )


def downgrade() -> None:
    refuse_to_lose(
        op.get_bind(),
        revision,
        {
            "emails about undelivered ones": "messages WHERE kind = 'undelivered'",
            "skipped emails": "messages WHERE status = 'skipped'",
        },
    )
    op.drop_index("ix_messages_unsent", table_name="messages")
    _check("status", STATES)
    _check("kind", KINDS)
    op.drop_column("messages", "refused")
    op.drop_column("messages", "failed_at")


def _check(column: str, values: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{value}'" for value in values)
    op.drop_constraint(op.f(f"ck_messages_{column}"), "messages", type_="check")
    op.create_check_constraint(op.f(f"ck_messages_{column}"), "messages", f"{column} IN ({listed})")
