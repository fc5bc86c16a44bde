"""The bench measures a slow machine too: what it answers 503 is asked again, as the same request."""

import asyncio
import re

from tests.bench.stack.caller import Caller

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\n{}"
DONE = b'HTTP/1.1 201 Created\r\nContent-Length: 11\r\n\r\n{"id": "7"}'


async def test_what_is_answered_503_is_asked_again_as_the_same_request() -> None:
    answers, keys = iter([BUSY, DONE]), []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(2)
            keys.append(re.findall(rb"Idempotency-Key: (\S+)", head))
            writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        caller = Caller(server.sockets[0].getsockname()[1])
        assert await caller.post("/quotes", {}) == {"id": "7"}
        caller.close()
    assert caller.again == 1
    assert len(keys) == 2
    assert keys[0] == keys[1] != []
