"""Histories by a worker that traces: it changes no step, and tells each decision once, the same however often it is replayed."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio import workflow
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from activities.tracing import TraceWork
from adapters.db.database import Database
from adapters.telemetry import traces
from adapters.telemetry.open_telemetry import OpenTelemetry
from adapters.temporal.client import firm_offer_plugin
from tests.workflow import histories
from tests.workflow.histories import FOLDER
from tests.workflow.sandbox import OURS

FILES = sorted(FOLDER.glob("*.json"))
REMINDED = "expired_after_reminders"


@pytest.fixture
def exported() -> Iterator[InMemorySpanExporter]:
    """Traces are on; what has been sent."""
    kept = InMemorySpanExporter()
    put_back = traces.record_by(OpenTelemetry("replay", SimpleSpanProcessor(kept)))
    yield kept
    put_back()


async def _replay(file: Path) -> None:
    replayer = Replayer(
        workflows=[*OURS],
        workflow_runner=UnsandboxedWorkflowRunner(),
        plugins=[firm_offer_plugin()],
        interceptors=[TraceWork(MagicMock(spec=Database))],
    )
    await replayer.replay_workflow(histories.as_history(histories.read(file)))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_replay_takes_the_same_steps_and_sends_nothing(
    file: Path, exported: InMemorySpanExporter
) -> None:
    await _replay(file)
    assert exported.get_finished_spans() == ()


async def test_what_time_decides_begins_a_trace_of_its_own(
    exported: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a worker that does the steps of that history for the first time, twice: the same ids."""
    monkeypatch.setattr(workflow.unsafe, "is_replaying", lambda: False)
    [file] = [file for file in FILES if file.stem == REMINDED]
    told: list[list[tuple[str, int, int]]] = []
    for _ in range(2):
        exported.clear()
        await _replay(file)
        told.append([_ids(span) for span in exported.get_finished_spans()])
    assert told[0] == told[1]
    reminded = [each for each in told[0] if each[0] == "decide reminder"]
    assert reminded
    assert len({trace for _, trace, _ in reminded}) == len(reminded)
    assert {name for name, _, _ in told[0]} <= {"decide reminder", "decide expiry"}


def _ids(span: ReadableSpan) -> tuple[str, int, int]:
    assert span.context is not None
    assert span.parent is None
    return span.name, span.context.trace_id, span.context.span_id
