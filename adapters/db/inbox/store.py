"""The inbox: a command is stored before anything else happens, and gets its outcome in the same row."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa
from uuid6 import uuid7

from adapters.db.database import Reading, Row, Writing
from adapters.db.errors import (
    CalculationNotFoundError,
    CustomerNotFoundError,
    ExternalIdTakenError,
    IdempotencyKeyReusedError,
)
from adapters.db.inbox import statements
from adapters.db.inbox.requests import Answer, Idempotency, NewCommand, NewCreate, Replay, Stored, Waiting
from adapters.db.inbox.undecided import due_for_relay
from adapters.db.json_rows import document
from adapters.db.record.rows import command_view, envelope_from
from adapters.db.record.views import CommandView
from adapters.db.tables import commands, quotes
from domain.errors import QuoteNotFoundError
from domain.proof.verify import signer_text
from domain.quotes.envelope import CREATE, SCHEMA_VERSION
from domain.quotes.payloads import AcceptPayload, CreatePayload, Payload, RevisePayload
from domain.wording import summary

__all__ = [
    "Answer",
    "Idempotency",
    "NewCommand",
    "NewCreate",
    "Replay",
    "Stored",
    "Waiting",
    "due_for_relay",
    "find_command",
    "find_replay",
    "keep_answer",
    "pending_create",
    "store",
    "store_create",
]


async def store(w: Writing, new: NewCommand) -> Stored | Replay:
    """Store a command and stamp its `received_at`, in one statement.

    Raises QuoteNotFoundError (neither the quote nor an undecided create), CalculationNotFoundError,
    IdempotencyKeyReusedError.
    """
    given = {
        "quote_id": new.quote_id,
        "actor": new.actor,
        "expected_state_version": new.expected_state_version,
        "shown_version": new.shown_version,
    }
    asked = new.asked
    signer = signer_text(asked.signer_email or "", asked.link_id) if isinstance(asked, AcceptPayload) else ""
    row = await _insert(w, statements.STORE, given, asked, new.idempotency, {"signer": signer})
    if row["id"] is not None:
        return _stored(row)
    if replay := await find_replay(w, new.idempotency):
        return replay
    if not row["sources"]:
        raise QuoteNotFoundError("there is no such quote")
    raise _missing_calculation()


async def store_create(w: Writing, new: NewCreate) -> Stored | Replay:
    """Store the wish for a new quote, and give the quote its id and number, in one statement.

    Raises CustomerNotFoundError, CalculationNotFoundError, ExternalIdTakenError, IdempotencyKeyReusedError.
    """
    asked = replace(new.asked, owner=new.asked.owner or new.actor)
    given = {
        "quote_id": str(uuid7()),
        "customer_id": new.customer_id,
        "actor": new.actor,
        "external_id": asked.external_id,
    }
    row = await _insert(w, statements.STORE_CREATE, given, asked, new.idempotency, {})
    if row["id"] is not None:
        return _stored(row)
    if replay := await find_replay(w, new.idempotency):
        return replay
    if not row["sources"]:
        raise CustomerNotFoundError("there is no such customer")
    if row["missing"]:
        raise _missing_calculation()
    raise ExternalIdTakenError("another quote has this external id")


async def find_command(r: Reading, command_id: str) -> CommandView | None:
    """The command and its outcome, or None."""
    row = await r.row(_FIND, {"command_id": command_id})
    return command_view(row) if row else None


async def pending_create(r: Reading, quote_id: str) -> CommandView | None:
    """The quote's create command, undecided or refused, where no quote is recorded; else None."""
    row = await r.row(_UNRECORDED, {"quote_id": quote_id})
    return command_view(row) if row else None


async def keep_answer(w: Writing, command_id: str, answer: Answer) -> Answer:
    """Keep the answer to a command's request. The first one stays, and is returned.

    Raises LookupError for an unknown command.
    """
    given = {"status": answer.status, "headers": dict(answer.headers), "body": answer.body}
    row = await w.row(_KEEP, {"command_id": command_id, **given})
    kept = _answer(row) if row else None
    if kept is None:
        raise LookupError("there is no such command")
    return kept


