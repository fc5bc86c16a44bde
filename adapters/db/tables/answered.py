"""Answers to requests that are no command of a quote, kept by the caller's `Idempotency-Key`."""

import sqlalchemy as sa

from adapters.db.tables.base import JSON, metadata, stamp

# A row is made and answered in the transaction that has the effect, so nobody ever sees one without answer.
answered_requests = sa.Table(
    "answered_requests",
    metadata,
    sa.Column("caller", sa.Text, primary_key=True),
    sa.Column("idempotency_key", sa.Text, primary_key=True),
    sa.Column("body_hash", sa.Text, nullable=False),
    sa.Column("answer_status", sa.SmallInteger),
    sa.Column("answer_headers", JSON),
    sa.Column("answer_body", sa.LargeBinary),
    stamp("created_at"),
    sa.Index("ix_answered_requests_created_at", "created_at"),
)
