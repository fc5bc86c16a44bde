"""The relay signals what has no outcome, survives outages, and lets no broken quote hold up the others."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from adapters.db.database import DatabaseUnavailableError
from adapters.db.inbox.store import UndecidedCommand
from adapters.db.quotes.waiting import WaitingQuote
from api.dispatch import relay
from api.dispatch.breaker import FAILURES, Breaker
from api.dispatch.relay import BATCH, Relay
from api.dispatch.runs import RunsUnavailableError
from tests.unit.api.fakes import FakeClock, FakeDatabase, FakeRuns, envelope


class _Stage:
    """A relay between fakes; `batches` is what the inbox gives, one after the other, then nothing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.journal: list[str] = []
        self.runs = FakeRuns(self.journal)
        self.breaker = Breaker(FakeClock())
        self.batches: list[Sequence[UndecidedCommand] | Exception] = []
        database: Any = FakeDatabase()
        runs: Any = self.runs
        self.relay = Relay(database=database, runs=runs, breaker=self.breaker, pause=0.001)
        self.with_mails: list[WaitingQuote] = []
        monkeypatch.setattr(relay, "due_for_relay", self._due)
        monkeypatch.setattr(relay, "quotes_with_mails", self._quotes)

    async def _due(self, *_args: object, **_more: object) -> Sequence[UndecidedCommand]:
        batch = self.batches.pop(0) if self.batches else []
        if isinstance(batch, Exception):
            raise batch
        return batch

    async def _quotes(
        self, _reading: object, *, after: str, limit: int, **_more: object
    ) -> list[WaitingQuote]:
        return [quote for quote in self.with_mails if quote.id > after][:limit]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> _Stage:
    return _Stage(monkeypatch)


def _waiting(quote: str, number: int, name: str = "accept") -> UndecidedCommand:
    return UndecidedCommand(
        envelope=envelope(number, name), quote_id=quote, workflow_id=f"Q-{quote}", summary="Q · ACME"
    )


async def test_commands_are_signalled_per_quote_in_their_order(stage: _Stage) -> None:
    """The create first, then by received time, as the inbox gives them."""
    stage.batches = [[_waiting("a", 1, "create"), _waiting("a", 2), _waiting("b", 3)]]
    assert await stage.relay.step() == 2
    assert stage.journal == ["signal create 1", "signal accept 2", "signal accept 3"]


async def test_a_quote_that_cannot_be_signalled_does_not_hold_up_the_others(stage: _Stage) -> None:
    """Its later commands wait with it: none overtakes the one that failed."""
    stage.runs.broken = {"Q-a"}
    stage.batches = [[_waiting("a", 1), _waiting("a", 2), _waiting("b", 3)]]
    await stage.relay.step()
    assert stage.journal == ["signal failed", "signal accept 3"]


async def test_three_failures_in_a_row_are_an_outage(stage: _Stage) -> None:
    """The step ends, and nothing more is taken before Temporal answers a ping."""
    stage.runs.away = True
    stage.batches = [[_waiting(quote, 1) for quote in "abcdef"]]
    with pytest.raises(RunsUnavailableError):
        await stage.relay.step()
    assert stage.journal == ["signal failed"] * FAILURES
    with pytest.raises(RunsUnavailableError):
        await stage.relay.step()
    assert stage.journal[FAILURES:] == ["ping"]


async def test_its_success_closes_the_breaker(stage: _Stage) -> None:
    """Callers are let through again as soon as one signal has arrived."""
    for _ in range(FAILURES):
        stage.breaker.failed()
    stage.batches = [[_waiting("a", 1)]]
    await stage.relay.step()
    assert not stage.breaker.is_open


async def test_it_goes_on_after_every_kind_of_failure_and_ends_when_told(stage: _Stage) -> None:
    """An outage of the database, one of Temporal, a defect of ours: the next batch is signalled."""
    stage.batches = [
        DatabaseUnavailableError(),
        RuntimeError("defect"),
        RunsUnavailableError(),
        [_waiting("a", 1)],
    ]
    task = asyncio.create_task(stage.relay.run())
    async with asyncio.timeout(30):
        await stage.runs.signalled.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_quotes_whose_mails_wait_are_taken_up_in_turn(stage: _Stage) -> None:
    """A batch at a time, each quote once before the first comes again; an outage leaves the rest for the next round."""
    ids = [f"1{number:03}" for number in range(BATCH + 2)]
    told = {"customer_name": "ACME", "status": None, "has_mails": True, "has_commands": False}
    stage.with_mails = [WaitingQuote(id=id_, workflow_id=f"Q-{id_}", number=id_, **told) for id_ in ids]  # type: ignore[arg-type]  # the fields are known
    assert [await stage.relay.look_after_mails() for _ in range(3)] == [BATCH, 2, BATCH]
    assert stage.journal[: len(ids)] == [f"take up Q-{id_}" for id_ in ids]
    stage.runs.broken = {"Q-1050"}
    assert await stage.relay.look_after_mails() == 2
    assert stage.journal[-1] == "take up Q-1051"
    stage.runs.away = True
    with pytest.raises(RunsUnavailableError):
        await stage.relay.look_after_mails()