async def _insert(
    w: Writing,
    statement: sa.Executable,
    given: Mapping[str, Any],
    asked: Payload,
    idempotency: Idempotency | None,
    more: Mapping[str, Any],
) -> Row:
    """Run one of the two inserts; a row without `id` says that nothing was stored."""
    new = {
        **given,
        "id": str(uuid7()),
        "name": asked.name,
        "payload": asked.to_data(),
        "schema_version": SCHEMA_VERSION,
        "caller": idempotency.caller if idempotency else None,
        "idempotency_key": idempotency.key if idempotency else None,
        "body_hash": idempotency.body_hash if idempotency else None,
    }
    calculations = [{"id": id_} for id_ in _calculations(asked)]
    row = await w.row(statement, {"new": document([new]), "calculations": document(calculations), **more})
    if row is None:
        raise AssertionError("the statement answers with one row")
    return row


def _calculations(asked: Payload) -> set[str]:
    """The stored calculations that a create or a revision builds upon."""
    lines = asked.lines or () if isinstance(asked, CreatePayload | RevisePayload) else ()
    ids = (line.get("pricing_calculation_id") for line in lines)
    return {id_ for id_ in ids if id_}


async def find_replay(r: Reading, idempotency: Idempotency | None) -> Replay | None:
    """The command that was stored by the same request before, or None.

    Raises IdempotencyKeyReusedError. A statement of its own: it may have been stored just now.
    """
    if idempotency is None:
        return None
    row = await r.row(_BY_KEY, {"caller": idempotency.caller, "key": idempotency.key})
    if row is None:
        return None
    if row["body_hash"] != idempotency.body_hash:
        raise IdempotencyKeyReusedError("this Idempotency-Key was used for another request")
    return Replay(
        command_id=row["id"],
        quote_id=row["quote_id"],
        workflow_id=row["run"],
        number=row["number"],
        answer=_answer(row),
    )


def _stored(row: Row) -> Stored:
    return Stored(
        envelope=envelope_from(row),
        quote_id=str(row["quote_id"]),
        workflow_id=row["run"],
        number=row["number"],
        summary=summary(row["number"], row["customer_name"]),
        older=tuple(envelope_from(older) for older in row["older"] or ()),
    )


def _answer(row: Row) -> Answer | None:
    if row["answer_status"] is None:
        return None
    return Answer(status=row["answer_status"], headers=row["answer_headers"], body=bytes(row["answer_body"]))


def _missing_calculation() -> CalculationNotFoundError:
    return CalculationNotFoundError("there is no such stored calculation")


_c = commands.c
_QUOTE_ID: Final = sa.bindparam("quote_id", type_=_c.quote_id.type)
_FIND: Final = sa.select(commands).where(_c.id == sa.bindparam("command_id", type_=_c.id.type))
_BY_KEY: Final = sa.select(commands, sa.func.quote_workflow_id(_c.quote_id).label("run")).where(
    _c.caller == sa.bindparam("caller"), _c.idempotency_key == sa.bindparam("key")
)
_UNRECORDED: Final = sa.select(commands).where(
    _c.quote_id == _QUOTE_ID, _c.name == CREATE, ~sa.exists().where(quotes.c.id == _QUOTE_ID)
)
_KEEP: Final = (
    sa.update(commands)
    .where(_c.id == sa.bindparam("command_id", type_=_c.id.type))
    .values(
        answer_status=sa.func.coalesce(_c.answer_status, sa.bindparam("status", type_=_c.answer_status.type)),
        answer_headers=sa.func.coalesce(
            _c.answer_headers, sa.bindparam("headers", type_=_c.answer_headers.type)
        ),
        answer_body=sa.func.coalesce(_c.answer_body, sa.bindparam("body", type_=_c.answer_body.type)),
    )
    .returning(_c.answer_status, _c.answer_headers, _c.answer_body)
)
