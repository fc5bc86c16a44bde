"""Waiting for a server until it answers."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from cli.stack.processes import Process

POLL = 0.04


async def until(answers: Callable[[], Awaitable[bool]], process: Process, *, seconds: float = 60) -> None:
    """Returns when `answers()` is true. Raises `StackError` with the process's last lines when it ends
    before that or takes longer than `seconds`; the wait is generous because the machine may be busy.
    """
    deadline = time.monotonic() + seconds
    while not await answers():
        if not process.running or time.monotonic() > deadline:
            raise process.failure()
        await asyncio.sleep(POLL)


async def http_ok(host_port: int, path: str) -> bool:
    """True when a GET on the loopback port answers 200."""
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", host_port)
            try:
                writer.write(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{host_port}\r\n\r\n".encode())
                await writer.drain()
                status = await reader.readline()
            finally:
                writer.close()
                await writer.wait_closed()
    except (OSError, TimeoutError):
        return False
    return status.split(b" ")[1:2] == [b"200"]
