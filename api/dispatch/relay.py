"""The relay: signals again what has no outcome, until it has one, and gives a run to quotes whose emails wait. No stored
command is forgotten, and no email.
"""

import asyncio
from datetime import timedelta
from time import monotonic
from typing import Final

from adapters import logs
from adapters.db.database import Database, DatabaseUnavailableError
from adapters.db.inbox.store import UndecidedCommand, due_for_relay
from adapters.db.quotes.waiting import FIRST, quotes_with_mails
from api.dispatch.breaker import Breaker
from api.dispatch.runs import QuoteRuns, RunsUnavailableError, SignalRefusedError

PATIENCE: Final = timedelta(seconds=3)
"""How long the request that stored a command is given to signal it itself."""

MAIL_PATIENCE: Final = timedelta(minutes=2)
"""How long an email may wait, by its quote's clock, before its quote is given a run. Where one is open, which goes on
trying it, that changes nothing; where it was lost, the quote may be closed, and nothing else would ever start one.
"""

MAIL_PAUSE_SECONDS: Final = 10.0
"""Between two batches of these quotes."""

BATCH: Final = 50
PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 8.0
_log = logs.logger(__name__)


class Relay:
    """Runs beside the API until it is cancelled. Any number of processes may run one: rows are taken once."""

    def __init__(
        self, *, database: Database, runs: QuoteRuns, breaker: Breaker, pause: float = PAUSE_SECONDS
    ) -> None:
        self._database = database
        self._runs = runs
        self._breaker = breaker
        self._pause = pause
        self._after = FIRST
        self._mails_from = 0.0

    async def run(self) -> None:
        """Look for waiting commands for ever; an outage makes the pauses longer and ends nothing."""
        pause = self._pause
        while True:
            await asyncio.sleep(pause)
            try:
                taken = await self.step()
                if monotonic() >= self._mails_from:
                    self._mails_from = monotonic() + MAIL_PAUSE_SECONDS
                    await self.look_after_mails()
            except (DatabaseUnavailableError, RunsUnavailableError) as outage:
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                _log.warning("relay_waits", error=type(outage).__name__, seconds=pause)
            except Exception as error:  # noqa: BLE001  # a relay that stops silently would lose commands
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                _log.error("relay_failed", error=type(error).__name__)  # no values in a log
            else:
                pause = 0.0 if taken >= BATCH else self._pause

    async def step(self) -> int:
        """Signal what is due, per quote in its order; returns the number of quotes that were taken.

        While the breaker is open, nothing is taken before Temporal answers again. Raises
        DatabaseUnavailableError; RunsUnavailableError when Temporal is away (what was taken comes up again).
        """
        if self._breaker.is_open and not await self._runs.ping():
            raise RunsUnavailableError("Temporal does not answer yet")
        async with self._database.write() as writing:
            waiting = await due_for_relay(writing, older_than=PATIENCE, limit=BATCH)
        quotes: dict[str, list[UndecidedCommand]] = {}
        for each in waiting:
            quotes.setdefault(each.quote_id, []).append(each)
        for commands in quotes.values():
            await self._signal_in_order(commands)
        return len(quotes)

    async def look_after_mails(self) -> int:
        """Give a run to each of the next quotes, by id, whose emails wait and that has none; how many were looked at.

        Raises as `step`.
        """
        async with self._database.read() as reading:
            waiting = await quotes_with_mails(
                reading, after=self._after, older_than=MAIL_PATIENCE, limit=BATCH
            )
        self._after = waiting[-1].id if len(waiting) == BATCH else FIRST
        for quote in waiting:
            try:
                await self._runs.take_up(quote.workflow_id, quote_id=quote.id, summary=quote.summary)
            except SignalRefusedError:
                _log.warning("relay_signal_refused", quote_id=quote.id, workflow_id=quote.workflow_id)
        return len(waiting)

    async def _signal_in_order(self, commands: list[UndecidedCommand]) -> None:
        """One quote that cannot be signalled does not hold up the others; three in a row are an outage."""
        for command in commands:
            ids = {"quote_id": command.quote_id, "workflow_id": command.workflow_id}
            try:
                await self._runs.signal(
                    command.workflow_id,
                    command.envelope,
                    quote_id=command.quote_id,
                    summary=command.summary,
                    traceparent=command.traceparent,
                )
            except SignalRefusedError:
                _log.warning("relay_signal_refused", **ids)
                return
            except RunsUnavailableError:
                self._breaker.failed()
                _log.warning("relay_signal_failed", **ids)
                if self._breaker.is_open:
                    raise
                return
            self._breaker.succeeded()
            _log.info("command_relayed", command_id=command.envelope.command_id, **ids)
