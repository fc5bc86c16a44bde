"""The catching mail server as a child process."""

import json
import os
import sys
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

from cli.local.free_ports import free_ports
from cli.local.processes.process import Process
from cli.local.processes.until import http_get, http_ok, until

PROJECT = Path(__file__).resolve().parents[3]


class Mail:
    """`await start()` gives the URL of the inbox. What arrived stays in `folder` over `stop` and `kill`."""

    def __init__(
        self,
        folder: Path,
        *,
        smtp_port: int | None = None,
        http_port: int | None = None,
        log: Path | None = None,
    ) -> None:
        fresh = free_ports(2)
        self.smtp_port = smtp_port or fresh[0]
        self.http_port = http_port or fresh[1]
        self.smtp_url = f"smtp://127.0.0.1:{self.smtp_port}"
        self.url = f"http://127.0.0.1:{self.http_port}"
        ports = ["--smtp-port", str(self.smtp_port), "--http-port", str(self.http_port)]
        self.process = Process(
            "Mail server",
            [sys.executable, "-m", "cli.local.mail", *ports, "--dir", str(folder.resolve())],
            log or folder / "mail.log",
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            cwd=PROJECT,
        )

    async def start(self) -> str:
        """Raises `StackError`."""
        self.process.start()
        await until(lambda: http_ok(self.http_port, "/livez"), self.process)
        return self.url

    async def messages(self, *, subject: str = "", to: str = "") -> list[dict[str, Any]]:
        """What has been caught, oldest first, as `GET /api/messages` says it: where subject and recipient hold
        these words.
        """
        path = f"/api/messages?{urlencode({'subject': subject, 'to': to})}"
        caught: list[dict[str, Any]] = json.loads(await http_get(self.http_port, path))
        return caught

    async def stop(self) -> None:
        await self.process.stop()

    def kill(self) -> None:
        self.process.kill()

    def freeze(self) -> None:
        """The port stays open and nobody answers."""
        self.process.freeze()

    def thaw(self) -> None:
        self.process.thaw()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
