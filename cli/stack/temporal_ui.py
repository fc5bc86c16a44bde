"""Temporal's Web UI, where a person reads a quote's life."""

import json
from pathlib import Path

from cli.stack.binaries import ServerPrograms
from cli.stack.processes import Process
from cli.stack.temporal_config import LOOPBACK
from cli.stack.waiting import http_ok, until
from cli.temporal_prepare import NAMESPACE


class TemporalUi:
    def __init__(self, folder: Path, *, address: str, port: int, log: Path, programs: ServerPrograms) -> None:
        self.port = port
        self.url = f"http://{LOOPBACK}:{port}"
        self._folder = folder
        self._address = address
        command = [str(programs.ui), "-r", str(folder), "-c", "config", "-e", "dev", "start"]
        self.process = Process("Temporal Web UI", command, log)

    async def start(self) -> str:
        """The URL. Needs no server yet: the UI asks it page by page. Raises `StackError`."""
        config = self._folder / "config"
        config.mkdir(parents=True, exist_ok=True)
        settings = {
            "temporalGrpcAddress": self._address,
            "host": LOOPBACK,
            "port": self.port,
            "enableUi": True,
            "defaultNamespace": NAMESPACE,
            "disableWriteActions": False,
        }
        (config / "dev.yaml").write_text(json.dumps(settings, indent=1))
        self.process.start()
        await until(lambda: http_ok(self.port, "/"), self.process)
        return self.url

    async def stop(self) -> None:
        await self.process.stop()

    def kill(self) -> None:
        self.process.kill()
