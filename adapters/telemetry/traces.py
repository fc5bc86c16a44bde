"""Traces: one request and all that came of it, in every process, as spans for OpenTelemetry.

Off until `begin`, and then nothing of OpenTelemetry's SDK is imported. Names and attributes of spans are words of ours, ids and
figures: no path (it may hold a customer's link), no address, no name, no text of an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from typing import Final, Protocol

Attributes = Mapping[str, str | int | float | bool]
NONE: Final[Attributes] = {}


class SpanKind(StrEnum):
    """How a span stands to the one above it, in OpenTelemetry's words."""

    SERVER = "SERVER"
    CLIENT = "CLIENT"
    PRODUCER = "PRODUCER"
    CONSUMER = "CONSUMER"
    INTERNAL = "INTERNAL"


class Span:
    """What is being done; this one is not recorded."""

    trace_id: str | None = None
    traceparent: str | None = None
    """By which others go on in its trace: https://www.w3.org/TR/trace-context/."""

    def rename(self, name: str) -> None:
        """Call it otherwise."""

    def tell(self, attributes: Attributes) -> None:
        """Add attributes."""

    def fail(self, kind: str) -> None:
        """It failed, by this kind of error."""

    def end(self) -> None:
        """End a decision's: any other ends with its context."""


class Tracing(Protocol):
    """How spans are recorded."""

    def span(
        self,
        name: str,
        kind: SpanKind,
        *,
        parent: str | None,
        begins: bool,
        link: str | None,
        attributes: Attributes,
    ) -> AbstractContextManager[Span]:
        """See `span`."""
        ...

    def decision(
        self, key: str, name: str, *, parent: str | None, began: int, attributes: Attributes
    ) -> Span:
        """See `decision`."""
        ...

    def current(self) -> str | None:
        """See `current`."""
        ...

    def end(self) -> None:
        """See `end`."""
        ...


class _Switch:
    tracing: Tracing | None = None


_UNRECORDED: Final = Span()


def begin(service: str) -> None:
    """Record from now on, for this service, and send to where the variables OTEL_EXPORTER_OTLP_* say. Raises ImportError
    without the extra `telemetry`.
    """
    if _Switch.tracing is None:
        from adapters.telemetry.open_telemetry import opened  # noqa: PLC0415 - slow, and not always there

        _Switch.tracing = opened(service)


def record_by(tracing: Tracing | None) -> Callable[[], None]:
    """Record by this from now on; what puts back how it was."""
    before, _Switch.tracing = _Switch.tracing, tracing
    return lambda: setattr(_Switch, "tracing", before)


def end() -> None:
    """Send what is left, for a few seconds, and record no more. It blocks."""
    tracing, _Switch.tracing = _Switch.tracing, None
    if tracing is not None:
        tracing.end()


def is_on() -> bool:
    """Whether spans are recorded."""
    return _Switch.tracing is not None


def current() -> str | None:
    """The `traceparent` of the span that is open here; None where none is."""
    return _Switch.tracing.current() if _Switch.tracing else None


@contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    *,
    parent: str | None = None,
    begins: bool = False,
    link: str | None = None,
    attributes: Attributes = NONE,
) -> Iterator[Span]:
    """Record what is done within, below `parent` (a `traceparent`), or below the span that is open here.

    Where there is neither, nothing is recorded, unless it `begins` a trace. `link` is a `traceparent` of another trace that
    has to do with it. An exception is told by its kind alone.
    """
    tracing = _Switch.tracing
    if tracing is None:
        yield _UNRECORDED
        return
    with tracing.span(name, kind, parent=parent, begins=begins, link=link, attributes=attributes) as recorded:
        yield recorded


def decision(key: str, name: str, *, parent: str | None, began: int, attributes: Attributes = NONE) -> Span:
    """A span that begins at `began` (nanoseconds since 1970) and has its id by `key`: where a workflow is replayed, it is made
    again as it was. Nothing is sent before its `end`. Without a `parent` it begins a trace.
    """
    tracing = _Switch.tracing
    if tracing is None:
        return _UNRECORDED
    return tracing.decision(key, name, parent=parent, began=began, attributes=attributes)
