"""A lean HTTP client: kept connections and as little work per request as can be, so that the server is measured."""

import asyncio
import json
from typing import Any
from uuid import uuid4

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Caller:
    """Calls one loopback port; at any moment it has as many connections as there are calls.

    What is answered 503, as on a machine too slow for the load, is asked again; `again` counts it.
    """

    def __init__(self, port: int, key: str = "") -> None:
        self._port = port
        self._idle: list[Connection] = []
        self.again = 0
        self._headers = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"

    def with_cookie(self, cookie: str) -> "Caller":
        """Another one for the same port, which brings that cookie."""
        other = Caller(self._port)
        other._headers += f"Cookie: {cookie}\r\n"
        return other

    async def get(self, path: str) -> bytes:
        """The body. Raises RuntimeError for any status but 200, save a 503, which is asked again."""
        return await self._call(f"GET {path} HTTP/1.1\r\n{self._headers}\r\n".encode())

    async def post(self, path: str, body: Any) -> dict[str, Any]:
        """The body as JSON. Raises RuntimeError as `get`; 201 and 202 are answers too."""
        content = json.dumps(body).encode()
        kind = (
            f"Idempotency-Key: {uuid4().hex}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        answer: dict[str, Any] = json.loads(
            await self._call(f"POST {path} HTTP/1.1\r\n{self._headers}{kind}".encode() + content)
        )
        return answer

    def close(self) -> None:
        """Close all connections."""
        while self._idle:
            self._idle.pop()[1].close()

    async def _call(self, request: bytes) -> bytes:
        while True:
            head, body = await self._once(request)
            if head[9:12] in {b"200", b"201", b"202"}:
                return body
            if head[9:12] != b"503":
                raise RuntimeError(f"{request[:60]!r} was answered {head[9:12]!r}: {body[:300]!r}")
            self.again += 1
            await asyncio.sleep(_number_in(head, b"retry-after:") or 1)

    async def _once(self, request: bytes) -> tuple[bytes, bytes]:
        kept = self._kept()
        try:
            return await self._answered(kept or await self._connected(), request)
        except (ConnectionError, asyncio.IncompleteReadError):
            if kept is None:
                raise
            # The server closed a kept connection at the moment of its use; a new one cannot be an old one.
            return await self._answered(await self._connected(), request)

    async def _answered(self, connection: Connection, request: bytes) -> tuple[bytes, bytes]:
        reader, writer = connection
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_number_in(head, b"content-length:"))
        except BaseException:
            writer.close()
            raise
        self._idle.append(connection)
        return head, body

    def _kept(self) -> Connection | None:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return None

    async def _connected(self) -> Connection:
        return await asyncio.open_connection("127.0.0.1", self._port)


def _number_in(head: bytes, name: bytes) -> int:
    """What a header says; servers here always say how long a body is."""
    for line in head.lower().split(b"\r\n"):
        if line.startswith(name):
            return int(line.partition(b":")[2])
    return 0
