"""The product as processes that trace, and a collector that takes what they send."""

import gzip
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from adapters.settings import Settings
from cli.local.free_ports import free_ports
from cli.local.processes.process import ChildProcess
from tests.unit.webhooks.receiver import Receiver, receiving, saying
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A span as it was sent."""

    id: str
    trace: str
    parent: str
    name: str
    service: str
    began: int
    ended: int
    failed: bool
    attributes: dict[str, str]


class Collector:
    """Takes spans by OTLP over HTTP, as OpenTelemetry's own collector does."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._receiver.port}"

    @property
    def raw(self) -> bytes:
        """All that has come, as it came but for compression."""
        return b"".join(map(_body, self._bodies()))

    def _bodies(self) -> Iterator[tuple[dict[str, str], bytes]]:
        for got in self._receiver.received:
            assert got.line.startswith("POST /v1/traces "), got.line
            yield got.headers, got.body

    def spans(self) -> list[Seen]:
        """In the order in which they began."""
        found = [
            Seen(
                id=span.span_id.hex(),
                trace=span.trace_id.hex(),
                parent=span.parent_span_id.hex(),
                name=span.name,
                service={a.key: a.value.string_value for a in resource.resource.attributes}["service.name"],
                began=span.start_time_unix_nano,
                ended=span.end_time_unix_nano,
                failed=span.status.code == 2,
                attributes={
                    a.key: str(getattr(a.value, a.value.WhichOneof("value") or "string_value"))
                    for a in span.attributes
                },
            )
            for sent in self._bodies()
            for resource in ExportTraceServiceRequest.FromString(_body(sent)).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        return sorted(found, key=lambda span: span.began)

    def trace_of(self, name: str, **attributes: str) -> list[Seen]:
        """The spans of the one trace that has a span of that name, with these attributes."""
        found = {
            span.trace
            for span in self.spans()
            if span.name == name and attributes.items() <= span.attributes.items()
        }
        if not found:
            return []
        [trace] = found
        return [span for span in self.spans() if span.trace == trace]


def _body(sent: tuple[dict[str, str], bytes]) -> bytes:
    headers, body = sent
    return gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body


def tree(spans: list[Seen], parent: str = "", depth: int = 0) -> str:
    """As a person reads it: what below what, in which process, when it began and how long it took (milliseconds)."""
    began, told = min(span.began for span in spans), ""
    for span in (each for each in spans if each.parent == parent):
        at, took = (span.began - began) / 1e6, (span.ended - span.began) / 1e6
        name, service = "  " * depth + span.name, span.service.removeprefix("firm-offer-")
        told += f"{name:40}{service:12}{at:7.0f}{took:7.0f}\n{tree(spans, span.id, depth + 1)}"
    return told


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """A collector on a free port."""
    async with receiving(saying(TAKEN)) as receiver:
        yield Collector(receiver)


@dataclass(kw_only=True)
class Product:
    """API, worker that decides and worker that delivers, each a process of its own."""

    http: httpx.AsyncClient
    api: ChildProcess
    decisions: ChildProcess
    deliveries: ChildProcess


@asynccontextmanager
async def processes(
    settings: Settings, folder: Path, *, traces: bool, collector: str, **more: str
) -> AsyncIterator[Product]:
    """Started with the variables of an operator, and stopped as one does."""
    [port] = free_ports(1)
    given = {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "TEMPORAL_ADDRESS": settings.temporal_address,
        "SMTP_URL": settings.smtp_url.get_secret_value(),
        "FIRM_OFFER_SECRET": settings.secret.get_secret_value(),
        "FIRM_OFFER_ENV": settings.environment,
        "FIRM_OFFER_TASK_QUEUE": settings.task_queue,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        **({"FIRM_OFFER_TRACES": "true"} if traces else {}),
        **more,
    }
    env = {**os.environ, **given}
    commands = {
        "api": ["-m", "api.serve", "--port", str(port)],
        "decisions": ["worker.py", "--only", "decisions"],
        "deliveries": ["worker.py", "--only", "deliveries"],
    }
    made = {
        name: ChildProcess(name, [sys.executable, *words], folder / f"{name}.log", env, ROOT)
        for name, words in commands.items()
    }
    async with AsyncExitStack() as stack:
        for process in made.values():
            process.start()
            stack.push_async_callback(process.stop)
        address = f"http://127.0.0.1:{port}"
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=address, timeout=30))

        async def ready() -> bool:
            gone = [process.failure() for process in made.values() if not process.running]
            assert not gone, gone
            try:
                return (await http.get("/readyz")).status_code == httpx.codes.OK
            except httpx.TransportError:
                return False

        await eventually(ready, "the product is ready", seconds=120)
        yield Product(http=http, **made)
