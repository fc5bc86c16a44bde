"""Waiting for a server until it answers."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from cli.local.errors import StackError
from cli.local.processes.process import ChildProcess

RARELY = 30.0  # seconds between two lines of a log


class Progress:
    def __init__(self, what: str) -> None:
        self._what = what
        self._began = time.monotonic()
        self._said = 0.0
        self._terminal = sys.stderr.isatty()

    def show(self, detail: str) -> None:
        """The time so far and `detail`; call it as often as you like."""
        now = time.monotonic()
        if self._terminal:
            sys.stderr.write(f"\r\033[K{self._line(detail)}")
        elif now - self._said >= RARELY:
            self._said = now
            sys.stderr.write(self._line(detail) + "\n")
        sys.stderr.flush()

    def done(self, detail: str = "done") -> None:
        sys.stderr.write(("\r\033[K" if self._terminal else "") + self._line(detail) + "\n")
        sys.stderr.flush()

    def _line(self, detail: str) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        return f"  {self._what} ({minutes}:{seconds:02d}): {detail}"


POLL = 0.04
ANSWER = 5.0  # seconds for one answer of a server that is asked whether it runs


async def until(
    answers: Callable[[], Awaitable[bool]], server: ChildProcess | str, *, seconds: float = 60
) -> None:
    """Returns when `answers()` is true. Raises `StackError` when that takes longer than `seconds` (which are
    many because the machine may be busy) or the process ends before; `server` is our own process, or words
    for somebody else's.
    """
    deadline = time.monotonic() + seconds
    while not await answers():
        late = time.monotonic() > deadline
        if isinstance(server, ChildProcess) and (late or not server.running):
            raise server.failure()
        if late:
            raise StackError(
                f"{server} is not responding: start it, or unset that variable to have one started here."
            )
        await asyncio.sleep(POLL)


async def together(*starts: Coroutine[Any, Any, object]) -> None:
    """Awaits all of them; the first failure ends the others and is raised as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            for start in starts:
                group.create_task(start)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def http_ok(port: int, path: str) -> bool:
    """True when a GET on the loopback port answers 200."""
    try:
        await http_get(port, path)
    except (OSError, TimeoutError):
        return False
    return True


async def http_get(port: int, path: str, *, seconds: float = ANSWER) -> bytes:
    """The body. Raises `OSError`, also for every answer but 200, and `TimeoutError`."""
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            await writer.drain()
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        finally:
            writer.close()
            await writer.wait_closed()
    if head.split(b" ", 2)[1:2] != [b"200"]:
        raise ConnectionError(f"not 200: {head[:60]!r}")
    return body
