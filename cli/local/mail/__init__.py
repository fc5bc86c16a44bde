"""A mail server that catches every mail and shows it in a browser: `python -m cli.local.mail`."""

import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cli.local.free_ports import free_ports
from cli.local.processes.process import ChildProcess, Server
from cli.local.processes.until import http_get, http_ok, until

PROJECT = Path(__file__).resolve().parents[3]
MESSAGES = 60.0  # seconds for a list of what was caught


class MailServer(Server):
    """`await start()` gives the URL of the inbox. What arrived stays in `folder`."""

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
        self._folder = folder
        self._log = log or folder / "mail.log"

    async def start(self) -> str:
        ports = ["--smtp-port", str(self.smtp_port), "--http-port", str(self.http_port)]
        self.process = ChildProcess(
            "Mail server",
            [sys.executable, "-m", "cli.local.mail", *ports, "--dir", str(self._folder.resolve())],
            self._log,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            cwd=PROJECT,
        )
        self.process.start()
        await until(lambda: http_ok(self.http_port, "/livez"), self.process)
        return self.url

    async def messages(self, *, subject: str = "", to: str = "") -> list[dict[str, Any]]:
        """What has been caught, oldest first, as `GET /api/messages` says it: where subject and recipient hold
        these words. Raises `OSError`, and `TimeoutError` after a minute, which a busy machine may come near to.
        """
        path = f"/api/messages?{urlencode({'subject': subject, 'to': to})}"
        caught: list[dict[str, Any]] = json.loads(await http_get(self.http_port, path, seconds=MESSAGES))
        return caught
