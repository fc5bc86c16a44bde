"""What Prometheus asks the API: what this process counted, and how the record stands."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from adapters.db.database import Database, DatabaseUnavailableError
from adapters.db.quotes.watched import MOST_COUNTED, Watched, watched
from adapters.telemetry.metrics import MEDIA_TYPE, Gauged, exposition
from api.http.auth import authenticate
from api.services import ServicesDep
from api.v1.router import problems
from domain.people.scopes import Scope

KEPT_SECONDS: Final = 15.0
"""The record is asked no more often, however many ask."""


class WatchedKept:
    """How the record stood at most KEPT_SECONDS ago."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._turn = asyncio.Lock()
        self._until = 0.0
        self._kept: Watched | None = None

    async def now(self) -> Watched | None:
        """None where the record cannot be asked."""
        async with self._turn:
            if self._clock() >= self._until:
                try:
                    async with self._database.read() as reading:
                        self._kept = await watched(reading)
                except DatabaseUnavailableError:
                    self._kept = None
                self._until = self._clock() + KEPT_SECONDS
            return self._kept


@dataclass(frozen=True, slots=True)
class _Age:
    name: str
    help: str
    of: Callable[[Watched], float]


_AGES: Final = (
    _Age(
        "oldest_unsent_email_age_seconds",
        "Of the email that has waited the longest; 0 where none waits.",
        lambda told: told.unsent_email,
    ),
    _Age(
        "oldest_undecided_command_age_seconds",
        "Of the command that has waited for its outcome the longest; 0 where none waits.",
        lambda told: told.undecided_command,
    ),
    _Age(
        "overdue_expiry_seconds",
        "How long the open quote longest past its deadline is; 30 seconds are the grace for answers on time.",
        lambda told: told.overdue_expiry,
    ),
    _Age(
        "relay_lag_seconds",
        "How long a command has been due to be signalled again; 0 where none is.",
        lambda told: told.relay_lag,
    ),
    _Age(
        "oldest_undelivered_webhook_age_seconds",
        "Of the event that an enabled endpoint has not taken for the longest; 0 where none waits.",
        lambda told: told.undelivered_webhook,
    ),
)


def readings(told: Watched | None) -> list[Gauged]:
    """Of a record that cannot be asked only that."""
    up = Gauged(
        name="record_up", help="Whether the record could be asked.", values=(((), float(told is not None)),)
    )
    if told is None:
        return [up]
    quotes = Gauged(
        name="quotes",
        help="Quotes by status.",
        labels=("status",),
        values=tuple(((status,), float(count)) for status, count in told.quotes.items()),
    )
    ages = [Gauged(name=age.name, help=age.help, values=(((), age.of(told)),)) for age in _AGES]
    return [up, quotes, *ages, *_outward(told)]


def _outward(told: Watched) -> list[Gauged]:
    """Of the systems that are told what happens, and of the one that makes the orders."""
    return [
        Gauged(
            name="webhook_endpoints",
            help="Endpoints of webhooks: enabled, paused by a person, or disabled with a reason (gone, or its secret unreadable).",
            labels=("state",),
            values=tuple(((state,), float(count)) for state, count in told.endpoints.items()),
        ),
        Gauged(
            name="parked_webhook_deliveries",
            help="Events that were given up after the last attempt, of enabled endpoints; until they are told again, or 30 days old.",
            values=(((), float(told.parked_webhooks)),),
        ),
        Gauged(
            name="failed_orders",
            help="Orders of accepted quotes that were given up, and wait for a person.",
            values=(((), float(told.failed_orders)),),
        ),
        Gauged(
            name="pending_orders",
            help=f"Orders that the system that makes them has not taken yet, by the way it is told of them; {MOST_COUNTED} at most.",
            labels=("way",),
            values=tuple(((way,), float(count)) for way, count in told.pending_orders.items()),
        ),
        Gauged(
            name="oldest_pending_order_age_seconds",
            help="Of the order that has waited to be taken the longest, by the way it is told of it; 0 where none waits.",
            labels=("way",),
            values=tuple(((way,), age) for way, age in told.pending_order.items()),
        ),
    ]


async def may_watch(request: Request) -> None:
    """As every route of the API. While the record is away, whoever was let in last is let in again: that it is away is what
    they must be told.
    """
    state, shown = request.app.state, request.headers.get("authorization", "").encode()
    try:
        await authenticate(request, Scope.READ)
    except DatabaseUnavailableError:
        if not hmac.compare_digest(getattr(state, "watcher", b""), hashlib.sha256(shown).digest()):
            raise
    else:
        state.watcher = hashlib.sha256(shown).digest()


may_watch.scope = Scope.READ  # type: ignore[attr-defined]  # for the OpenAPI document
routes: Final = APIRouter(tags=["health"])


@routes.get(
    "/metrics",
    operation_id="metrics",
    summary="Read the metrics",
    response_class=PlainTextResponse,
    responses=problems(401, 403, 500, 503),
    dependencies=[Depends(may_watch)],
)
async def metrics(request: Request, services: ServicesDep) -> Response:
    """What this process counted and how the record stands, in Prometheus' text format."""
    state = request.app.state
    if not hasattr(state, "watched"):
        state.watched = WatchedKept(services.database)
    return Response(exposition(readings(await state.watched.now())), media_type=MEDIA_TYPE)
