"""The two requests by which a command reaches a workflow; both are idempotent.

The SDK's own `start` and `signal` make a random request id; here it is the command's, so that the server
drops a repeat while the run is open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from temporalio.api.common.v1 import Payload, WorkflowType
from temporalio.api.enums.v1 import WorkflowIdConflictPolicy, WorkflowIdReusePolicy
from temporalio.api.sdk.v1 import UserMetadata
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    SignalWithStartWorkflowExecutionRequest,
    StartWorkflowExecutionRequest,
)
from temporalio.client import Client
from temporalio.converter import PayloadConverter

TRACE: Final = "_tracer-data"
"""The header in which a trace goes on: the one of the SDK's own interceptor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Which run to start where none is open; `summary` is its one line in the Temporal Web UI, `traceparent` the span that
    signals it, where that is traced.
    """

    workflow: str
    workflow_id: str
    task_queue: str
    start: object
    summary: str | None = None
    traceparent: str | None = None


async def start(client: Client, run: Run, *, request_id: str, afresh: bool = False) -> None:
    """Start the run; an open one is left alone, or with `afresh` ended in the same step. Raises
    `temporalio.service.RPCError`.
    """
    request = StartWorkflowExecutionRequest(request_id=request_id)
    await _fill(client, request, run)
    if afresh:
        request.workflow_id_conflict_policy = (
            WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING
        )
    await client.workflow_service.start_workflow_execution(request, retry=True)


async def signal_with_start(
    client: Client, run: Run, signal: str, args: Sequence[object], *, request_id: str
) -> None:
    """Signal the open run, or start one and signal it. Raises `temporalio.service.RPCError`."""
    request = SignalWithStartWorkflowExecutionRequest(request_id=request_id, signal_name=signal)
    await _fill(client, request, run)
    request.signal_input.payloads.extend(await client.data_converter.encode(args))
    await client.workflow_service.signal_with_start_workflow_execution(request, retry=True)


async def _fill(
    client: Client,
    request: StartWorkflowExecutionRequest | SignalWithStartWorkflowExecutionRequest,
    run: Run,
) -> None:
    request.namespace = client.namespace
    request.identity = client.identity
    request.workflow_id = run.workflow_id
    request.workflow_type.CopyFrom(WorkflowType(name=run.workflow))
    request.task_queue.CopyFrom(TaskQueue(name=run.task_queue))
    request.workflow_id_reuse_policy = WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
    request.workflow_id_conflict_policy = WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
    request.input.payloads.extend(await client.data_converter.encode([run.start]))
    if run.traceparent:
        request.header.fields[TRACE].CopyFrom(trace_header(run.traceparent))
    if run.summary:
        [summary] = await client.data_converter.encode([run.summary])
        request.user_metadata.CopyFrom(UserMetadata(summary=summary))


def trace_header(traceparent: str) -> Payload:
    """The value of the header TRACE. It is not encrypted: ids that were drawn by lot."""
    return PayloadConverter.default.to_payload({"traceparent": traceparent})


def read_trace_header(headers: Mapping[str, Payload]) -> str | None:
    """The `traceparent` in there; None where there is none, or nothing that can be read."""
    try:
        found = PayloadConverter.default.from_payload(headers[TRACE])
        return str(found["traceparent"])
    except Exception:  # noqa: BLE001 - whatever a signal carries must not stop a quote
        return None
