"""Let rate cards be in force side by side, by name, and customers name theirs.

How it is safe: every card of before gets the default name, so that one is valid at a time as it was; customers name none and
go on by it. The constraint is made anew and reads the few cards once. Programs before it still run, as long as there are
cards of the default name alone: they would take the one that began last, whatever its name. Going down is refused once
there are others.
"""

import sqlalchemy as sa
from alembic import op

from adapters.db.migrations import refuse_to_lose

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_STATED = (
    "tstzrange(valid_from, coalesce(valid_until, valid_from), "
    "CASE WHEN valid_until IS NULL THEN '[]' ELSE '[)' END)"
)
_OF_NAME = "int8range(hashtextextended(name, 0), hashtextextended(name, 0), '[]')"


def upgrade() -> None:
    op.add_column("rate_cards", sa.Column("name", sa.Text(), nullable=False, server_default="default"))
    op.add_column("customers", sa.Column("rate_card", sa.Text(), nullable=True))
    _exclude(f"{_OF_NAME} WITH &&, {_STATED} WITH &&")


def downgrade() -> None:
    refuse_to_lose(
        op.get_bind(),
        revision,
        {
            "rate cards of other names": "rate_cards WHERE name <> 'default'",
            "customers with a card of their own": "customers WHERE rate_card <> 'default'",
        },
    )
    _exclude(f"{_STATED} WITH &&")
    op.drop_column("customers", "rate_card")
    op.drop_column("rate_cards", "name")


def _exclude(rule: str) -> None:
    op.execute("ALTER TABLE rate_cards DROP CONSTRAINT ex_rate_cards_validity")
    op.execute(f"ALTER TABLE rate_cards ADD CONSTRAINT ex_rate_cards_validity EXCLUDE USING gist ({rule})")
