"""The way of a command: into the inbox, to the quote's workflow, and back with the outcome.

One budget of two seconds covers signal, wait and query. What has no outcome by then is not lost: the row
stays in the inbox, the relay signals it again, and `GET /api/v1/commands/{id}` tells how it ended.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from adapters import logs
from adapters.db.database import Database, DatabaseUnavailableError
from adapters.db.inbox.kept_answers import KeptAnswer, Replay
from adapters.db.inbox.outcomes import Expected, Outcomes
from adapters.db.inbox.store import (
    NewCommand,
    NewCreate,
    Stored,
    find_command,
    is_bounded,
    store,
    store_create,
)
from adapters.db.record.views import CommandView
from adapters.telemetry import metrics, traces
from api.dispatch.backlog import Backlog, OverloadedError
from api.dispatch.breaker import Breaker
from api.dispatch.runs import QuoteRuns, RunsUnavailableError, SignalRefusedError
from domain.quotes.status import CommandStatus, Receipt

BUDGET_SECONDS: Final = 2.0
RECEIPT_SECONDS: Final = 0.3
_log = logs.logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The command's outcome is on record: applied, or refused with the rule that refused."""

    command: CommandView
    answer: KeptAnswer | None = None
    """Set when the same request was answered before: to be given again as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """Stored, and not decided within the budget. `said` is what the workflow said of it: `decided`,
    `waiting`, `unknown`, or `no_answer`. `number` is the quote's. After `retry_after` seconds it is worth asking.
    """

    command_id: str
    quote_id: str
    said: str
    number: str
    retry_after: int


Verdict = Decided | Undecided


class CommandDispatcher:
    """Submits commands, for the API's routes and the customer's page alike."""

    def __init__(
        self,
        *,
        database: Database,
        outcomes: Outcomes,
        runs: QuoteRuns,
        breaker: Breaker,
        backlog: Backlog,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._outcomes = outcomes
        self._runs = runs
        self._breaker = breaker
        self._backlog = backlog
        self._clock = clock

    async def submit(
        self, new: NewCommand | NewCreate, *, arrived: float, from_customer: bool = False
    ) -> Verdict:
        """Store the command, bring it to its workflow and wait for the outcome, two seconds at most. `arrived` is
        this process's `time.monotonic()` when its request came: that is when it was received.

        Raises OverloadedError where what waits takes too long, never for what came `from_customer`: a click counts when it
        was made. Raises what storing raises (QuoteNotFoundError, CustomerNotFoundError, CalculationNotFoundError,
        ExternalIdTakenError, IdempotencyKeyReusedError, TooManyRequestsError, DatabaseUnavailableError): then nothing was stored,
        or with the last one nothing is known. Once stored, it always returns.
        """
        try:
            verdict = await self._submit(new, arrived=arrived, from_customer=from_customer)
        except OverloadedError:
            self._count(new, "overloaded", arrived)
            raise
        self._count(
            new, verdict.command.status if isinstance(verdict, Decided) else CommandStatus.PENDING, arrived
        )
        return verdict

    def _count(self, new: NewCommand | NewCreate, outcome: str, arrived: float) -> None:
        metrics.COMMANDS.labels(new.asked.name, outcome).observe(self._clock() - arrived)

    async def _submit(self, new: NewCommand | NewCreate, *, arrived: float, from_customer: bool) -> Verdict:
        traced = replace(new, traceparent=traces.current())
        with traces.span(f"store {new.asked.name}") as span:
            stored = await self._store(traced, arrived=arrived, from_customer=from_customer)
            about = {"firm_offer.quote_id": stored.quote_id, "firm_offer.command_id": _id_of(stored)}
            span.tell({**about, "firm_offer.repeats": isinstance(stored, Replay)})
        deadline = self._clock() + BUDGET_SECONDS
        logs.bind(quote_id=stored.quote_id, workflow_id=stored.workflow_id)
        try:
            decided = await self._follow(stored, deadline)
        except DatabaseUnavailableError:
            decided = None
        verdict = decided or await self._ask(stored, deadline)
        _note(verdict)
        return verdict

    async def _store(
        self, new: NewCommand | NewCreate, *, arrived: float, from_customer: bool
    ) -> Stored | Replay:
        session = self._database.write if is_bounded(new) else self._database.write_each
        with self._backlog.place(always=from_customer) as admit:
            async with session() as writing:
                if isinstance(new, NewCreate):
                    return await store_create(writing, new, arrived=arrived, admit=admit)
                return await store(writing, new, arrived=arrived, admit=admit)

    async def _follow(self, stored: Stored | Replay, deadline: float) -> Decided | None:
        command_id = _id_of(stored)
        with self._outcomes.expect(command_id) as expected:
            if isinstance(stored, Replay):
                return await self._repeat(stored, expected, deadline)
            if not await self._signal(stored, deadline):
                return None
            found = await expected.wait(max(0.0, deadline - RECEIPT_SECONDS - self._clock()))
        return Decided(command=found) if found else None

    async def _repeat(self, repeat: Replay, expected: Expected, deadline: float) -> Decided | None:
        """The command of the first request: decided already, or waited for without another signal."""
        found = await self._find_decided(repeat.command_id)
        if found is None:
            found = await expected.wait(max(0.0, deadline - RECEIPT_SECONDS - self._clock()))
        return Decided(command=found, answer=repeat.answer) if found else None

    async def _signal(self, stored: Stored, deadline: float) -> bool:
        """Signal what waits, the oldest first; False when Temporal is away and the relay must do it."""
        if not self._breaker.permits():
            return False
        try:
            async with asyncio.timeout(max(0.0, deadline - RECEIPT_SECONDS - self._clock())):
                for envelope in (*stored.older, stored.envelope):
                    await self._runs.signal(
                        stored.workflow_id,
                        envelope,
                        quote_id=stored.quote_id,
                        summary=stored.summary,
                        traceparent=stored.traceparents.get(envelope.command_id),
                    )
                    self._breaker.succeeded()
        except SignalRefusedError:
            _log.warning("signal_refused")
            return False
        except (RunsUnavailableError, TimeoutError) as error:
            self._breaker.failed()
            _log.warning("signal_failed", error=type(error).__name__, breaker_open=self._breaker.is_open)
            return False
        return True

    async def _ask(self, stored: Stored | Replay, deadline: float) -> Verdict:
        """No outcome came: what does the workflow itself say?"""
        command_id = _id_of(stored)
        said = None
        if not self._breaker.is_open:
            remaining = max(0.05, min(RECEIPT_SECONDS, deadline - self._clock()))
            try:
                async with asyncio.timeout(remaining):
                    said = await self._runs.receipt(stored.workflow_id, command_id)
            except TimeoutError:
                said = None
        if said == Receipt.DECIDED and (found := await self._find_if_possible(command_id)):
            return Decided(command=found)
        return Undecided(
            command_id=command_id,
            quote_id=stored.quote_id,
            said=said or Receipt.NO_ANSWER,
            number=stored.number,
            retry_after=self._backlog.retry_after(answered=said is not None),
        )

    async def _find_decided(self, command_id: str) -> CommandView | None:
        async with self._database.read() as reading:
            found = await find_command(reading, command_id)
        return found if found and found.status is not CommandStatus.PENDING else None

    async def _find_if_possible(self, command_id: str) -> CommandView | None:
        try:
            return await self._find_decided(command_id)
        except DatabaseUnavailableError:
            return None


def _id_of(stored: Stored | Replay) -> str:
    return stored.envelope.command_id if isinstance(stored, Stored) else stored.command_id


def _note(verdict: Verdict) -> None:
    if isinstance(verdict, Undecided):
        _log.warning("command_undecided", command_id=verdict.command_id, said=verdict.said)
    elif verdict.command.status is CommandStatus.REFUSED:
        command = verdict.command
        _log.info("command_refused", command_id=command.id, command=command.name, code=command.code)
