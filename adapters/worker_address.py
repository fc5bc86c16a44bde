"""Where a worker can be asked how it is: `/livez`, `/readyz` and `/metrics`, for what supervises and watches it.

Nothing secret is told, but how much a shop does: the address is for the inside of an installation.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.telemetry.metrics import MEDIA_TYPE, exposition

_UNWELL: Final = 503


class WorkerHealth:
    """What is wrong with the worker of this process, as it last saw itself; None when it is well."""

    complaint: str | None = "it has not asked Temporal yet"


@asynccontextmanager
async def answering(address: str, health: WorkerHealth) -> AsyncIterator[int]:
    """While the context is open, answer at `address` (host:port); the port, which the system chose where that was 0.

    Raises OSError where the address cannot be had.
    """
    host, _, port = address.rpartition(":")
    bound = socket.create_server(
        (host.strip("[]"), int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET
    )
    config = uvicorn.Config(_app(health), log_config=None, access_log=False, lifespan="off", ws="none")
    server = _Answering(config)
    serving = asyncio.create_task(server.serve(sockets=[bound]), name="worker's address")
    try:
        yield int(bound.getsockname()[1])
    finally:
        server.should_exit = True
        await serving
        bound.close()


class _Answering(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The worker's own handlers stay: it ends by them, and this with it."""
        yield


def _app(health: WorkerHealth) -> Starlette:
    async def livez(_request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_request: Request) -> Response:
        if health.complaint is None:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "not ready", "complaint": health.complaint}, status_code=_UNWELL)

    async def metrics(_request: Request) -> Response:
        return Response(await asyncio.to_thread(exposition), media_type=MEDIA_TYPE)

    return Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)])
