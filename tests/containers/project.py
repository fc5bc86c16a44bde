"""The product's compose project under a name, ports, secrets and an image of its own."""

import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.local.free_ports import free_ports
from tests.containers.engine import ASKING, Engine, FailedError
from tests.containers.images import ROOT

STARTING = 600.0
SECRETS = re.compile(r"\$\{(\w+):\?")
PUBLISHED = {"api": 8000, "mailpit": 8025, "temporal-ui": 8233}
_INNER = {"api": 8000, "mailpit": 8025, "temporal-ui": 8080}
_OURS = ("migrate", "temporal-setup", "api", "worker", "deliveries")
_PIP = re.compile(
    r"^(?:global|install|:env:)\.(index-url|extra-index-url|trusted-host|proxy|cert)='(.*)'$", re.MULTILINE
)


@dataclass
class Project:
    """`docker compose` with the product's own file, and beside it what this machine needs."""

    engine: Engine
    folder: Path
    stand_ins: bool

    def __post_init__(self) -> None:
        self.name = f"firm-offer-check-{secrets.token_hex(4)}"
        self.image = f"{self.name}:check"
        self.ports = dict(zip(PUBLISHED, free_ports(len(PUBLISHED)), strict=True))
        self.url = f"http://127.0.0.1:{self.ports['api']}"
        self.mail_url = f"http://127.0.0.1:{self.ports['mailpit']}"
        wanted = sorted(set(SECRETS.findall((ROOT / "docker-compose.yml").read_text())))
        self._env = {name: secrets.token_hex(32) for name in wanted}
        # The address that customers have leads nowhere inside of a container: as it is in use.
        self._env["FIRM_OFFER_URL"] = self.url
        self._additions = self.folder / "additions.yml"
        _write_pip_config(self.folder)
        self._additions.write_text(self._added())

    def compose(self, *words: str, seconds: float = STARTING, stdin: bytes | None = None) -> bytes:
        """What the command prints. Raises FailedError, with the containers' last words where starting failed."""
        files = ["--file", str(ROOT / "docker-compose.yml"), "--file", str(self._additions)]
        command = ["compose", "--project-name", self.name, "--project-directory", str(ROOT), *files, *words]
        return self.engine.run(command, seconds=seconds, stdin=stdin, env=self._env)

    def up(self, *words: str) -> None:
        """Start what is not running, and wait until all of it is healthy. Raises FailedError."""
        try:
            self.compose("up", "--detach", "--wait", *words)
        except FailedError as error:
            logs = self.compose("logs", "--no-color", "--tail", "15").decode(errors="replace")
            raise FailedError(f"{error}\n{logs}") from error

    def command(self, *words: str, stdin: str | None = None) -> str:
        """An operator's command, in a container of its own beside the API."""
        given = None if stdin is None else stdin.encode()
        return self.compose(
            "run", "--rm", "-T", "api", "firm-offer", *words, seconds=120, stdin=given
        ).decode()

    def in_worker(self, number: int, *words: str, service: str = "worker") -> str:
        """A command inside of one of the workers' containers, counted from 1."""
        return self.compose("exec", "-T", "--index", str(number), service, *words, seconds=120).decode()

    def states(self) -> dict[str, dict[str, Any]]:
        """Each container by its name: `Service`, `State`, `Health`, `ExitCode`."""
        listed = self.compose("ps", "--all", "--format", "json", seconds=ASKING).decode().split("\n")
        rows = [row for line in listed if line for row in _rows(json.loads(line))]
        return {row["Name"]: row for row in rows}

    def sql(self, statement: str, database: str = "postgres") -> list[str]:
        """Rows, by the superuser."""
        psql = [
            "psql",
            "--no-psqlrc",
            "--tuples-only",
            "--no-align",
            "--username",
            "postgres",
            "--dbname",
            database,
        ]
        told = self.compose("exec", "-T", "postgres", *psql, "--command", statement, seconds=ASKING).decode()
        return [line for line in told.splitlines() if line]

    def dump(self) -> bytes:
        """The record, as docs/operations.md has it saved."""
        words = ["pg_dump", "--username", "postgres", "--format", "custom", "firm_offer"]
        return self.compose("exec", "-T", "postgres", *words)

    def restore(self, dump: bytes) -> None:
        """The record into this project, of which nothing has been started yet."""
        self.compose("up", "--detach", "--wait", "postgres")
        self.compose("run", "--rm", "-T", "roles")
        words = ["pg_restore", "--username", "postgres", "--dbname", "firm_offer", "--exit-on-error"]
        self.compose("exec", "-T", "postgres", *words, stdin=dump)
        self.sql("SELECT setval('quote_numbers', nextval('quote_numbers') + 1000)", "firm_offer")

    def down(self) -> None:
        """Nothing of it is left but its image."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "30")

    def left(self) -> list[str]:
        """What is there of it."""
        label = f"label=com.docker.compose.project={self.name}"
        found = []
        for kind, words in (
            ("container", ["ps", "--all", "--quiet"]),
            ("volume", ["volume", "ls", "--quiet"]),
            ("network", ["network", "ls", "--quiet"]),
        ):
            found += [f"{kind} {each}" for each in self.engine.ask(*words, "--filter", label).split()]
        return found

    def _added(self) -> str:
        lines = ["services:"]
        for service, port in self.ports.items():
            lines += [f"  {service}:", f'    ports: !override ["127.0.0.1:{port}:{_INNER[service]}"]']
            if service in _OURS:
                lines += self._build()
        for service in _OURS:
            if service not in self.ports:
                lines += [f"  {service}:", *self._build()]
        if self.stand_ins:  # whose Temporal keeps its data in a file
            lines += [
                "  temporal:",
                "    volumes: [temporal-stand-in:/data]",
                "volumes:",
                "  temporal-stand-in:",
            ]
        lines += ["secrets:"]
        for name, file in (("pip-config", "pip.conf"), ("pip-authorities", "authorities.pem")):
            lines += [f"  {name}:", f"    file: {self.folder}/{file}"]
        return "\n".join(lines) + "\n"

    def _build(self) -> list[str]:
        secret = "      secrets: [pip-config, pip-authorities]"
        return [f"    image: {self.image}", "    build:", "      network: host", secret]


@contextmanager
def project(engine: Engine, folder: Path, *, stand_ins: bool) -> Iterator[Project]:
    """A project that is taken down in the end, whatever happened."""
    made = Project(engine, folder, stand_ins)
    try:
        yield made
    finally:
        made.down()


def _rows(told: Any) -> list[dict[str, Any]]:
    """Compose prints a list, or an object a line."""
    return told if isinstance(told, list) else [told]


def _write_pip_config(folder: Path) -> None:
    """For the build alone: the way to a package registry that this machine has."""
    told = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    found = dict(_PIP.findall(told))
    authorities = Path(found.pop("cert", "") or os.environ.get("SSL_CERT_FILE", ""))
    lines = ["[global]", *(f"{name} = {value}" for name, value in found.items())]
    (folder / "authorities.pem").write_bytes(b"")
    if authorities.is_file():
        (folder / "authorities.pem").write_bytes(authorities.read_bytes())
        lines.append("cert = /run/pip-authorities.pem")
    (folder / "pip.conf").write_text("\n".join(lines) + "\n")
