"""HTTP/1.1 as uvicorn speaks it, with bounds on what a stranger can make it hold, and for how long.

uvicorn reads headers to their end before anybody asks who calls, and waits for that end for ever. With httptools it bounds
neither (`h11_max_incomplete_event_size` is for h11 alone, which has no timers either, and takes longer for every request);
a middleware hears of a request too late; and neither the local run nor the containers have a proxy in front.
"""

import asyncio
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from api.http.request_context import AT_SHUTDOWN

MAX_HEAD_BYTES: Final = 32 * 1024
"""Of request line and headers together, trailers too: as much as nginx takes by default (four buffers of 8 KiB)."""
MAX_HEADERS: Final = 100
KEEP_ALIVE_SECONDS: Final = 75
"""Longer than proxies keep an idle connection: who may send the next request must be the one that closes."""


class _UnboundedError(Exception):
    """Raised inside the parser, which then stops; never seen outside."""


class BoundedHttp(HttpToolsProtocol):
    """One connection. Answers 431 for too large a head, and 408 where a request does not come to its end in time."""

    head_seconds: float = 20.0
    """From a request's first byte to the end of its headers."""
    body_seconds: float = 120.0
    """From there to the end of its body: 5 MiB at 350 kbit/s."""
    answer_seconds: float = 120.0
    """For what is to be sent before more of it is made."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._head_bytes = 0
        self._head_fields = 0
        self._unheard = 0
        self._is_heard = False
        self._is_in_head = False
        self._is_in_request = False
        self._until: asyncio.TimerHandle | None = None
        self._sent_until: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody connected, and may be silent as long as between two requests."""
        super().connection_made(transport)
        self._wait(self.timeout_keep_alive)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        for timer in (self._until, self._sent_until):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser. What it keeps without telling of it (half a header) is counted too, but for one read."""
        self._is_heard = False
        super().data_received(data)
        self._unheard = 0 if self._is_heard else self._unheard + len(data)
        if self._unheard > MAX_HEAD_BYTES and not self.transport.is_closing():
            self._refuse_head()

    def send_400_response(self, msg: str) -> None:
        """The parser stopped: by our own bound, or because it is no HTTP."""
        if self._is_unbounded():
            self._refuse_head()
        else:
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        """A request's first byte."""
        self._is_heard = self._is_in_request = self._is_in_head = True
        self._head_bytes = self._head_fields = 0
        self._wait(self.head_seconds)
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A whole header, or trailer."""
        self._head_fields += 1
        self._count(len(name) + len(value) + len(": \r\n"))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Now somebody is asked who calls."""
        self._is_heard = True
        self._is_in_head = False
        self._wait(self.body_seconds)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body, which is counted where it is read."""
        self._is_heard = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request's last byte: now it is our turn."""
        self._is_heard = True
        self._is_in_request = False
        self._wait(None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Answered; a request that is not at its end has its time still."""
        super().on_response_complete()
        if not self._is_in_request and not self.pipeline:
            self._wait(self.timeout_keep_alive)

    def shutdown(self) -> None:
        """The server ends: who only listens on is let go, or its end would be waited for."""
        cycle = self._unanswered()
        let_go = cycle.scope["state"].get(AT_SHUTDOWN) if cycle else None
        if let_go is not None:
            let_go()
        super().shutdown()

    def pause_writing(self) -> None:
        """Who asked does not take the answer."""
        super().pause_writing()
        self._sent_until = self.loop.call_later(self.answer_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """They took it."""
        if self._sent_until is not None:
            self._sent_until.cancel()
        super().resume_writing()

    def _count(self, size: int) -> None:
        self._is_heard = True
        self._head_bytes += size
        if self._is_unbounded():
            raise _UnboundedError

    def _is_unbounded(self) -> bool:
        return self._head_bytes > MAX_HEAD_BYTES or self._head_fields > MAX_HEADERS

    def _wait(self, seconds: float | None) -> None:
        if self._until is not None:
            self._until.cancel()
        self._until = None if seconds is None else self.loop.call_later(seconds, self._late)

    def _late(self) -> None:
        if self.transport.is_closing():
            return
        if self._is_behind():
            self._wait(self.head_seconds)  # the request before is still our turn
        elif self._is_in_request:
            self._refuse(408, "The request did not come to its end in time.")
        else:
            self.transport.close()

    def _is_behind(self) -> bool:
        """Whether a request comes in while the one before it is not answered."""
        return bool(self.pipeline) or (self._is_in_head and self._unanswered() is not None)

    def _unanswered(self) -> RequestResponseCycle | None:
        cycle: RequestResponseCycle | None = self.cycle
        return None if cycle is None or cycle.response_complete else cycle

    def _refuse_head(self) -> None:
        rule = f"at most {MAX_HEAD_BYTES} bytes and {MAX_HEADERS} headers"
        self._refuse(431, f"Request line and headers may have {rule}.")

    def _refuse(self, status: int, text: str) -> None:
        """Say why, where no other answer has begun, and close."""
        self.logger.info("Request refused: %d", status)
        unanswered = self._unanswered()
        if not (self._is_behind() or (unanswered and unanswered.response_started)):
            fields = [
                *self.server_state.default_headers,
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", b"%d" % len(text)),
                (b"connection", b"close"),
            ]
            head = b"".join(b"%b: %b\r\n" % field for field in fields)
            self.transport.write(b"%b%b\r\n%b" % (STATUS_LINE[status], head, text.encode()))
        if unanswered:
            unanswered.disconnected = True
            unanswered.message_event.set()
        self.transport.close()
