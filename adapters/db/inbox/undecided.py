"""What the relay takes to signal again."""

from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from adapters.db.database import Writing
from adapters.db.inbox.requests import UndecidedCommand
from adapters.db.record.rows import envelope_from
from domain.quotes.envelope import CREATE
from domain.wording import summary


def in_turn(commands: str = "commands") -> str:
    """The order in which a quote's commands are signalled: the create before all else, then by received time."""
    return f"{commands}.name <> '{CREATE}', {commands}.received_at, {commands}.id"


async def due_for_relay(w: Writing, *, older_than: timedelta, limit: int) -> list[UndecidedCommand]:
    """Take undecided commands that were stored longer than `older_than` ago and whose next time has come.

    Whole quotes are taken, at most `limit`, the longest-waiting first, each with all its undecided commands:
    the create first, then by received time. Whoever takes one puts off its next time by 2, 4, 8 … 60 seconds;
    of two relays at once only one gets it.
    """
    rows = await w.rows(_TAKE, {"older_than": older_than, "limit": limit})
    return [
        UndecidedCommand(
            envelope=envelope_from(row),
            quote_id=str(row["quote_id"]),
            workflow_id=row["run"],
            summary=summary(row["number"], row["customer_name"]),
            traceparent=row["traceparent"],
        )
        for row in rows
    ]


# The wall clock counts here: the time machine must not hide a command from the relay. A row that another relay
# took after this statement began has a newer `last_attempt_at` by the time its lock is had, and is left alone.
_SQL: Final = f"""
WITH
due AS MATERIALIZED (
    SELECT quote_id, min(stored_at) AS since FROM commands
    WHERE outcome IS NULL AND next_attempt_at <= clock_timestamp()
        AND stored_at <= clock_timestamp() - CAST(:older_than AS interval)
    GROUP BY quote_id ORDER BY since LIMIT :limit
),
free AS MATERIALIZED (
    SELECT commands.id, due.since FROM commands JOIN due USING (quote_id)
    WHERE outcome IS NULL AND coalesce(last_attempt_at < statement_timestamp(), true)
    FOR UPDATE OF commands SKIP LOCKED
),
taken AS (
    UPDATE commands SET
        attempts = attempts + 1,
        last_attempt_at = clock_timestamp(),
        next_attempt_at = clock_timestamp() + least(2 ^ least(attempts + 1, 6), 60) * interval '1 second'
    FROM free WHERE commands.id = free.id
    RETURNING commands.*, free.since
)
SELECT taken.*, (SELECT name FROM customers WHERE id = taken.customer_id) AS customer_name, quote_workflow_id(taken.quote_id) AS run
FROM taken
ORDER BY since, quote_id, {in_turn("taken")}
"""  # noqa: S608 - built from a word of the domain alone
_TAKE: Final = sa.text(_SQL)
