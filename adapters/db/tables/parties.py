"""The seller and its people, customers, API keys."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.db.tables.base import HASH, ID, INSTANT, JSON, metadata, one_of, stamp
from domain.people.roles import Role
from domain.presentation.branding import ACCENT
from domain.presentation.letterhead import Paper

ONE_TAX = "tax_rate IS NULL OR no_tax_reason IS NULL"

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
    sa.Column("tax_rate", sa.Text),
    sa.Column("no_tax_reason", sa.Text),
    sa.CheckConstraint("id = 1", name="only_one"),
    sa.CheckConstraint(ONE_TAX, name="one_tax"),
    one_of("paper", Paper),
    sa.CheckConstraint("accent ~ '^#[0-9a-f]{6}$'", name="accent"),
)

# One that was merged has the facts of the one that it was `merged_into`, which itself is merged into none: what is joined by
# either id says the same.
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
    sa.Column("address", JSON, nullable=False, server_default="[]"),
    sa.Column("tax_id", sa.Text),
    sa.Column("tax_rate", sa.Text),
    sa.Column("no_tax_reason", sa.Text),
    sa.Column("rate_card", sa.Text),
    stamp("created_at"),
    stamp("updated_at"),
    sa.Column("search", sa.Text, sa.Computed("search_text(name)", persisted=True)),
    sa.Column("merged_into", ID, sa.ForeignKey("customers.id")),
    sa.CheckConstraint("name <> ''", name="name"),
    sa.CheckConstraint(ONE_TAX, name="one_tax"),
    sa.CheckConstraint("merged_into <> id", name="merged_into"),
    sa.Index(None, "created_at", "id"),
    sa.Index(None, "merged_into", postgresql_where=sa.text("merged_into IS NOT NULL")),
)

# The shop's people, by their addresses in small letters: a quote's owner is one of them. Who has a role may sign in.
staff_users = sa.Table(
    "staff_users",
    metadata,
    sa.Column("address", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("phone", sa.Text),
    stamp("created_at"),
    stamp("updated_at"),
    sa.Column("id", ID, nullable=False, unique=True, server_default=sa.text("gen_random_uuid()")),
    sa.Column("role", sa.Text),
    one_of("role", Role),
    sa.CheckConstraint("address = lower(address) AND address LIKE '%_@_%'", name="address"),
    sa.CheckConstraint("name <> ''", name="name"),
)


def _of_user() -> sa.Column[object]:
    """Goes with the person."""
    return sa.Column("user_id", ID, sa.ForeignKey("staff_users.id", ondelete="CASCADE"), nullable=False)


# Links that sign in, by the digest of their token. `browser_hash` is that of a cookie of the browser that asked; of a
# link that the local run prints, of the first browser that opens it.
staff_sign_ins = sa.Table(
    "staff_sign_ins",
    metadata,
    sa.Column("token_hash", HASH, primary_key=True),
    _of_user(),
    sa.Column("browser_hash", HASH),
    sa.Column("leads_to", sa.Text, nullable=False),
    stamp("created_at"),
    sa.Column("expires_at", INSTANT, nullable=False),
    sa.Column("used_at", INSTANT),
    sa.Index(None, "user_id", "created_at"),
    sa.Index(None, "created_at"),
)

# Kept after their end, so that what is typed in one that has ended is not lost. `browser` says in words which it was.
staff_sessions = sa.Table(
    "staff_sessions",
    metadata,
    sa.Column("token_hash", HASH, primary_key=True),
    sa.Column("id", ID, nullable=False, unique=True),
    _of_user(),
    sa.Column("browser", sa.Text, nullable=False, server_default=sa.text("''")),
    stamp("created_at"),
    stamp("seen_at"),
    sa.Column("ended_at", INSTANT),
    sa.Index(None, "user_id"),
)

# A form that was posted when its session had ended, until its user has signed in again.
staff_forms = sa.Table(
    "staff_forms",
    metadata,
    sa.Column("id", ID, primary_key=True),
    _of_user(),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("fields", JSON, nullable=False),
    stamp("created_at"),
    sa.Index(None, "user_id", "created_at"),
)

# `last_used_at` and `old_used_at` are of the newest secret and of the one before it, which works until `old_until`.
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
    sa.Column("last_used_at", INSTANT),
    sa.Column("rotated_at", INSTANT),
    sa.Column("old_secret_hash", sa.LargeBinary),
    sa.Column("old_until", INSTANT),
    sa.Column("old_used_at", INSTANT),
    sa.CheckConstraint("octet_length(secret_hash) = 32", name="secret_hash"),
    sa.CheckConstraint(
        "(old_secret_hash IS NULL) = (old_until IS NULL) AND octet_length(old_secret_hash) = 32",
        name="old_secret",
    ),
)
