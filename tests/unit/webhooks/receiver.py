"""A receiver on loopback that answers as it is told to, byte by byte."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from standardwebhooks import Webhook, WebhookVerificationError

Respond = Callable[["Received", asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 204 No Content\r\n\r\n"


class Received:
    """A request as it came."""

    def __init__(self, head: bytes, body: bytes) -> None:
        first, *lines = head.decode().strip().split("\r\n")
        self.line = first
        self.headers = {n.lower(): v for n, v in (line.split(": ", 1) for line in lines)}
        self.body = body

    def is_signed(self, secret: str) -> bool:
        """By that secret, and now, as the reference library sees it."""
        try:
            Webhook(secret).verify(self.body, self.headers)
        except WebhookVerificationError:
            return False
        return True


class Receiver:
    """What has come, in its order."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        self.received: list[Received] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?a=b"

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            got = Received(head, b"")
            got.body = await reader.readexactly(int(got.headers["content-length"]))
            self.received.append(got)
            await self.respond(got, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def saying(answer: bytes) -> Respond:
    """Always the same."""

    async def respond(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    return respond


@asynccontextmanager
async def receiving(respond: Respond, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """One on a free port."""
    receiver = Receiver(respond)
    server = await asyncio.start_server(receiver.take, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
