"""The seller, customers, API keys."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.db.tables.base import ID, INSTANT, JSON, metadata, one_of, stamp
from domain.presentation.branding import ACCENT
from domain.presentation.letterhead import Paper

seller = sa.Table(
    "seller",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False, server_default=sa.text("1")),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("address", JSON, nullable=False),
    sa.Column("tax_id", sa.Text),
    sa.Column("logo", sa.Text),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("terms", sa.Text, nullable=False),
    sa.Column("consent_text", sa.Text, nullable=False),
    sa.Column("paper", sa.Text, nullable=False, server_default="a4"),
    sa.Column("accent", sa.Text, nullable=False, server_default=ACCENT),
    sa.CheckConstraint("id = 1", name="only_one"),
    one_of("paper", Paper),
    sa.CheckConstraint("accent ~ '^#[0-9a-f]{6}$'", name="accent"),
)

customers = sa.Table(
    "customers",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("customer_tier", sa.Text, nullable=False),
    sa.Column("time_zone", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("contacts", JSON, nullable=False),
    stamp("created_at"),
    stamp("updated_at"),
    sa.Column("search", sa.Text, sa.Computed("search_text(name)", persisted=True)),
    one_of("customer_tier", ("standard", "premium", "enterprise")),
    sa.CheckConstraint("name <> ''", name="name"),
    sa.Index(None, "created_at", "id"),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("public_id", sa.Text, primary_key=True),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("scopes", ARRAY(sa.Text), nullable=False),
    stamp("created_at"),
    sa.Column("expires_at", INSTANT),
    sa.Column("revoked_at", INSTANT),
    sa.CheckConstraint("octet_length(secret_hash) = 32", name="secret_hash"),
)
