"""Histories as files: written by `record_histories`, replayed by `test_replay`."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory

FOLDER = Path(__file__).with_name("histories")
Event = dict[str, Any]
_OF_THE_MACHINE = {"identity", "binaryChecksum", "workerVersion", "stackTrace"}


def write(name: str, history: WorkflowHistory) -> Path:
    """One event a line, without what only tells of the machine that recorded it."""
    events = [_without_machine(event) for event in history.to_json_dict()["events"]]
    file = FOLDER / f"{name}.json"
    lines = ",\n".join(json.dumps(event, sort_keys=True, separators=(",", ":")) for event in events)
    file.write_text(f'{{"events":[\n{lines}\n]}}\n')
    return file


def read(file: Path) -> list[Event]:
    """The events of a file."""
    events: list[Event] = json.loads(file.read_text())["events"]
    return events


def as_history(events: list[Event]) -> WorkflowHistory:
    """What a replayer takes."""
    started = events[0]["workflowExecutionStartedEventAttributes"]
    return WorkflowHistory.from_json(started["workflowId"], {"events": events})


def with_flag(events: list[Event], flag: int) -> list[Event]:
    """The same history, recorded by an SDK that had this flag of its language part set."""
    changed = deepcopy(events)
    for event in changed:
        completed = event.get("workflowTaskCompletedEventAttributes")
        if completed is not None:
            completed.setdefault("sdkMetadata", {})["langUsedFlags"] = [flag]
    return changed


def exchanged(events: list[Event], one: str, other: str) -> list[Event]:
    """The same history, in which the last event of one type and the last of another changed their places."""
    changed = deepcopy(events)
    first, second = (
        max(i for i, event in enumerate(changed) if event["eventType"] == f"EVENT_TYPE_{name}")
        for name in (one, other)
    )
    for key in ("eventId", "eventTime", "taskId"):
        changed[first][key], changed[second][key] = changed[second][key], changed[first][key]
    changed[first], changed[second] = changed[second], changed[first]
    return changed


def _without_machine(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_machine(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("kind") == "TASK_QUEUE_KIND_STICKY":
        value = value | {"name": "sticky"}
    return {key: _without_machine(each) for key, each in value.items() if key not in _OF_THE_MACHINE}
