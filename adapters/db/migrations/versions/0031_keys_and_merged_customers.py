"""Two live secrets of a key and when each was last used, and customers that were merged into others.

How it is safe: `api_keys` holds a few rows and gets columns that are empty until a key is used or rotated. `customers` gets a
column that is empty until one is merged, with an index of those that are alone. Programs before it still run; to them a key
has its newest secret alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("last_used_at", INSTANT))
    op.add_column("api_keys", sa.Column("rotated_at", INSTANT))
    op.add_column("api_keys", sa.Column("old_secret_hash", sa.LargeBinary))
    op.add_column("api_keys", sa.Column("old_until", INSTANT))
    op.add_column("api_keys", sa.Column("old_used_at", INSTANT))
    op.create_check_constraint(
        op.f("ck_api_keys_old_secret"),
        "api_keys",
        "(old_secret_hash IS NULL) = (old_until IS NULL) AND octet_length(old_secret_hash) = 32",
    )
    op.add_column("customers", sa.Column("merged_into", ID))
    op.create_foreign_key(
        "fk_customers_merged_into_customers", "customers", "customers", ["merged_into"], ["id"]
    )
    op.create_check_constraint(op.f("ck_customers_merged_into"), "customers", "merged_into <> id")
    op.create_index(
        "ix_customers_merged_into",
        "customers",
        ["merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )


def downgrade() -> None:
    """Customers that were merged stand in lists again, with the facts of those that stayed."""
    op.drop_index("ix_customers_merged_into", "customers")
    op.drop_constraint(op.f("ck_customers_merged_into"), "customers", type_="check")
    op.drop_constraint("fk_customers_merged_into_customers", "customers", type_="foreignkey")
    op.drop_column("customers", "merged_into")
    op.drop_constraint(op.f("ck_api_keys_old_secret"), "api_keys", type_="check")
    for name in ("old_used_at", "old_until", "old_secret_hash", "rotated_at", "last_used_at"):
        op.drop_column("api_keys", name)
