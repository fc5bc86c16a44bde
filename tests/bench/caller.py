"""A lean HTTP client: kept connections and as little work per request as can be, so that the server is measured."""

import asyncio
import json
from typing import Any

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Caller:
    """Calls one loopback port; at any moment it has as many connections as there are calls."""

    def __init__(self, port: int, key: str = "") -> None:
        self._port = port
        self._idle: list[Connection] = []
        self._headers = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"

    async def get(self, path: str) -> bytes:
        """The body. Raises RuntimeError for any status but 200."""
        return await self._call(f"GET {path} HTTP/1.1\r\n{self._headers}\r\n".encode())

    async def post(self, path: str, body: Any) -> dict[str, Any]:
        """The body as JSON. Raises RuntimeError for any status but 200, 201 and 202."""
        content = json.dumps(body).encode()
        kind = f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        answer: dict[str, Any] = json.loads(
            await self._call(f"POST {path} HTTP/1.1\r\n{self._headers}{kind}".encode() + content)
        )
        return answer

    def close(self) -> None:
        """Close all connections."""
        while self._idle:
            self._idle.pop()[1].close()

    async def _call(self, request: bytes) -> bytes:
        kept = self._kept()
        try:
            head, body = await self._answered(kept or await self._connected(), request)
        except (ConnectionError, asyncio.IncompleteReadError):
            if kept is None:
                raise
            # The server closed a kept connection at the moment of its use; a new one cannot be an old one.
            head, body = await self._answered(await self._connected(), request)
        if head[9:12] not in {b"200", b"201", b"202"}:
            raise RuntimeError(f"{request[:60]!r} was answered {head[9:12]!r}: {body[:300]!r}")
        return body

    async def _answered(self, connection: Connection, request: bytes) -> tuple[bytes, bytes]:
        reader, writer = connection
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head))
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


def _length(head: bytes) -> int:
    """Servers here always say it."""
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0
