"""Bounds of a connection, with real sockets: what is too large or too slow ends, what is usual goes on."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from api.serve import SERVED
from api.serve.bounded_http import MAX_HEAD_BYTES, MAX_HEADERS, BoundedHttp
from cli.local.free_ports import LOOPBACK

LARGE = 8 * 1024 * 1024


def begin(path: bytes = b"body") -> bytes:
    """A request's head, but for its end."""
    return b"POST /%s HTTP/1.1\r\nHost: api.test\r\n" % path


class Hasty(BoundedHttp):
    """A second of ours is a quarter of a minute elsewhere."""

    head_seconds = body_seconds = answer_seconds = 0.2


@dataclass
class Behind:
    """An app that reads the body, and notes who left before its end. `turn` is set for it to go on."""

    left: asyncio.Event = field(default_factory=asyncio.Event)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    turn: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            await (await self.answer(request))(scope, receive, send)
        except ClientDisconnect:
            self.left.set()

    async def answer(self, request: Request) -> Response:
        self.came.set()
        if request.url.path == "/refused":
            return Response(status_code=401)
        if request.url.path == "/waiting":
            await self.turn.wait()
        body = await request.body()
        if request.url.path == "/large":
            return Response(b"x" * LARGE)
        return JSONResponse({"path": request.url.path, "size": len(body)})


Connect = Callable[[], Any]


@asynccontextmanager
async def serving(app: Behind, http: type[BoundedHttp], **options: Any) -> AsyncIterator[Connect]:
    """Connections to the app, served as the API is."""
    settings = {**SERVED, "http": http, "log_config": None, "lifespan": "off", **options}
    server = uvicorn.Server(uvicorn.Config(app, port=0, **settings))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done(), serving.result()
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield lambda: asyncio.open_connection(LOOPBACK, port)
    finally:
        server.should_exit = True
        await serving


