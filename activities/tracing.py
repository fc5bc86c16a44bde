"""What a worker tells of its work for traces: each decision, and each activity in the trace of the request that it comes of.

The command's signal carries its request's `traceparent`; by it a workflow's outbound interceptor hands every activity on to the
right trace, without a word in the workflow's code. A run that knows a command from the record alone, as after continuing as
new, hands on nothing: then the record says of which request it came. So a history is what it would be, but for headers that
no replay looks at.
"""

import time
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final

from temporalio import activity, workflow
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    ExecuteWorkflowInput,
    HandleSignalInput,
    Interceptor,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle

from adapters import logs
from adapters.db.database import Database
from adapters.db.inbox.origins import origin_of_command, origin_of_order
from adapters.telemetry import traces
from adapters.temporal.signals import TRACE, read_trace_header, trace_header
from adapters.webhooks.signed_post import Answered
from domain.quotes.commands import NAMES
from domain.quotes.record import RecordRequest
from workflows.contract import QuoteStart
from workflows.ports import DeliverRequest, HandOverRequest, PriceRequest

_log = logs.logger(__name__)


class TraceWork(Interceptor):
    """For a worker, before its other interceptors: it hears of errors in our own words only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """See `temporalio.worker.Interceptor`."""
        return _TracingActivity(next, self._database)

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 - the SDK's name
    ) -> type[WorkflowInboundInterceptor] | None:
        """See `temporalio.worker.Interceptor`."""
        return _TracingInbound


def tracing(database: Database) -> list[Interceptor]:
    """What a worker needs for traces: nothing where they are off."""
    return [TraceWork(database)] if traces.is_on() else []


class _TracingActivity(ActivityInboundInterceptor):
    """What no traced request is the cause of, such as looking for news, is not traced."""

    def __init__(self, next: ActivityInboundInterceptor, database: Database) -> None:  # noqa: A002 - the SDK's name
        super().__init__(next)
        self._database = database

    async def execute_activity(self, input: ExecuteActivityInput) -> object:  # noqa: A002 - the SDK's name
        parent = read_trace_header(input.headers) or await self._origin(input.args[0] if input.args else None)
        if parent is None:
            return await super().execute_activity(input)
        info = activity.info()
        attributes: traces.Attributes = {
            "temporal.workflow_id": info.workflow_id or "",
            "temporal.run_id": info.workflow_run_id or "",
            "temporal.attempt": info.attempt,
            "firm_offer.waited_seconds": round(
                (info.started_time - info.current_attempt_scheduled_time).total_seconds(), 3
            ),
        }
        name = _named(info.activity_type, input.args[0] if input.args else None)
        with traces.span(name, traces.SpanKind.CONSUMER, parent=parent, attributes=attributes) as span:
            if span.trace_id:
                logs.bind(trace_id=span.trace_id)
            return await super().execute_activity(input)

    async def _origin(self, request: object) -> str | None:
        """By the record. Who cannot ask it goes on without."""
        try:
            match request:
                case RecordRequest(command=command) if command is not None:
                    async with self._database.read() as r:
                        return await origin_of_command(r, command.id)
                case PriceRequest():
                    async with self._database.read() as r:
                        return await origin_of_command(r, request.command_id)
                case HandOverRequest():
                    async with self._database.read() as r:
                        return await origin_of_order(r, request.quote_id)
        except Exception as error:  # noqa: BLE001 - a trace is worth no failure
            _log.warning("origin_unknown", error=type(error).__name__)
        return None


_deciding: Final[ContextVar[str | None]] = ContextVar("_deciding", default=None)
"""The decision that this task of a workflow is about: what is delivered after it is started by the same task."""


class _TracingInbound(WorkflowInboundInterceptor):
    """Remembers by which span each command came. Nothing here depends on anything but the history."""

    def __init__(self, next: WorkflowInboundInterceptor) -> None:  # noqa: A002 - the SDK's name
        super().__init__(next)
        self._decisions: dict[str, traces.Span] = {}

    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        """See `WorkflowInboundInterceptor.init`."""
        super().init(_TracingOutbound(outbound, self._decisions))

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002 - the SDK's name
        """A creation comes with the start."""
        start = input.args[0] if input.args else None
        if isinstance(start, QuoteStart) and start.create is not None:
            self._note(start.create.command_id, start.create.name, input.headers)
        return await super().execute_workflow(input)

    async def handle_signal(self, input: HandleSignalInput) -> None:  # noqa: A002 - the SDK's name
        """Every other command by a signal of its name."""
        command = input.args[0] if input.args else None
        if isinstance(command, Mapping):
            self._note(str(command.get("command_id")), input.signal, input.headers)
        await super().handle_signal(input)

    def _note(self, command_id: str, name: str, headers: Mapping[str, Any]) -> None:
        parent = read_trace_header(headers)
        if parent is not None and command_id not in self._decisions:
            self._decisions[command_id] = _decision(command_id, _known(name), parent)


class _TracingOutbound(WorkflowOutboundInterceptor):
    """Hands each activity on to the trace of the decision that it is about."""

    def __init__(self, next: WorkflowOutboundInterceptor, decisions: dict[str, traces.Span]) -> None:  # noqa: A002 - the SDK's name
        super().__init__(next)
        self._decisions = decisions

    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:  # noqa: A002 - the SDK's name
        self._hand_on(input)
        return super().start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> ActivityHandle[Any]:  # noqa: A002 - the SDK's name
        self._hand_on(input)
        return super().start_local_activity(input)

    def _hand_on(self, input: StartActivityInput | StartLocalActivityInput) -> None:  # noqa: A002 - the SDK's name
        traceparent = self._traceparent(input.args[0] if input.args else None)
        if traceparent is not None:
            input.headers = {**input.headers, TRACE: trace_header(traceparent)}

    def _traceparent(self, request: object) -> str | None:
        match request:
            case RecordRequest():
                decided = self._decided(request)
                _deciding.set(decided)
                return decided
            case PriceRequest() if request.command_id in self._decisions:
                return self._decisions[request.command_id].traceparent
            case DeliverRequest() | HandOverRequest():
                return _deciding.get()
        return None

    def _decided(self, request: RecordRequest) -> str | None:
        """What is to be recorded was decided just now. What time decides has no request: it begins a trace."""
        span = self._decisions.get(request.cause)
        if span is None and request.command is None:
            span = _decision(request.cause, _what(request), None)
        if span is None:
            return None
        if not workflow.unsafe.is_replaying():
            refused = request.refused
            span.tell({"firm_offer.outcome": str(refused.code) if refused else "applied"})
            span.end()
        return span.traceparent


def _named(activity_type: str, request: object) -> str:
    return f"{activity_type} {_what(request)}" if isinstance(request, RecordRequest) else activity_type


def _what(request: RecordRequest) -> str:
    """Which command, or what of time's: words of ours, whatever somebody has signalled."""
    if request.command is None:
        return request.cause.partition(":")[0]
    return _known(request.command.name)


def _known(name: str) -> str:
    return name if name in NAMES else "unknown"


def tell_answer(span: traces.Span, answer: Answered) -> None:
    """What another system answered to a request of ours: its status, and no word of it."""
    span.tell({"http.request.method": "POST"})
    if answer.status is not None:
        span.tell({"http.response.status_code": answer.status})
    if answer.error:
        span.fail(str(answer.status or "no answer"))


def _decision(cause: str, name: str, parent: str | None) -> traces.Span:
    info = workflow.info()
    return traces.decision(
        f"{info.workflow_id} {info.run_id} {cause}",
        f"decide {name}",
        parent=parent,
        began=min(workflow.time_ns(), time.time_ns()),
        attributes={"temporal.workflow_id": info.workflow_id, "temporal.run_id": info.run_id},
    )
