"""The product's own two processes, API and worker, as the local stack runs them."""

import sys
from collections.abc import Mapping
from pathlib import Path

from cli.local.datadir import DataDir
from cli.local.ports import LOOPBACK
from cli.local.processes import Process
from cli.local.waiting import http_ok, until

PROJECT = Path(__file__).resolve().parents[2]

SERVE = (
    *("--factory", "api.app:create_app", "--no-access-log", "--timeout-graceful-shutdown", "5"),
    # Longer than any proxy keeps a connection: who closes first must be the one who sends the next request.
    *("--timeout-keep-alive", "75"),
)
"""How uvicorn serves the API, wherever it is started."""


class Product:
    def __init__(self, data: DataDir, *, port: int, env: Mapping[str, str]) -> None:
        python = sys.executable
        address = ["--host", LOOPBACK, "--port", str(port)]
        self._port = port
        self.api = Process("API", [python, "-m", "uvicorn", *SERVE, *address], data.log("api"), env, PROJECT)
        self.worker = Process(
            "Worker", [python, str(PROJECT / "worker.py")], data.log("worker"), env, PROJECT
        )

    async def start(self) -> None:
        """Returns when the API says that it and what it depends on are ready. Raises `StackError`."""
        self.worker.start()
        self.api.start()
        await until(self._ready, self.api)

    async def is_ready(self) -> bool:
        """Whether both run, and the API finds what it depends on."""
        return self.worker.running and self.api.running and await http_ok(self._port, "/readyz")

    async def _ready(self) -> bool:
        if not self.worker.running:
            raise self.worker.failure()
        return await self.is_ready()