async def answered(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of the next answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return int(head.split()[1]), await reader.readexactly(int(length[0].split(b":")[1]))


async def ended(reader: asyncio.StreamReader) -> bytes:
    """What comes until the connection ends, which it does."""
    try:
        async with asyncio.timeout(30):
            return await reader.read()
    except ConnectionError:
        return b""


async def poured(writer: asyncio.StreamWriter, data: bytes, most: int) -> int:
    """How much was taken of `most` bytes before the other side closed."""
    taken = 0
    try:
        while taken < most:
            writer.write(data)
            await writer.drain()
            taken += len(data)
    except ConnectionError:
        pass
    return taken


HEADS = {
    "one long value": begin() + b"A: " + b"a" * MAX_HEAD_BYTES + b"\r\n\r\n",
    "a long address": b"GET /" + b"a" * MAX_HEAD_BYTES + b" HTTP/1.1\r\nHost: api.test\r\n\r\n",
    "many headers": begin() + b"A: b\r\n" * MAX_HEADERS + b"\r\n",
    "headers of 40 KB": begin() + (b"A: " + b"a" * 4_000 + b"\r\n") * 10 + b"\r\n",
    "trailers": begin()
    + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
    + b"A: b\r\n" * MAX_HEADERS
    + b"\r\n",
}


@pytest.mark.parametrize("head", HEADS.values(), ids=list(HEADS))
async def test_a_large_head_is_refused(head: bytes) -> None:
    """431 with the rule, and the connection ends."""
    async with serving(Behind(), BoundedHttp) as connect:
        reader, writer = await connect()
        writer.write(head)
        status, body = await answered(reader)
        assert (status, await ended(reader)) == (431, b"")
        assert body == b"Request line and headers may have at most 32768 bytes and 100 headers."
        writer.close()


ENDLESS = {
    "a value": (begin() + b"A: ", b"a" * 65_536),
    "a name": (begin(), b"a" * 65_536),
    "an address": (b"GET /", b"a" * 65_536),
    "headers": (begin(), b"A: b\r\n" * 1_000),
    "a trailer": (begin() + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: ", b"a" * 65_536),
    "a chunk's extension": (begin() + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a" * 65_536),
}


@pytest.mark.parametrize(("begun", "more"), ENDLESS.values(), ids=list(ENDLESS))
async def test_what_never_ends_is_not_kept(begun: bytes, more: bytes) -> None:
    """Sixteen megabytes are offered, of which little is taken: what the sockets hold, and some reads."""
    async with serving(Behind(), BoundedHttp) as connect:
        _, writer = await connect()
        writer.write(begun)
        assert await poured(writer, more, 4 * LARGE) < 2 * LARGE
        writer.close()


SLOW = {
    "the head": begin() + b"A: ",
    "the body": begin() + b"Content-Length: 10\r\n\r\n12345",
    "a body in chunks": begin() + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
}


@pytest.mark.parametrize("begun", SLOW.values(), ids=list(SLOW))
async def test_a_request_ends_in_time(begun: bytes) -> None:
    """408, then the end; the app is told that who asked is gone, and nothing fails."""
    app = Behind()
    async with serving(app, Hasty) as connect:
        reader, writer = await connect()
        writer.write(begun)
        status, body = await answered(reader)
        assert (status, body) == (408, b"The request did not come to its end in time.")
        assert await ended(reader) == b""
        if app.came.is_set():
            await app.left.wait()
        writer.close()


async def test_a_body_that_nobody_reads_ends_in_time() -> None:
    """An answer before the body's end is no way to keep a connection by dripping."""
    async with serving(Behind(), Hasty) as connect:
        reader, writer = await connect()
        writer.write(begin(b"refused") + b"Content-Length: 1000\r\n\r\n1")
        while not reader.at_eof():
            try:
                writer.write(b"1")
                async with asyncio.timeout(0.01):
                    await reader.read(1_000)
            except TimeoutError:
                continue
            except ConnectionError:  # closed while something was still on its way
                break
        writer.close()


@pytest.mark.parametrize("dripped", [b"", b"\r\n"])
async def test_who_asks_nothing_is_closed_like_any_idle_connection(dripped: bytes) -> None:
    """Also one that sends empty lines, which begin no request."""
    async with serving(Behind(), BoundedHttp, timeout_keep_alive=0.2) as connect:
        reader, writer = await connect()
        while not reader.at_eof():
            try:
                writer.write(dripped)
                async with asyncio.timeout(0.01):
                    await reader.read(1_000)
            except TimeoutError:
                continue
            except ConnectionError:  # closed while something was still on its way
                break
        writer.close()


async def test_an_answer_that_nobody_takes_ends_in_time() -> None:
    """Its megabytes are not kept."""
    async with serving(Behind(), Hasty) as connect:
        reader, writer = await connect()
        writer.transport.pause_reading()
        writer.write(begin(b"large") + b"Content-Length: 0\r\n\r\n")
        while not writer.is_closing():
            try:
                writer.write(b"\r\n")
                await writer.drain()
                await asyncio.sleep(0.02)
            except ConnectionError:
                break
        assert len(await ended(reader)) < LARGE


async def test_usual_requests_go_on_over_one_connection() -> None:
    """One after the other, behind each other, with a body in chunks, with headers just below the bound; and our own
    slowness is nobody's fault.
    """
    app = Behind()
    async with serving(app, BoundedHttp) as connect:
        reader, writer = await connect()
        for size in (0, 5, 300_000):
            writer.write(begin() + b"Content-Length: %d\r\n\r\n" % size + b"x" * size)
            assert await answered(reader) == (
                200,
                json.dumps({"path": "/body", "size": size}).replace(" ", "").encode(),
            )
        writer.write(begin() + b"A: " + b"a" * (MAX_HEAD_BYTES - 100) + b"\r\n\r\n")
        assert (await answered(reader))[0] == 200
        chunked = b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 9 + b"0\r\n\r\n"
        writer.write((begin() + chunked) * 3)
        assert [await answered(reader) for _ in range(3)] == [(200, b'{"path":"/body","size":9}')] * 3
        writer.close()


async def test_our_own_slowness_is_nobody_s_fault() -> None:
    """A whole request waits for its answer as long as that takes, and the one behind it, of which a part is there."""
    app = Behind()
    async with serving(app, Hasty) as connect:
        reader, writer = await connect()
        writer.write(begin(b"waiting") + b"Content-Length: 0\r\n\r\n" + begin())
        other, theirs = await connect()
        theirs.write(begin())
        assert (await answered(other))[0] == 408  # so much time has gone by
        theirs.close()
        app.turn.set()
        assert await answered(reader) == (200, b'{"path":"/waiting","size":0}')
        writer.write(b"Content-Length: 0\r\n\r\n")
        assert await answered(reader) == (200, b'{"path":"/body","size":0}')
        writer.close()


def test_every_start_of_the_api_is_bounded() -> None:
    """And logs no customer's link, and keeps a connection longer than a proxy that may use it again at any moment."""
    config = uvicorn.Config(Behind(), **SERVED)
    config.load()
    assert config.http_protocol_class is BoundedHttp
    assert not config.access_log
    assert config.timeout_keep_alive >= 75
