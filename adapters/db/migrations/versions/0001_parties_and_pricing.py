"""The seller, customers and API keys; rate cards and the calculations made by them.

How it is safe: it only makes new tables. Going down drops them with all their data.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("octet_length(secret_hash) = 32", name=op.f("ck_api_keys_secret_hash")),
        sa.PrimaryKeyConstraint("public_id", name=op.f("pk_api_keys")),
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("customer_tier", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("contacts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "customer_tier IN ('standard', 'premium', 'enterprise')", name=op.f("ck_customers_customer_tier")
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_customers_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
    )
    op.create_index(op.f("ix_customers_created_at_id"), "customers", ["created_at", "id"], unique=False)
    op.create_table(
        "rate_cards",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("data", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column(
            "valid_from",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_cards")),
    )
    op.create_index(op.f("ix_rate_cards_valid_from"), "rate_cards", ["valid_from"], unique=False)
    op.create_table(
        "seller",
        sa.Column("id", sa.SmallInteger(), server_default=sa.text("1"), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("address", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("tax_id", sa.Text(), nullable=True),
        sa.Column("logo", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("consent_text", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_seller_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seller")),
    )
    op.create_table(
        "pricing_calculations",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rate_card_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column(
            "specification", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False
        ),
        sa.Column("data", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["rate_card_id"], ["rate_cards.id"], name=op.f("fk_pricing_calculations_rate_card_id_rate_cards")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pricing_calculations")),
    )
    op.create_index(
        op.f("ix_pricing_calculations_rate_card_id"), "pricing_calculations", ["rate_card_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_pricing_calculations_rate_card_id"), table_name="pricing_calculations")
    op.drop_table("pricing_calculations")
    op.drop_table("seller")
    op.drop_index(op.f("ix_rate_cards_valid_from"), table_name="rate_cards")
    op.drop_table("rate_cards")
    op.drop_index(op.f("ix_customers_created_at_id"), table_name="customers")
    op.drop_table("customers")
    op.drop_table("api_keys")
