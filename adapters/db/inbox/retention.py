"""What is kept for a time only: callers' idempotency keys, with the answers that belong to them."""

from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from adapters.db.database import Writing

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
