"""What a process counts and times, in Prometheus' terms. No label holds a name, an address, an id or a link.

With `PROMETHEUS_MULTIPROC_DIR`, an empty folder, the processes of one API (`WEB_CONCURRENCY`) tell their sums together: so does
the library itself.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

MEDIA_TYPE: Final = CONTENT_TYPE_LATEST
# Who is answered after two seconds, because the decision takes longer, is told from who waited for five.
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0, 10.0)

REQUESTS: Final = Histogram(
    "firm_offer_http_request_duration_seconds",
    "Requests by the route's template, until their answer is sent.",
    ("method", "route", "status"),
    buckets=_SECONDS,
)
FAILED_REQUESTS: Final = Counter(
    "firm_offer_failed_requests_total",
    "Requests that failed for a reason that nobody foresaw: answered with 500, or broken off.",
)
COMMANDS: Final = Histogram(
    "firm_offer_command_duration_seconds",
    "Commands from their arrival to their answer: applied, refused, pending (answered 202) or overloaded (503, not stored).",
    ("command", "outcome"),
    buckets=_SECONDS,
)
EMAILS: Final = Counter(
    "firm_offer_email_attempts_total",
    "Emails by what became of an attempt: sent, delayed, failed (for good) or skipped.",
    ("kind", "outcome"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauged:
    """A gauge's values, each with its labels' values; `name` without the product's prefix."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    values: tuple[tuple[tuple[str, ...], float], ...]


def exposition(readings: Iterable[Gauged] = ()) -> bytes:
    """All that this process counts, and `readings`, in the text format of MEDIA_TYPE."""
    read = CollectorRegistry()
    for reading in readings:
        gauge = Gauge(f"firm_offer_{reading.name}", reading.help, reading.labels, registry=read)
        for labels, value in reading.values:
            (gauge.labels(*labels) if labels else gauge).set(value)
    return generate_latest(_counted()) + generate_latest(read)


def _counted() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together
