"""The product's own two processes, API and worker, as the local stack runs them."""

import sys
from collections.abc import Mapping
from pathlib import Path

from cli.stack.datadir import DataDir
from cli.stack.processes import Process
from cli.stack.waiting import http_ok, until

PROJECT = Path(__file__).resolve().parents[2]


class Product:
    def __init__(self, data: DataDir, *, port: int, env: Mapping[str, str]) -> None:
        python = sys.executable
        serve = [
            "-m",
            "uvicorn",
            "api.app:create_app",
            "--factory",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        quiet = ["--no-access-log", "--timeout-graceful-shutdown", "5"]
        self._port = port
        self.api = Process("API", [python, *serve, *quiet], data.log("api"), env, PROJECT)
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
