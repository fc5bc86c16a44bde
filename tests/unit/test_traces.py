"""Traces cost nothing where they are off, say nothing of anybody where they are on, and suffer no collector that is away."""

import importlib.util
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.settings import Settings
from adapters.telemetry import open_telemetry, traces
from adapters.telemetry.open_telemetry import OpenTelemetry
from adapters.temporal.signals import TRACE, read_trace_header, trace_header
from api.app import create_app
from api.http.request_context import RequestContext
from cli.local.errors import StackError
from cli.local.free_ports import free_ports
from cli.settings import load_settings

ROOT = Path(__file__).parents[2]
GIVEN = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{GIVEN}-00f067aa0ba902b7-01"
NEEDED = {"DATABASE_URL": "postgresql://a:b@c/d", "FIRM_OFFER_SECRET": "s" * 32}
Recorded = Callable[[], tuple[ReadableSpan, ...]]


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    """Traces are on; what has been recorded."""
    kept = InMemorySpanExporter()
    put_back = traces.record_by(OpenTelemetry("tests", SimpleSpanProcessor(kept)))
    yield kept.get_finished_spans
    put_back()


@pytest.mark.parametrize("module", ["worker", "activities.delivery", "activities.webhooks"])
def test_a_worker_that_does_not_trace_imports_nothing_for_it(module: str) -> None:
    code = f"import sys, {module}; print([m for m in sys.modules if m.startswith('opentelemetry')])"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_an_api_that_does_not_trace_does_without_the_sdk() -> None:
    """FastAPI itself imports the names of OpenTelemetry's API."""
    code = "import sys, api.app; print([m for m in sys.modules if m.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))])"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_fastapi_s_own_telemetry_is_off() -> None:
    """Its spans have the path, and with it a customer's link, wherever another library sets a provider."""
    told = create_app()._telemetry
    assert [told[name] for name in ("tracing", "metrics", "logs", "auto_configure")] == [False] * 4


def test_off_a_span_is_nothing() -> None:
    with traces.span("anything", parent=PARENT, begins=True) as span:
        assert (span.traceparent, traces.current(), traces.is_on()) == (None, None, False)
    assert traces.decision("k", "decide", parent=PARENT, began=1).traceparent is None


def test_without_the_extra_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """And with the switch off, nobody needs it."""

    def absent(name: str, package: str | None = None) -> Any:
        if name.startswith("opentelemetry.sdk"):
            raise ModuleNotFoundError(name)
        return importlib.util.find_spec(name, package)

    monkeypatch.setattr("adapters.settings.find_spec", absent)
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    assert Settings().traces is False
    monkeypatch.setenv("FIRM_OFFER_TRACES", "true")
    with pytest.raises(StackError) as refused:
        load_settings(local=False)
    assert str(refused.value) == (
        "FIRM_OFFER_TRACES: requests cannot be traced without the extra `telemetry`: install it "
        "(pip install 'firm-offer[telemetry]'), or set this to false."
    )


def test_with_the_extra_it_can_be_switched_on() -> None:
    assert Settings.model_validate({**NEEDED, "FIRM_OFFER_TRACES": "true"}).traces is True


def test_a_span_needs_one_above_it_or_begins(recorded: Recorded) -> None:
    """What nobody asked for, such as looking for news, makes no traces of its own."""
    with traces.span("alone") as alone:
        assert alone.traceparent is None
    with traces.span("first", begins=True) as first, traces.span("below"):
        pass
    with traces.span("later", parent=first.traceparent):
        pass
    below, begun, later = recorded()
    assert begun.context is not None
    assert [each.parent and each.parent.span_id for each in (begun, below, later)] == [
        None,
        begun.context.span_id,
        begun.context.span_id,
    ]
    assert {each.context.trace_id for each in recorded() if each.context} == {begun.context.trace_id}


def test_an_error_is_told_by_its_kind(recorded: Recorded) -> None:
    """Its text may quote anything."""
    secret = "maria@acme.example.com"
    with pytest.raises(ValueError, match="maria"), traces.span("failing", begins=True):
        raise ValueError(secret)
    [failed] = recorded()
    assert (failed.status.is_ok, failed.status.description) == (False, None)
    assert dict(failed.attributes or {}) == {"error.type": "ValueError"}
    assert list(failed.events) == []
    assert secret not in failed.to_json()


def test_a_decision_is_the_same_however_often_it_is_made(recorded: Recorded) -> None:
    """As a replay makes it; and nothing of it is sent before its end, which it has once."""
    first = traces.decision("run 1", "decide accept", parent=PARENT, began=5)
    again = traces.decision("run 1", "decide accept", parent=PARENT, began=5)
    other = traces.decision("run 2", "decide accept", parent=PARENT, began=5)
    assert first.traceparent == again.traceparent != other.traceparent
    assert str(first.traceparent).split("-")[1] == GIVEN
    assert recorded() == ()
    again.end()
    again.end()
    assert [(each.name, each.start_time) for each in recorded()] == [("decide accept", 5)]


