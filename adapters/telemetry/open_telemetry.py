"""OpenTelemetry's SDK, and the one place that knows it. Spans leave by OTLP over HTTP, from a thread of their own.

Its standard variables count: `OTEL_EXPORTER_OTLP_*` (where to, headers, certificates, timeout), `OTEL_TRACES_SAMPLER`,
`OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`. No provider is made the global one: FastAPI and others would record by it what
we do not want told.
"""

import hashlib
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from adapters.telemetry.traces import Attributes, Span, SpanKind

FLUSH_SECONDS: Final = 3.0
"""For how long a process that ends waits for a collector that takes the last spans."""

SELDOM_SECONDS: Final = 300.0
"""Between two lines of the log which say that spans do not get through."""

_PROPAGATOR: Final = TraceContextTextMapPropagator()
_TRACEPARENT: Final = "traceparent"
_log = logging.getLogger(__name__)


class _Seldom(logging.Handler):
    """Takes what the SDK logs. Its words may name the collector's answer; and there are many of them where it is away."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._quiet_until = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`."""
        now = time.monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + SELDOM_SECONDS
            _log.warning("traces_not_sent: told by %s", record.name)


def opened(service: str) -> "OpenTelemetry":
    """What records for this service and sends it away; `OTEL_SERVICE_NAME` names it otherwise."""
    sdk = logging.getLogger("opentelemetry")
    sdk.handlers, sdk.propagate = [_Seldom()], False
    return OpenTelemetry(
        os.environ.get("OTEL_SERVICE_NAME") or service, BatchSpanProcessor(OTLPSpanExporter())
    )


class OpenTelemetry:
    """See `adapters.telemetry.traces.Tracing`."""

    def __init__(self, service: str, processor: SpanProcessor) -> None:
        self._provider = TracerProvider(
            resource=Resource.create({SERVICE_NAME: service}), id_generator=_Ids(), shutdown_on_exit=False
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("firm-offer")

    @contextmanager
    def span(
        self,
        name: str,
        kind: SpanKind,
        *,
        parent: str | None,
        begins: bool,
        link: str | None,
        attributes: Attributes,
    ) -> Iterator[Span]:
        """See `adapters.telemetry.traces.span`."""
        context = _context(parent)
        above = trace.get_current_span(context).get_span_context()
        if not above.is_valid and not begins:
            yield Span()
            return
        linked = trace.get_current_span(_context(link)).get_span_context() if link else None
        with self._tracer.start_as_current_span(
            name,
            context,
            trace.SpanKind[kind],
            attributes,
            links=[trace.Link(linked)] if linked and linked.is_valid else (),
            record_exception=False,
            set_status_on_exception=False,
        ) as started:
            recorded = _Recorded(started)
            try:
                yield recorded
            except BaseException as error:
                recorded.fail(_kind_of(error))
                raise

    def decision(
        self, key: str, name: str, *, parent: str | None, began: int, attributes: Attributes
    ) -> Span:
        """See `adapters.telemetry.traces.decision`."""
        digest = hashlib.sha256(key.encode()).digest()
        fixed = _fixed.set((int.from_bytes(digest[:16]), int.from_bytes(digest[16:24])))
        try:
            started = self._tracer.start_span(
                name, _context(parent) if parent else Context(), attributes=attributes, start_time=began
            )
        finally:
            _fixed.reset(fixed)
        return _Recorded(started)

    def current(self) -> str | None:
        """See `adapters.telemetry.traces.current`."""
        return _traceparent(trace.get_current_span())

    def end(self) -> None:
        """See `adapters.telemetry.traces.end`."""
        # The SDK would try for half a minute. What is left then goes with the process.
        last = threading.Thread(target=self._provider.shutdown, daemon=True)
        last.start()
        last.join(FLUSH_SECONDS)


class _Recorded(Span):
    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self.traceparent = _traceparent(span)
        self.trace_id = trace.format_trace_id(span.get_span_context().trace_id)

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def tell(self, attributes: Attributes) -> None:
        self._span.set_attributes(dict(attributes))

    def fail(self, kind: str) -> None:
        self._span.set_attribute("error.type", kind)
        self._span.set_status(trace.StatusCode.ERROR)

    def end(self) -> None:
        if self._span.is_recording():
            self._span.end()


_fixed: ContextVar[tuple[int, int] | None] = ContextVar("_fixed", default=None)


class _Ids(RandomIdGenerator):
    """Random, but where they are given: see `OpenTelemetry.decision`."""

    def generate_trace_id(self) -> int:
        fixed = _fixed.get()
        return fixed[0] if fixed else super().generate_trace_id()

    def generate_span_id(self) -> int:
        fixed = _fixed.get()
        return fixed[1] if fixed else super().generate_span_id()


def _context(traceparent: str | None) -> Context | None:
    """With the span of another process as the open one; None is the context here. A malformed one counts as none."""
    return _PROPAGATOR.extract({_TRACEPARENT: traceparent}, Context()) if traceparent else None


def _traceparent(span: trace.Span) -> str | None:
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier, trace.set_span_in_context(span, Context()))
    return carrier.get(_TRACEPARENT)


def _kind_of(error: BaseException) -> str:
    """Temporal's errors have a type of our own."""
    said = getattr(error, "type", None)
    return said if isinstance(said, str) else type(error).__name__
