"""One command on its way: what is done in which order, and what happens when something does not answer."""

from typing import Any

import pytest

from adapters.db.database import DatabaseUnavailableError
from adapters.db.inbox.kept_answers import KeptAnswer, Replay
from adapters.db.record.views import CommandView
from api.dispatch import submit
from api.dispatch.backlog import Backlog
from api.dispatch.breaker import Breaker
from api.dispatch.submit import BUDGET_SECONDS, RECEIPT_SECONDS, CommandDispatcher, Decided, Undecided
from domain.errors import QuoteNotFoundError
from domain.quotes.status import CommandStatus
from tests.unit.api.fakes import (
    QUOTE,
    RUN,
    WISH,
    FakeClock,
    FakeDatabase,
    FakeOutcomes,
    FakeRuns,
    decided,
    envelope,
    stored,
)


class _Stage:
    """`CommandDispatcher` between fakes, with the inbox's answers set by the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.journal: list[str] = []
        self.runs = FakeRuns(self.journal)
        self.outcomes = FakeOutcomes(self.journal)
        self.clock = FakeClock()
        self.breaker = Breaker(self.clock)
        self.inbox: Any = stored()
        self.store_takes = 0.0
        self.found: CommandView | None = decided(status=CommandStatus.PENDING)
        database: Any = FakeDatabase()
        runs: Any = self.runs
        outcomes: Any = self.outcomes
        self.commands = CommandDispatcher(
            database=database,
            outcomes=outcomes,
            runs=runs,
            breaker=self.breaker,
            backlog=Backlog(self.clock),
            clock=self.clock,
        )
        monkeypatch.setattr(submit, "store", self._store)
        monkeypatch.setattr(submit, "find_command", self._find)

    async def _store(self, *_args: object, **_more: object) -> object:
        if isinstance(self.inbox, Exception):
            raise self.inbox
        self.journal.append("store")
        self.clock.now += self.store_takes
        return self.inbox

    async def _find(self, *_args: object) -> CommandView | None:
        return self.found


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> _Stage:
    return _Stage(monkeypatch)


async def test_older_commands_are_signalled_first_and_the_outcome_is_expected_before(stage: _Stage) -> None:
    """No outcome slips through between signal and waiting, and no command overtakes an older one."""
    stage.inbox = stored(older=(envelope(1, "create"), envelope(2, "send")))
    stage.outcomes.outcome = decided()
    assert await stage.commands.submit(WISH, arrived=0.0) == Decided(command=decided())
    assert stage.journal == ["store", "expect 9", "signal create 1", "signal send 2", "signal accept 9"]


async def test_the_wait_leaves_the_last_part_of_the_budget_to_the_query(stage: _Stage) -> None:
    """Two seconds in all, 300 ms of them for asking the workflow."""
    stage.runs.says = "waiting"
    verdict = await stage.commands.submit(WISH, arrived=0.0)
    assert stage.outcomes.waited == [pytest.approx(BUDGET_SECONDS - RECEIPT_SECONDS)]
    assert verdict == Undecided(
        command_id=envelope(9).command_id,
        quote_id=QUOTE,
        said="waiting",
        number="Q-2026-00001",
        retry_after=1,
    )
    assert stage.journal[-1] == "receipt 9"


async def test_nobody_answering_is_told_as_such(stage: _Stage) -> None:
    """The command is stored all the same."""
    verdict = await stage.commands.submit(WISH, arrived=0.0)
    assert isinstance(verdict, Undecided)
    assert verdict.said == "no_answer"


async def test_decided_without_a_notice_is_looked_up_in_the_record(stage: _Stage) -> None:
    """A lost notice costs time, never the answer."""
    stage.runs.says = "decided"
    stage.found = decided()
    assert await stage.commands.submit(WISH, arrived=0.0) == Decided(command=decided())


async def test_when_temporal_is_away_nobody_waits_for_an_outcome(stage: _Stage) -> None:
    """The relay will signal it: 202 at once instead of after two seconds."""
    stage.runs.away = True
    verdict = await stage.commands.submit(WISH, arrived=0.0)
    assert isinstance(verdict, Undecided)
    assert stage.outcomes.waited == []


async def test_after_three_failures_in_a_row_signals_are_not_tried(stage: _Stage) -> None:
    """The breaker leaves them to the relay, and the workflow is not asked either."""
    stage.runs.away = True
    for _ in range(3):
        await stage.commands.submit(WISH, arrived=0.0)
    stage.journal.clear()
    assert isinstance(await stage.commands.submit(WISH, arrived=0.0), Undecided)
    assert stage.journal == ["store", "expect 9"]


async def test_what_cannot_be_stored_is_not_signalled(stage: _Stage) -> None:
    """An unknown quote has no workflow to start."""
    stage.inbox = QuoteNotFoundError("no")
    with pytest.raises(QuoteNotFoundError):
        await stage.commands.submit(WISH, arrived=0.0)
    assert stage.journal == []


async def test_a_database_that_goes_away_after_storing_does_not_lose_the_answer(stage: _Stage) -> None:
    """What is stored is answered with 202, not with an error that suggests that nothing happened."""

    async def fail(*_args: object) -> None:
        raise DatabaseUnavailableError

    stage.inbox = Replay(
        command_id=envelope(9).command_id, quote_id=QUOTE, workflow_id=RUN, number="Q-2026-00001", answer=None
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(submit, "find_command", fail)
        assert isinstance(await stage.commands.submit(WISH, arrived=0.0), Undecided)


async def test_a_repeat_of_a_decided_request_gives_the_kept_answer_without_a_signal(stage: _Stage) -> None:
    """The same key again changes nothing and asks nobody."""
    answer = KeptAnswer(status=200, headers={}, body=b"{}")
    stage.inbox = Replay(
        command_id=envelope(9).command_id,
        quote_id=QUOTE,
        workflow_id=RUN,
        number="Q-2026-00001",
        answer=answer,
    )
    stage.found = decided()
    assert await stage.commands.submit(WISH, arrived=0.0) == Decided(command=decided(), answer=answer)
    assert stage.journal == ["store", "expect 9"]


async def test_a_repeat_while_the_first_is_pending_waits_without_a_signal(stage: _Stage) -> None:
    """It gets the outcome when it comes within the budget, else the same 202."""
    stage.inbox = Replay(
        command_id=envelope(9).command_id, quote_id=QUOTE, workflow_id=RUN, number="Q-2026-00001", answer=None
    )
    assert isinstance(await stage.commands.submit(WISH, arrived=0.0), Undecided)
    stage.outcomes.outcome = decided()
    assert await stage.commands.submit(WISH, arrived=0.0) == Decided(command=decided())
    assert not [entry for entry in stage.journal if entry.startswith("signal")]


async def test_a_slow_database_is_no_sign_that_temporal_is_away(stage: _Stage) -> None:
    """The budget begins when the command is stored: signals still get their time, and the breaker stays shut."""
    stage.outcomes.outcome = decided()
    stage.store_takes = BUDGET_SECONDS
    for _ in range(4):
        assert await stage.commands.submit(WISH, arrived=0.0) == Decided(command=decided())
    assert not stage.breaker.is_open
