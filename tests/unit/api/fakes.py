"""Hand-written fakes of what stands around `CommandDispatcher` and the relay. The real ones are in `tests/api`."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any

from adapters.db.inbox.store import NewCommand, Stored
from adapters.db.record.views import CommandView
from api.dispatch.runs import RunsUnavailableError, SignalRefusedError
from domain.quotes.envelope import Envelope
from domain.quotes.payloads import AcceptPayload
from domain.quotes.status import CommandStatus

QUOTE = "01890a5d-ac96-774b-bcce-b302099a8057"
RUN = "Q-2026-00001-9a8057"
AT = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
WISH = NewCommand(asked=AcceptPayload.from_data({}), quote_id=QUOTE, actor="key:test")


def envelope(number: int, name: str = "accept") -> Envelope:
    return Envelope(name=name, command_id=f"00000000-0000-0000-0000-{number:012}", received_at=AT)


def stored(number: int = 9, *, older: tuple[Envelope, ...] = ()) -> Stored:
    return Stored(
        envelope=envelope(number),
        quote_id=QUOTE,
        workflow_id=RUN,
        number="Q-2026-00001",
        summary="Q · ACME",
        older=older,
    )


def decided(number: int = 9, status: CommandStatus = CommandStatus.APPLIED) -> CommandView:
    return CommandView(
        id=envelope(number).command_id,
        quote_id=QUOTE,
        name="accept",
        status=status,
        code=None,
        detail=None,
        current_status=None,
        allowed_actions=(),
        received_at=AT,
        decided_at=None if status is CommandStatus.PENDING else AT,
    )


class FakeClock:
    """Moves only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeDatabase:
    """Opens sessions that nothing reads from: the stores are replaced beside it."""

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[object]:
        yield object()

    read = write = write_each = _session


class FakeRuns:
    """Notes signals in `journal`; `away` makes every call fail, `broken` those for single quotes."""

    def __init__(self, journal: list[str]) -> None:
        self.journal = journal
        self.away = False
        self.broken: set[str] = set()
        self.says: str | None = None
        self.signalled = asyncio.Event()

    async def signal(
        self,
        workflow_id: str,
        envelope: Envelope,
        *,
        quote_id: str,
        summary: str | None,
        traceparent: str | None,
    ) -> None:
        assert quote_id != workflow_id
        assert summary == "Q · ACME"
        if self.away or workflow_id in self.broken:
            self.journal.append("signal failed")
            raise RunsUnavailableError
        self.journal.append(f"signal {envelope.name} {int(envelope.command_id[-12:])}")
        self.signalled.set()

    async def take_up(self, workflow_id: str, *, quote_id: str, summary: str) -> None:
        assert summary.endswith(f"{quote_id} · ACME")
        if workflow_id in self.broken:
            raise SignalRefusedError
        if self.away:
            raise RunsUnavailableError
        self.journal.append(f"take up {workflow_id}")

    async def receipt(self, _workflow_id: str, command_id: str) -> str | None:
        self.journal.append(f"receipt {int(command_id[-12:])}")
        return self.says

    async def ping(self) -> bool:
        self.journal.append("ping")
        return not self.away


class FakeOutcomes:
    """Has the outcome that it is given, or none; notes for how long it was asked to wait."""

    def __init__(self, journal: list[str], outcome: CommandView | None = None) -> None:
        self.journal = journal
        self.outcome = outcome
        self.waited: list[float] = []

    @contextmanager
    def expect(self, command_id: str) -> Iterator[Any]:
        self.journal.append(f"expect {int(command_id[-12:])}")
        yield self

    async def wait(self, seconds: float) -> CommandView | None:
        self.waited.append(seconds)
        return self.outcome
