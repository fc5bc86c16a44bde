"""Requests by their `Idempotency-Key`: the same request again gets the first one's answer, another one is refused.

The keys stand in two tables. A command's is in its row of `commands`: one statement stores command and key, so that neither
is there without the other, and the answer follows when the command is decided. Any other request has no row of its own; its
key is claimed in `answered_requests`, in the transaction that has the effect and keeps the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adapters.db.database import Reading, Row, Writing
from adapters.db.errors import IdempotencyKeyReusedError
from adapters.db.tables import answered_requests, commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotency:
    """The caller (API key or link), its `Idempotency-Key`, and a hash over all that makes the request."""

    caller: str
    key: str
    body_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """A rendered HTTP answer, kept to be given again byte for byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The same request was stored before. `answer` is None while none has been kept for it. `number` is the
    quote's.
    """

    command_id: str
    quote_id: str
    workflow_id: str
    number: str
    answer: KeptAnswer | None


def key_columns(idempotency: Idempotency | None) -> dict[str, str | None]:
    """The key as either table holds it."""
    return {
        "caller": idempotency.caller if idempotency else None,
        "idempotency_key": idempotency.key if idempotency else None,
        "body_hash": idempotency.body_hash if idempotency else None,
    }


async def find_replay(r: Reading, idempotency: Idempotency | None) -> Replay | None:
    """The command that was stored by the same request before, or None.

    Raises IdempotencyKeyReusedError. A statement of its own: it may have been stored just now.
    """
    row = await r.row(_COMMAND, _named(idempotency)) if idempotency else None
    if idempotency is None or row is None:
        return None
    return Replay(
        command_id=row["id"],
        quote_id=row["quote_id"],
        workflow_id=row["run"],
        number=row["number"],
        answer=_answer(_same(row, idempotency)),
    )


async def claim(w: Writing, idempotency: Idempotency) -> KeptAnswer | None:
    """For a request that is no command: None when it is the first such request, which is now to be done, and answered by
    `keep_answer` in the same transaction. A repeat waits until the first one has ended, and gets its answer.

    Raises IdempotencyKeyReusedError.
    """
    if await w.run(_CLAIM, key_columns(idempotency)):
        return None
    return _answer(_same(await w.row(_REQUEST, _named(idempotency)), idempotency))


async def keep_answer(w: Writing, to: Idempotency | str, answer: KeptAnswer) -> KeptAnswer:
    """Keep the answer to a request that was claimed in this transaction, or to that of a command (`to` is its id). The
    first one stays, and is returned.

    Raises LookupError for an unknown command.
    """
    given = {"status": answer.status, "headers": dict(answer.headers), "body": answer.body}
    if isinstance(to, Idempotency):
        row = await w.row(_KEEP_OF_REQUEST, {**_named(to), **given})
    else:
        row = await w.row(_KEEP_OF_COMMAND, {"command_id": to, **given})
    kept = _answer(row) if row else None
    if kept is None:
        raise LookupError("there is no such request")
    return kept


def _same(row: Row | None, idempotency: Idempotency) -> Row:
    """The row of the first request with this key, which has to be the same request."""
    if row is None or row["body_hash"] != idempotency.body_hash:
        raise IdempotencyKeyReusedError("this Idempotency-Key was used for another request")
    return row


def _answer(row: Row) -> KeptAnswer | None:
    if row["answer_status"] is None:
        return None
    return KeptAnswer(
        status=row["answer_status"], headers=row["answer_headers"], body=bytes(row["answer_body"])
    )


def _named(idempotency: Idempotency) -> dict[str, str]:
    return {"of_caller": idempotency.caller, "of_key": idempotency.key}


def _has_key(table: sa.Table) -> sa.ColumnElement[bool]:
    c = table.c
    return sa.and_(c.caller == sa.bindparam("of_caller"), c.idempotency_key == sa.bindparam("of_key"))


def _keep(table: sa.Table, where: sa.ColumnElement[bool]) -> sa.Executable:
    columns = {name: table.c[f"answer_{name}"] for name in ("status", "headers", "body")}
    first = {c: sa.func.coalesce(c, sa.bindparam(name, type_=c.type)) for name, c in columns.items()}
    return sa.update(table).where(where).values(first).returning(*columns.values())


_COMMAND: Final = sa.select(commands, sa.func.quote_workflow_id(commands.c.quote_id).label("run")).where(
    _has_key(commands)
)
_REQUEST: Final = sa.select(answered_requests).where(_has_key(answered_requests))
_CLAIM: Final = insert(answered_requests).on_conflict_do_nothing()
_KEEP_OF_COMMAND: Final = _keep(
    commands, commands.c.id == sa.bindparam("command_id", type_=commands.c.id.type)
)
_KEEP_OF_REQUEST: Final = _keep(answered_requests, _has_key(answered_requests))

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
