"""The inbox, and the answers to requests that are no command of a quote."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.db.tables.base import ID, INSTANT, JSON, metadata, one_of, stamp
from domain.quotes.envelope import CREATE
from domain.quotes.status import CommandStatus
from domain.quotes.validity import GRACE

_UNDECIDED = sa.text("outcome IS NULL")

# `received_at` is the one clock's at the request's arrival, and decides: so long before the row was made as `waited` says,
# which is empty where an earlier program stored it. `stored_at` is the wall clock's, for the relay. A quote is named
# before it is recorded, so `quote_id` refers to no row. `base_state_version` and `code` tell a second attempt
# to record a decision from another decision about the same command. `workflow_id` stands in a create's row alone, and
# in none that was stored before there was one: the function `quote_workflow_id` knows every quote's. `priced` is the
# content that a create or a revision was priced as, kept from then until its decision. `traceparent` is the span of the request
# that it came by, where requests are traced.
commands = sa.Table(
    "commands",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("quote_id", ID, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("workflow_id", sa.Text),
    sa.Column("customer_id", ID, sa.ForeignKey("customers.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("payload", JSON, nullable=False),
    sa.Column("priced", JSON),
    sa.Column("expected_state_version", sa.Integer),
    sa.Column("shown_version", sa.Integer),
    sa.Column("schema_version", sa.Integer, nullable=False),
    sa.Column("received_at", INSTANT, nullable=False),
    stamp("stored_at"),
    sa.Column("waited", sa.Interval),
    sa.Column("external_id", sa.Text),
    sa.Column("caller", sa.Text),
    sa.Column("idempotency_key", sa.Text),
    sa.Column("body_hash", sa.Text),
    sa.Column("traceparent", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.Column("decided_at", INSTANT),
    sa.Column("base_state_version", sa.Integer),
    sa.Column("code", sa.Text),
    sa.Column("detail", sa.Text),
    sa.Column("current_status", sa.Text),
    sa.Column("allowed_actions", ARRAY(sa.Text)),
    sa.Column("answer_status", sa.SmallInteger),
    sa.Column("answer_headers", JSON),
    sa.Column("answer_body", sa.LargeBinary),
    sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("last_attempt_at", INSTANT),
    sa.Column("next_attempt_at", INSTANT, nullable=False, server_default=sa.text("clock_timestamp()")),
    one_of("outcome", (CommandStatus.APPLIED, CommandStatus.REFUSED)),
    sa.CheckConstraint(
        f"waited BETWEEN interval '0' AND interval '{GRACE.total_seconds():.0f} seconds'", name="waited"
    ),
    sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided_at"),
    sa.CheckConstraint(
        f"(outcome IS NOT DISTINCT FROM '{CommandStatus.REFUSED}') = (code IS NOT NULL)", name="code"
    ),
    sa.CheckConstraint("(answer_status IS NULL) = (answer_body IS NULL)", name="answer"),
    sa.CheckConstraint(
        "(caller IS NULL) = (idempotency_key IS NULL) AND (caller IS NULL) = (body_hash IS NULL)",
        name="idempotency_key",
    ),
    sa.UniqueConstraint("caller", "idempotency_key"),
    sa.Index("ix_commands_create", "quote_id", unique=True, postgresql_where=sa.text(f"name = '{CREATE}'")),
    sa.Index(
        "ix_commands_external_id",
        "external_id",
        unique=True,
        postgresql_where=sa.text(
            f"external_id IS NOT NULL AND outcome IS DISTINCT FROM '{CommandStatus.REFUSED}'"
        ),
    ),
    sa.Index("ix_commands_undecided", "quote_id", "received_at", postgresql_where=_UNDECIDED),
    sa.Index(None, "quote_id"),
    sa.Index("ix_commands_kept", "stored_at", postgresql_where=sa.text("caller IS NOT NULL")),
    sa.Index("ix_commands_due", "next_attempt_at", postgresql_where=_UNDECIDED),
)


# By the caller's `Idempotency-Key`. A row is made and answered in the transaction that has the effect, so nobody ever sees one without answer.
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
