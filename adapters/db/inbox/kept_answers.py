"""Requests that are no command of a quote, by their `Idempotency-Key`: claimed, done and answered in one
transaction, so that effect and answer are there together or not at all.
"""

from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adapters.db.database import Writing
from adapters.db.errors import IdempotencyKeyReusedError
from adapters.db.inbox.store import Answer, Idempotency
from adapters.db.tables import answered_requests as t


async def claim(w: Writing, idempotency: Idempotency) -> Answer | None:
    """None when this is the first such request, which is now to be done and answered by `keep` in the same
    transaction. A repeat waits until the first one has ended, and gets its answer.

    Raises IdempotencyKeyReusedError.
    """
    mine = {
        "caller": idempotency.caller,
        "idempotency_key": idempotency.key,
        "body_hash": idempotency.body_hash,
    }
    if await w.run(insert(t).values(mine).on_conflict_do_nothing()):
        return None
    found = await w.row(sa.select(t).where(*_is(idempotency)))
    if found is None or found["body_hash"] != idempotency.body_hash:
        raise IdempotencyKeyReusedError("the key was used for another request")
    return Answer(status=found["answer_status"], headers=found["answer_headers"], body=found["answer_body"])


async def keep(w: Writing, idempotency: Idempotency, answer: Answer) -> None:
    """Keep the answer to a request that was claimed in this transaction."""
    values = {
        "answer_status": answer.status,
        "answer_headers": dict(answer.headers),
        "answer_body": answer.body,
    }
    await w.run(sa.update(t).where(*_is(idempotency)).values(values))


def _is(idempotency: Idempotency) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return t.c.caller == idempotency.caller, t.c.idempotency_key == idempotency.key


KEPT: Final = timedelta(days=30)
"""How long a request may be repeated by its key. Shorter than any client retries, longer than a holiday."""

_BATCH: Final = 1000


async def forget_answers(w: Writing, *, older_than: timedelta = KEPT) -> int:
    """Forget keys and answers stored longer ago, a batch of each at most; how many were forgotten.

    The commands themselves and their outcomes stay: they are the record.
    """
    bound = {"older_than": older_than, "batch": _BATCH}
    return await w.run(_COMMANDS, bound) + await w.run(_REQUESTS, bound)


_COMMANDS: Final = sa.text("""
UPDATE commands SET caller = NULL, idempotency_key = NULL, body_hash = NULL,
    answer_status = NULL, answer_headers = NULL, answer_body = NULL
WHERE id IN (
    SELECT id FROM commands
    WHERE caller IS NOT NULL AND stored_at < clock_timestamp() - CAST(:older_than AS interval)
    ORDER BY stored_at LIMIT :batch
    FOR UPDATE SKIP LOCKED
)
""")
_REQUESTS: Final = sa.text("""
DELETE FROM answered_requests
WHERE (caller, idempotency_key) IN (
    SELECT caller, idempotency_key FROM answered_requests
    WHERE created_at < clock_timestamp() - CAST(:older_than AS interval)
    ORDER BY created_at LIMIT :batch
    FOR UPDATE SKIP LOCKED
)
""")
