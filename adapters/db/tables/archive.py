"""Documents as they were made and sent."""

import sqlalchemy as sa

from adapters.db.tables.base import HASH, ID, metadata, one_of, stamp
from domain.presentation.document import DocumentKind

# Written once; triggers refuse every change.
documents = sa.Table(
    "documents",
    metadata,
    sa.Column("quote_id", ID, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("sha256", HASH, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    stamp("created_at"),
    sa.ForeignKeyConstraint(["quote_id", "version"], ["quote_versions.quote_id", "quote_versions.version"]),
    sa.CheckConstraint("length(sha256) = 64", name="sha256"),
    one_of("kind", DocumentKind),
)

# What the shop was given as proof of a yes that did not come online: a purchase order, a mail, a note.
proofs = sa.Table(
    "proofs",
    metadata,
    sa.Column("sha256", HASH, primary_key=True),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("stored_by", sa.Text, nullable=False),
    stamp("created_at"),
    sa.CheckConstraint("length(sha256) = 64", name="sha256"),
)
