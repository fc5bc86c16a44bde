"""The inbox: a command is stored before anything else happens, and gets its outcome in the same row."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from uuid6 import uuid7

from adapters.db.database import Reading, Row, Writing
from adapters.db.errors import (
    CalculationNotFoundError,
    CustomerNotFoundError,
    ExternalIdTakenError,
)
from adapters.db.inbox import statements
from adapters.db.inbox.kept_answers import Idempotency, Replay, find_replay, key_columns
from adapters.db.inbox.requests import NewCommand, NewCreate, Stored, UndecidedCommand
from adapters.db.inbox.undecided import due_for_relay
from adapters.db.json_rows import document
from adapters.db.record.rows import command_view, envelope_from
from adapters.db.record.views import CommandView
from adapters.db.tables import commands, quotes
from domain.errors import QuoteNotFoundError
from domain.proof.verify import signer_text
from domain.quotes.envelope import CREATE, SCHEMA_VERSION
from domain.quotes.guards import AskedBefore, counted_with, too_many
from domain.quotes.payloads import AcceptPayload, CreatePayload, Payload, RevisePayload
from domain.quotes.status import CustomerRequest
from domain.quotes.validity import GRACE
from domain.wording import summary

__all__ = [
    "NewCommand",
    "NewCreate",
    "Stored",
    "UndecidedCommand",
    "due_for_relay",
    "find_command",
    "is_bounded",
    "pending_create",
    "store",
    "store_create",
]

_QUESTIONS: Final = 3
_QUICK_SECONDS: Final = 0.1


Admit = Callable[[int], None]
"""Is told how many commands wait for a decision, and raises where one more is not to be stored."""


async def store(
    w: Writing, new: NewCommand, *, arrived: float | None = None, admit: Admit | None = None
) -> Stored | Replay:
    """Store a command and stamp its `received_at`, in one statement: the database's time, less what the request has waited
    since it arrived, at most the grace. `arrived` is this process's `time.monotonic()` of then; None means now.

    Raises what `admit` raises, save for a repeat of what is stored already; QuoteNotFoundError (neither the quote nor an undecided create), CalculationNotFoundError,
    IdempotencyKeyReusedError, TooManyRequestsError. A customer's request (`is_bounded`) needs a transaction: those about
    one quote are counted and stored one after the other.
    """
    if is_bounded(new) and (replay := await _within_bounds(w, new)):
        return replay
    given = {
        "quote_id": new.quote_id,
        "actor": new.actor,
        "expected_state_version": new.expected_state_version,
        "shown_version": new.shown_version,
        "traceparent": new.traceparent,
    }
    asked = new.asked
    signer = signer_text(asked.signer_email or "", asked.link_id) if isinstance(asked, AcceptPayload) else ""
    stamp = await _stamp(w, arrived)
    if replay := await _admitted(w, new.idempotency, stamp, admit):
        return replay
    more = {"signer": signer, **stamp.values}
    row = await _insert(w, statements.STORE, given, asked, new.idempotency, more)
    if row["id"] is not None:
        return _stored(row)
    if replay := await find_replay(w, new.idempotency):
        return replay
    if not row["sources"]:
        raise QuoteNotFoundError("there is no such quote")
    raise _missing_calculation()


async def _within_bounds(w: Writing, new: NewCommand) -> Replay | None:
    """The earlier one, where it repeats it; else None, or TooManyRequestsError: see `domain.quotes.guards.too_many`."""
    # A statement of its own: the next ones see what was stored while this one waited.
    await w.run(_ONE_AT_A_TIME, {"quote_id": new.quote_id})
    if replay := await find_replay(w, new.idempotency):
        return replay
    request = CustomerRequest(new.asked.name)
    asked = {"caller": new.actor, "quote_id": new.quote_id, "names": list(counted_with(request))}
    row = await w.row(statements.ASKED_BEFORE, asked)
    if row and (refused := too_many(request, AskedBefore(**row))):
        raise refused
    return None


def is_bounded(new: NewCommand | NewCreate) -> bool:
    """Whether it is one of those of which a link may send so many and no more: `domain.quotes.guards`."""
    return new.asked.name in set(CustomerRequest)


async def store_create(
    w: Writing, new: NewCreate, *, arrived: float | None = None, admit: Admit | None = None
) -> Stored | Replay:
    """Store the command that creates a quote, and give the quote its id and number, in one statement; `arrived` and
    `admit` as for `store`.

    Raises CustomerNotFoundError, CalculationNotFoundError, ExternalIdTakenError, IdempotencyKeyReusedError.
    """
    asked = replace(new.asked, owner=new.asked.owner or new.actor)
    given = {
        "quote_id": str(uuid7()),
        "customer_id": new.customer_id,
        "actor": new.actor,
        "external_id": asked.external_id,
        "traceparent": new.traceparent,
    }
    stamp = await _stamp(w, arrived)
    if replay := await _admitted(w, new.idempotency, stamp, admit):
        return replay
    row = await _insert(w, statements.STORE_CREATE, given, asked, new.idempotency, stamp.values)
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


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What a statement that stores is told of the time, and how many commands wait."""

    values: dict[str, Any]
    waiting: int


async def _stamp(w: Writing, arrived: float | None) -> _Stamp:
    """What the request has waited, and the database's time then: it goes on waiting while the command is stored.

    The answer's way back is not counted, so that of two requests the one that was made when the other had been answered is
    always received later. A slow answer may have been slow to be asked for: so another one is.
    """
    arrived = time.monotonic() if arrived is None else arrived
    for _ in range(_QUESTIONS):
        asked = time.monotonic()
        row = await w.row(statements.CLOCK)
        if time.monotonic() - asked < _QUICK_SECONDS:
            break
    if row is None:
        raise AssertionError("the statement answers with one row")
    waited = timedelta(seconds=asked - arrived)
    return _Stamp({"clock": row["now"], "waited": waited, "longest": GRACE}, row["waiting"])


async def _admitted(
    w: Writing, idempotency: Idempotency | None, stamp: _Stamp, admit: Admit | None
) -> Replay | None:
    """A repeat of what is stored already adds nothing to what waits, and gets its answer; whatever else is not admitted
    gets what `admit` raises.
    """
    if admit is not None:
        try:
            admit(stamp.waiting)
        except Exception:
            if replay := await find_replay(w, idempotency):
                return replay
            raise
    return None


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
        **key_columns(idempotency),
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


def _stored(row: Row) -> Stored:
    return Stored(
        envelope=envelope_from(row),
        quote_id=str(row["quote_id"]),
        workflow_id=row["run"],
        number=row["number"],
        summary=summary(row["number"], row["customer_name"]),
        older=tuple(envelope_from(older) for older in row["older"] or ()),
        traceparents={
            str(each["id"]): each["traceparent"]
            for each in (row, *(row["older"] or ()))
            if each["traceparent"]
        },
    )


def _missing_calculation() -> CalculationNotFoundError:
    return CalculationNotFoundError("there is no such stored calculation")


_c = commands.c
_ONE_AT_A_TIME: Final = sa.select(
    sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(sa.bindparam("quote_id", type_=sa.Text), 0))
)
_QUOTE_ID: Final = sa.bindparam("quote_id", type_=_c.quote_id.type)
_FIND: Final = sa.select(commands).where(_c.id == sa.bindparam("command_id", type_=_c.id.type))
_UNRECORDED: Final = sa.select(commands).where(
    _c.quote_id == _QUOTE_ID, _c.name == CREATE, ~sa.exists().where(quotes.c.id == _QUOTE_ID)
)
