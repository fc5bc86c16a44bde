"""Let a rate card state its end, and refuse two cards that overlap.

How it is safe: the new column is empty, and an empty one means what was so far. Of cards that begin at the same
instant only one was ever used (the greatest id); the others are moved a microsecond apart before it, where they
are as unused as they were. Programs before it still run: they store cards without an end.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATED = (
    "tstzrange(valid_from, coalesce(valid_until, valid_from), "
    "CASE WHEN valid_until IS NULL THEN '[]' ELSE '[)' END)"
)
APART = """
DO $$
BEGIN
    WHILE EXISTS (SELECT FROM rate_cards GROUP BY valid_from HAVING count(*) > 1) LOOP
        UPDATE rate_cards SET valid_from = valid_from - interval '1 microsecond'
        WHERE EXISTS (
            SELECT FROM rate_cards other
            WHERE other.valid_from = rate_cards.valid_from AND other.id > rate_cards.id
        );
    END LOOP;
END $$
"""


def upgrade() -> None:
    op.add_column("rate_cards", sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True))
    op.execute(APART)
    op.create_check_constraint(op.f("ck_rate_cards_validity"), "rate_cards", "valid_until > valid_from")
    op.execute(
        f"ALTER TABLE rate_cards ADD CONSTRAINT ex_rate_cards_validity EXCLUDE USING gist (({STATED}) WITH &&)"
    )
    op.create_index(op.f("ix_rate_cards_created_at_id"), "rate_cards", ["created_at", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_rate_cards_created_at_id"), table_name="rate_cards")
    op.execute("ALTER TABLE rate_cards DROP CONSTRAINT ex_rate_cards_validity")
    op.drop_constraint(op.f("ck_rate_cards_validity"), "rate_cards", type_="check")
    op.drop_column("rate_cards", "valid_until")
