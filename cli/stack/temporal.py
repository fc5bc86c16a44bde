"""A Temporal server of one's own, on a loopback port."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from cli.stack.binaries import CliProgram, Programs, ServerPrograms
from cli.stack.ports import free_ports
from cli.stack.processes import BROKEN_DATA, Process
from cli.stack.provide import provide
from cli.stack.temporal_config import DYNAMIC, LOOPBACK, PORTS, write_config
from cli.stack.temporal_ready import make_ready
from cli.temporal_prepare import NAMESPACE
from workflows.names import SEARCH_ATTRIBUTES


class Temporal:
    """`await start()` gives the address for clients, with namespace and search attributes in place.

    `stop`, `kill` and `start` may follow each other in any order; ports and data stay. `ui_port` counts where
    the programs bring the Web UI along; elsewhere it is a process of its own (`TemporalUi`).
    """

    def __init__(
        self,
        folder: Path,
        *,
        ports: Sequence[int] | None = None,
        ui_port: int | None = None,
        log: Path | None = None,
        programs: Programs | None = None,
    ) -> None:
        self.ports = list(ports) if ports else free_ports(PORTS)
        self.address = f"{LOOPBACK}:{self.ports[0]}"
        self._ui_port = ui_port
        self._folder = folder
        self._log = log or folder / "temporal.log"
        self._programs = programs
        self.process: Process | None = None

    async def start(self) -> str:
        """Raises `StackError`. Makes the programs first where they are missing, which takes minutes."""
        programs = self._programs or await provide()
        self._folder.mkdir(parents=True, exist_ok=True)
        way_out = BROKEN_DATA.format(folder=self._folder)
        self.process = Process(
            "Temporal", self._command(programs), self._log, _environment(), way_out=way_out
        )
        self.process.start()
        await make_ready(self.address, self.process)
        return self.address

    async def stop(self) -> None:
        if self.process is not None:
            await self.process.stop()

    def kill(self) -> None:
        """As a power cut of the server."""
        if self.process is not None:
            self.process.kill()

    def freeze(self) -> None:
        """The port stays open and nobody answers: how a server hangs."""
        if self.process is not None:
            self.process.freeze()

    def thaw(self) -> None:
        if self.process is not None:
            self.process.thaw()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _command(self, programs: Programs) -> list[str]:
        if isinstance(programs, ServerPrograms):
            config = write_config(self._folder, self.ports)
            return [str(programs.server), "--config-file", str(config), "--allow-no-auth", "start"]
        return cli_command(programs, self._folder / "temporal-cli.db", self.ports, self._ui_port)


def cli_command(
    programs: CliProgram, database: Path, ports: Sequence[int], ui_port: int | None = None
) -> list[str]:
    """The same server by the `temporal` command, which brings its Web UI in the same process."""
    options = {
        "--ip": LOOPBACK,
        "--port": str(ports[0]),
        "--http-port": str(ports[1]),
        "--metrics-port": str(ports[2]),
        "--db-filename": str(database),
        "--namespace": NAMESPACE,
        "--log-level": "warn",
    }
    repeated = [
        *(("--sqlite-pragma", pragma) for pragma in ("journal_mode=wal", "synchronous=1")),
        *(("--dynamic-config-value", f"{key}={str(value).lower()}") for key, value in DYNAMIC.items()),
        *(("--search-attribute", f"{name}={kind}") for name, kind in SEARCH_ATTRIBUTES.items()),
    ]
    start = [str(programs.program), "server", "start-dev"]
    ui = ["--ui-port", str(ui_port)] if ui_port else ["--headless"]
    return [*start, *ui, *(word for pair in (*options.items(), *repeated) for word in pair)]


def _environment() -> dict[str, str]:
    # Clients' variables of this name would be read as the server's own configuration.
    return {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
