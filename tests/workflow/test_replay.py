"""Quotes and webhooks that were begun by an earlier program go on with this one: their histories are replayed."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from temporalio import workflow

from tests.workflow import histories
from tests.workflow.histories import FOLDER, Event
from tests.workflow.lives import LIVES, LONG_LIVES
from tests.workflow.sandbox import OURS, replayer
from workflows.contract import WEBHOOK_NEWS, WEBHOOK_WORKFLOW, WebhookStart

FILES = sorted(FOLDER.glob("*.json"))
SINGLE_BATCH = 2
"""The SDK's coming flag: all that an activation brings is there before the workflow goes on."""

WHAT_TO_DO = """
The workflow no longer does what it did when {name}.json was recorded:
    {why}
A {what} that stands there today would be blocked by this change. Put the new order of steps behind
    if workflow.patched("a-name-for-the-change"):
and keep the old order in the other branch until no open {what} was begun before it. Only where no release has
ever made a history of this shape may it be recorded anew instead:
    python -m tests.workflow.record_histories {name}
"""


async def _replay(name: str, events: list[Event], workflows: Sequence[type] = OURS) -> None:
    history = histories.as_history(events)
    result = await replayer(workflows=workflows).replay_workflow(history, raise_on_replay_failure=False)
    if result.replay_failure is not None:
        why = str(result.replay_failure).splitlines()[0]
        what = "webhook" if name.startswith("endpoint_") else "quote"
        pytest.fail(WHAT_TO_DO.format(name=name, why=why[:400], what=what), pytrace=False)


def test_each_shape_has_its_history() -> None:
    """Nothing that a run can be made of is left out, and nothing is kept that nobody can record."""
    assert {file.stem for file in FILES} == {life.__name__ for life in (*LIVES, *LONG_LIVES)}
    assert len(FILES) >= 10


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_it_goes_on_as_it_was_recorded(file: Path) -> None:
    """Every step in the same order; a change that breaks this says what to do about it."""
    await _replay(file.stem, histories.read(file))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_it_does_not_depend_on_how_the_sdk_hands_over_what_is_new(file: Path) -> None:
    """The same histories, as an SDK with the flag would have written them: the same steps."""
    await _replay(file.stem, histories.with_flag(histories.read(file), SINGLE_BATCH))


@pytest.mark.parametrize("flag", [None, SINGLE_BATCH], ids=["without the flag", "with the flag"])
@pytest.mark.parametrize("swapped", [False, True], ids=["command, timer", "timer, command"])
async def test_a_command_and_the_timer_in_one_activation(swapped: bool, flag: int | None) -> None:
    """Synthetic histories around the deadline, made of a recorded one: whichever came first, the command is
    decided first.
    """
    events = histories.read(FOLDER / "command_beside_the_timer.json")
    kinds = [event["eventType"] for event in events]
    fired, signaled = (kinds[::-1].index(f"EVENT_TYPE_{kind}") for kind in (TIMER, SIGNAL))
    assert fired < signaled, "recorded with the command first"
    if swapped:
        events = histories.exchanged(events, TIMER, SIGNAL)
    await _replay("command_beside_the_timer", histories.with_flag(events, flag) if flag else events)


@workflow.defn(name=WEBHOOK_WORKFLOW, sandboxed=False)
class WaitsFirst:
    """As somebody might change the endpoint's workflow by mistake."""

    @workflow.signal(name=WEBHOOK_NEWS)
    def news(self, *_: object) -> None:
        """Not heard."""

    @workflow.run
    async def run(self, _: WebhookStart) -> None:
        """A step that was never there."""
        await workflow.sleep(1)


async def test_a_change_that_would_block_what_is_open_is_told_with_what_to_do() -> None:
    """By the name of the history, and the way to record it anew."""
    with pytest.raises(pytest.fail.Exception) as failed:
        await _replay("endpoint_told", histories.read(FOLDER / "endpoint_told.json"), [WaitsFirst])
    said = str(failed.value)
    assert "A webhook that stands there today would be blocked" in said
    assert "workflow.patched(" in said
    assert "python -m tests.workflow.record_histories endpoint_told" in said


TIMER, SIGNAL = "TIMER_FIRED", "WORKFLOW_EXECUTION_SIGNALED"
