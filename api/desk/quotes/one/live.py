"""A page that hears of a change: server-sent events (HTML Living Standard, 9.2), one `changed` for whatever happened."""

import asyncio
from contextlib import suppress
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from adapters.db.database import DatabaseUnavailableError
from adapters.db.quotes.watching import TooManyWatchesError
from api.desk.shell.signed_in import session_of
from api.http.request_context import AT_SHUTDOWN
from api.services import services_of

BEAT_SECONDS = 15.0
"""Between two signs of life, which proxies want to see; at each it is asked whether the session still holds."""
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
_CHANGED: Final = b"event: changed\ndata:\n\n"
_OVER: Final = b"event: over\ndata:\n\n"
_BEAT: Final = b":\n\n"


class LiveStream(Response):
    """Goes on until the reader leaves, the session ends, or the server does. A browser comes back by itself, after two
    seconds; where too many listen it is told to ask in another way (204: it does not come back).
    """

    def __init__(self, request: Request, quote_id: str, *, seen: str = "") -> None:
        super().__init__()
        self._request = request
        self._quote_id = quote_id
        self._seen = seen
        self._ends = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        scope["state"][AT_SHUTDOWN] = self._ends.set
        try:
            async with services_of(self._request).watch.watch(self._quote_id, seen=self._seen) as changed:
                await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
                await self._tell(changed, receive, send)
        except TooManyWatchesError:
            await Response(status_code=204)(scope, receive, send)
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, changed: asyncio.Event, receive: Receive, send: Send) -> None:
        async def say(what: bytes) -> None:
            await send({"type": "http.response.body", "body": what, "more_body": True})

        await say(b"retry: 2000\n\n")
        leaves = asyncio.create_task(_left(receive))
        ends = asyncio.create_task(self._ends.wait())
        try:
            while True:
                hears = asyncio.create_task(changed.wait())
                done, _ = await asyncio.wait(
                    {hears, leaves, ends}, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                hears.cancel()
                if leaves in done or ends in done:
                    return
                changed.clear()
                if not done and not await self._still_signed_in():
                    await say(_OVER)
                    return
                await say(_CHANGED if done else _BEAT)
        finally:
            leaves.cancel()
            ends.cancel()

    async def _still_signed_in(self) -> bool:
        """Taken for granted while nobody can say."""
        with suppress(DatabaseUnavailableError):
            session = await session_of(self._request)
            return session is not None and not session.is_over
        return True


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