def test_what_time_decides_begins_a_trace_that_is_the_same_again(recorded: Recorded) -> None:
    with traces.span("of another trace", begins=True) as other:
        first = traces.decision("run reminder", "decide reminder", parent=None, began=5)
        again = traces.decision("run reminder", "decide reminder", parent=None, began=5)
    assert first.traceparent == again.traceparent
    assert first.trace_id != other.trace_id


def test_what_is_not_sampled_is_not_sent_and_stays_unsampled(recorded: Recorded) -> None:
    with traces.span("request", parent=PARENT[:-2] + "00", begins=True) as span:
        told = traces.decision("run", "decide accept", parent=traces.current(), began=5)
        told.end()
    assert recorded() == ()
    assert str(span.traceparent).endswith("-00")
    assert str(told.traceparent).endswith("-00")


@pytest.mark.parametrize(
    "value", [{}, {TRACE: trace_header("x")}, {TRACE: None}, {TRACE: "garbage"}, {TRACE: 7}]
)
def test_a_header_of_a_stranger_stops_nothing(value: Any, recorded: Recorded) -> None:
    """A signal may carry anything."""
    found = read_trace_header(value)
    assert found in {None, "x"}
    with traces.span("activity", parent=found):
        pass
    assert recorded() == ()


def test_a_header_is_read_as_it_was_written() -> None:
    assert read_trace_header({TRACE: trace_header(PARENT)}) == PARENT


async def _fails(_: Request) -> Response:
    raise RuntimeError("maria@acme.example.com")


async def _fine(_: Request) -> Response:
    return PlainTextResponse("fine")


def _app() -> httpx.AsyncClient:
    routes = [Route("/q/{token}", _fine), Route("/q/{token}/broken", _fails), Route("/api/v1/x", _fine)]
    routes.append(Route("/readyz", _fine))
    app = Starlette(routes=routes)
    app.add_middleware(RequestContext)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://api.test")


@pytest.mark.parametrize(
    ("path", "name", "status"),
    [
        ("/q/s3cret-token", "GET /q/{token}", 200),
        ("/q/s3cret-token/broken", "GET /q/{token}/broken", 500),
        ("/q/s3cret-token/nothing", "GET no route", 404),
    ],
)
async def test_a_request_is_named_by_its_route(recorded: Recorded, path: str, name: str, status: int) -> None:
    """Never by its path, also where it fails."""
    async with _app() as http:
        answer = await http.get(f"{path}?email=maria@acme.example.com")
    [request] = recorded()
    told = dict(request.attributes or {})
    assert (request.name, told["http.response.status_code"]) == (name, status)
    assert told["firm_offer.request_id"] == answer.headers["x-request-id"]
    assert told.get("error.type") == ("RuntimeError" if status == 500 else None)
    assert not {"s3cret", "maria"} & {word for word in ("s3cret", "maria") if word in request.to_json()}


async def test_a_program_s_trace_goes_on_and_a_stranger_s_is_linked(recorded: Recorded) -> None:
    async with _app() as http:
        for path in ("/api/v1/x", "/q/token"):
            await http.get(path, headers={"traceparent": PARENT})
        await http.get("/api/v1/x", headers={"traceparent": "garbage"})
        await http.get("/readyz")
    program, stranger, garbage = recorded()
    traced = [f"{each.context.trace_id:032x}" for each in (program, stranger, garbage) if each.context]
    assert [each == GIVEN for each in traced] == [True, False, False]
    assert [[f"{link.context.trace_id:032x}" for link in each.links] for each in (program, stranger)] == [
        [],
        [GIVEN],
    ]
    assert garbage.parent is None


def test_a_collector_that_is_away_costs_neither_the_log_nor_the_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One line for many failures, in our words; and a process that ends waits for seconds at most."""
    [port] = free_ports(1)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "8")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4")
    monkeypatch.setattr(open_telemetry, "FLUSH_SECONDS", 0.2)
    sdk = logging.getLogger("opentelemetry")
    before = sdk.handlers, sdk.propagate
    opened = open_telemetry.opened("tests")
    put_back = traces.record_by(opened)
    try:
        with caplog.at_level(logging.WARNING):
            for _ in range(500):
                with traces.span("lost", begins=True):
                    pass
            for _ in range(20):
                logging.getLogger("opentelemetry.sdk").warning("told by %s", "http://collector.example")
            traces.end()
        lines = [record.getMessage() for record in caplog.records]
        assert len(lines) == 1, lines
        assert lines[0].startswith("traces_not_sent: told by opentelemetry.")
    finally:
        put_back()
        sdk.handlers, sdk.propagate = before
