"""Around every request: its id, its line in the log, headers that keep browsers careful, and the last
resort when something fails that nobody foresaw.
"""

import re
import time
import traceback
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid6 import uuid7

from adapters import logs
from adapters.telemetry import metrics, traces
from api.http.problem import ProblemError

REQUEST_ID_HEADER: Final = "X-Request-Id"
AT_SHUTDOWN: Final = "at_shutdown"
"""In a request's state: what to call when the server ends while its answer still goes on."""
_ACCEPTABLE_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_SECURE_HEADERS: Final = {**_HEADERS, "Strict-Transport-Security": "max-age=31536000"}
_CLIENT_CLOSED: Final = 499
"""In the log alone, as nginx has it."""
_SERVER_ERROR: Final = 500
_UNTRACED: Final = frozenset({"/livez", "/readyz", "/metrics"})
"""Asked every few seconds, for ever."""
_OF_PROGRAMS: Final = "/api/"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_log = logs.logger(__name__)


def request_id_of(scope: Scope) -> str:
    """The id by which this request is found in the log; the answer carries it too."""
    request_id: str = scope.get("state", {}).get("request_id", "")
    return request_id


def arrival_of(scope: Scope) -> float:
    """`time.monotonic()` of this process when the request came: before its body was read, or anything was waited for."""
    arrived: float = scope["state"]["arrived"]
    return arrived


class RequestContext:
    """ASGI middleware, the outermost. Headers that an answer sets itself are left alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send)
        if scope["path"] in _UNTRACED:
            await self._answer(exchange, receive)
            return
        given = Request(scope).headers.get("traceparent")
        # Who calls the API with a key goes on in his own trace; a stranger at a page does not choose ours.
        is_program = scope["path"].startswith(_OF_PROGRAMS)
        with traces.span(
            _known(scope["method"]),
            traces.SpanKind.SERVER,
            parent=given if is_program else None,
            link=None if is_program else given,
            begins=True,
        ) as span:
            exchange.trace(span)
            await self._answer(exchange, receive)
            exchange.tell(span)

    async def _answer(self, exchange: "_Exchange", receive: Receive) -> None:
        try:
            await self._app(exchange.scope, receive, exchange.send)
        except ClientDisconnect:
            exchange.left()
        except Exception as error:  # noqa: BLE001  # the last resort: logged, and answered without details
            await exchange.fail(error, receive)
        exchange.log()


class _Exchange:
    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope = scope
        self._send = send
        self._began = time.monotonic()
        self._status = 0
        self._failure = ""
        given = Request(scope).headers.get(REQUEST_ID_HEADER, "")
        self._id = given if _ACCEPTABLE_ID.fullmatch(given) else str(uuid7())
        scope.setdefault("state", {}).update(request_id=self._id, arrived=self._began)
        logs.unbind_all()
        logs.bind(request_id=self._id)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[REQUEST_ID_HEADER] = self._id
            careful = _SECURE_HEADERS if self.scope.get("scheme") == "https" else _HEADERS
            for name, value in careful.items():
                headers.setdefault(name, value)
        await self._send(message)

    def left(self) -> None:
        """Who asked went away before the request's end: no error, and nobody to answer."""
        self._status = self._status or _CLIENT_CLOSED

    def trace(self, span: traces.Span) -> None:
        """Its lines in the log name the trace, and its trace the request."""
        if span.trace_id:
            logs.bind(trace_id=span.trace_id)
            span.tell({"firm_offer.request_id": self._id})

    def tell(self, span: traces.Span) -> None:
        """How it went: the route's template instead of the path, as in the log."""
        method, route = _known(self.scope["method"]), _template(self.scope)
        span.rename(f"{method} {route}")
        span.tell(
            {
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": self._status,
            }
        )
        if self._failure or self._status >= _SERVER_ERROR:
            span.fail(self._failure or str(self._status))

    async def fail(self, error: Exception, receive: Receive) -> None:
        """Log where it failed, never with which values; answer 500 if nothing has been answered yet."""
        self._failure = type(error).__name__
        metrics.FAILED_REQUESTS.inc()
        _log.error("request_failed", error=type(error).__name__, where=_frames(error))
        if not self._status:
            detail = "The request could not be completed. Look for its request_id in the log."
            problem = ProblemError("internal_error", detail)
            path: str = self.scope["path"]
            await problem.response(path=path, request_id=self._id)(self.scope, receive, self.send)

    def log(self) -> None:
        """One line: the route's template instead of the path, which may hold a token."""
        method, route, seconds = self.scope["method"], _template(self.scope), time.monotonic() - self._began
        metrics.REQUESTS.labels(_known(method), route, str(self._status)).observe(seconds)
        _log.info(
            "request", method=method, route=route, status=self._status, milliseconds=round(seconds * 1000, 1)
        )


def _known(method: str) -> str:
    """A method by its name: what a caller invents is no label."""
    return method if method in _METHODS else "other"


def _template(scope: Scope) -> str:
    route: Any = scope.get("route")
    return str(getattr(route, "path", "")) or "no route"


def _frames(error: BaseException) -> list[str]:
    return [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-8:]
    ]
