"""The one function by which events enter the record, whoever writes them, and what is written beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from adapters.db import tables as t
from adapters.db.database import Writing
from adapters.db.json_rows import columns, document, insert_of, rows_of
from adapters.db.record.rows import text_of
from domain.proof.counterparties import Parties
from domain.proof.verify import chain_hash
from domain.quotes.envelope import CREATE
from domain.quotes.events import Event

NewRows = Sequence[dict[str, Any]]

CHANNEL: Final = "command_outcome"
"""Where PostgreSQL tells of a decided command, by its id, when the decision is committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainTip:
    """The end of a quote's chain of events (0 and "" before the first), read under the quote's row lock.

    `now` is the one clock's time, for events that have none of their own.
    """

    quote_id: str
    sequence: int
    hash: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChanges:
    """What is written in the same statement as the events: rows by their tables' columns.

    `snapshot` is the quote's row without the chain's end. `sent_version` gets the parties.
    """

    snapshot: Mapping[str, Any] | None = None
    versions: NewRows = ()
    sent_version: int | None = None
    parties: Parties | None = None
    links: NewRows = ()
    messages: NewRows = ()
    acceptances: NewRows = ()
    outcomes: NewRows = ()
    frees_external_id: bool = False


async def append_events(
    w: Writing, head: ChainTip, events: Sequence[Event], *, cause: str, changes: RecordChanges | None = None
) -> None:
    """Write events behind `head`, and `changes` with them, in one statement.

    The caller holds the quote's row lock (for a create, its inbox row's). Raises asyncpg's
    UniqueViolationError when an event of the same type is recorded for `cause` already.
    """
    changes = changes or RecordChanges()
    rows = _chained(head, events, cause)
    end = rows[-1] if rows else {"sequence": head.sequence, "hash": head.hash}
    tip = {"last_sequence": end["sequence"], "last_hash": end["hash"]}
    snapshot = changes.snapshot
    await w.run(
        _APPEND,
        {
            "quote_id": head.quote_id,
            **tip,
            "snapshot": document([{**snapshot, **tip}] if snapshot else []),
            "moved": bool(rows) and snapshot is None,
            "events": document(rows),
            "versions": document(changes.versions),
            "sent_version": changes.sent_version,
            "parties": document([asdict(changes.parties)] if changes.parties else []),
            "links": document(changes.links),
            "messages": document(changes.messages),
            "acceptances": document(changes.acceptances),
            "outcomes": document(changes.outcomes),
            "frees": changes.frees_external_id,
            "channel": CHANNEL,
        },
    )


def _chained(head: ChainTip, events: Sequence[Event], cause: str) -> list[dict[str, Any]]:
    """Rows of `quote_events`, each bound by its hash to the one before."""
    rows: list[dict[str, Any]] = []
    previous = head.hash
    for sequence, event in enumerate(events, start=head.sequence + 1):
        timed = event if event.at else replace(event, at=head.now)
        hash_ = chain_hash(quote_id=head.quote_id, sequence=sequence, event=timed, previous_hash=previous)
        rows.append(
            {
                "quote_id": head.quote_id,
                "sequence": sequence,
                "type": str(timed.type),
                "at": text_of(timed.at),
                "actor": timed.actor,
                "data": dict(timed.data),
                "previous_hash": previous,
                "hash": hash_,
                "cause": cause,
            }
        )
        previous = hash_
    return rows


_QUOTE = columns(t.quotes, without=["salt"])
_GIVEN_ONCE = {"id", "number", "customer_id", "owner", "external_id", "created_at"}
_STATE = ", ".join(f"{name} = excluded.{name}" for name in _QUOTE if name not in _GIVEN_ONCE)
_LINK = columns(t.customer_links, without=["viewed_at", "revoked_at"])
_MESSAGE = columns(
    t.messages, without=["status", "attempts", "last_error", "sent_at", "failed_at", "refused"]
)
_OUTCOME = [
    "outcome",
    "decided_at",
    "base_state_version",
    "code",
    "detail",
    "current_status",
    "allowed_actions",
]

# One statement for whatever a decision writes: one round trip, one plan, and no order of inserts to keep,
# because foreign keys are checked at its end. An empty document writes nothing.
_APPEND = sa.text(f"""
WITH
snapshot AS (
    {insert_of(t.quotes, _QUOTE, "snapshot")}
    ON CONFLICT (id) DO UPDATE SET {_STATE}
),
moved AS (
    UPDATE quotes SET last_sequence = :last_sequence, last_hash = :last_hash
    WHERE id = CAST(:quote_id AS uuid) AND CAST(:moved AS boolean)
),
version AS ({insert_of(t.quote_versions, columns(t.quote_versions, without=["seller", "customer_name", "parties"]), "versions")}),
offered AS (
    UPDATE quote_versions SET seller = told.seller, customer_name = told.customer_name, parties = told.others
    FROM jsonb_to_recordset(CAST(:parties AS jsonb)) AS told (seller jsonb, customer_name text, others jsonb)
    WHERE quote_id = CAST(:quote_id AS uuid) AND version = :sent_version AND quote_versions.seller IS NULL
),
event AS ({insert_of(t.quote_events, columns(t.quote_events, without=["recorded_at", "feed_epoch", "feed_transaction"]), "events")}),
link AS ({insert_of(t.customer_links, _LINK, "links")} ON CONFLICT DO NOTHING),
message AS ({insert_of(t.messages, _MESSAGE, "messages")} ON CONFLICT DO NOTHING),
acceptance AS ({insert_of(t.acceptances, columns(t.acceptances), "acceptances")}),
outcome AS (
    UPDATE commands SET {", ".join(f"{name} = given.{name}" for name in _OUTCOME)}, priced = NULL
    FROM {rows_of(t.commands, ["id", *_OUTCOME], "outcomes", "given")}
    WHERE commands.id = given.id
    RETURNING commands.id
),
freed AS (
    UPDATE commands SET external_id = NULL
    WHERE quote_id = CAST(:quote_id AS uuid) AND name = '{CREATE}' AND CAST(:frees AS boolean)
)
SELECT pg_notify(:channel, CAST(id AS text)) FROM outcome
""")  # noqa: S608 - built from the names in `tables` alone
