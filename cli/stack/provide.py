"""Makes the programs of a Temporal server available: finds, downloads or builds them."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from cli.stack import binaries
from cli.stack.errors import StackError
from cli.stack.gobuild import build
from cli.stack.locks import FileLock
from cli.stack.progress import Progress

PATIENCE = 300.0  # seconds for a download

Say = Callable[[str], None]


async def provide(say: Say = print) -> binaries.Programs:
    """The programs, at once where they are there already. Raises `StackError`."""
    return binaries.find() or await _get(say)


async def _get(say: Say) -> binaries.Programs:
    cache = binaries.cache()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = FileLock(cache / "lock")
        with lock:
            await _take_turns(lock)
            if (found := binaries.find()) is not None:
                return found
            if not await _download(say):
                await build(say)
    except OSError as error:
        raise StackError(
            f"The Temporal server cannot be put into {cache} ({error.strerror}): make room or make it writable, "
            "set XDG_CACHE_HOME to another folder, or set TEMPORAL_ADDRESS to a server of your own."
        ) from error
    if (found := binaries.find()) is None:
        raise StackError(
            f"The programs in {cache} do not run on this machine: remove that folder and start again."
        )
    return found


async def _take_turns(lock: FileLock) -> None:
    if lock.take():
        return
    progress = Progress("Another process is making the Temporal server")
    while not lock.take():
        progress.show("waiting for it")
        await asyncio.sleep(0.5)
    progress.done()


async def _download(say: Say) -> bool:
    """Lets the SDK fetch the `temporal` command it was tested with; False where it cannot."""
    say("Looking for the Temporal server: not on this machine, trying a download.")
    cache = binaries.cache()
    folder = Path(tempfile.mkdtemp(dir=cache, prefix="download."))
    try:
        async with asyncio.timeout(PATIENCE):
            server = await WorkflowEnvironment.start_local(download_dest_dir=str(folder))
            await server.shutdown()
        _keep(folder)
    except (RuntimeError, OSError, ValueError):  # the SDK raises RuntimeError for whatever went wrong
        return False
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return binaries.find() is not None


def _keep(folder: Path) -> None:
    """Moves the program that was downloaded into `folder` to its place in the cache."""
    program = max((file for file in folder.iterdir() if file.is_file()), key=lambda file: file.stat().st_size)
    program.chmod(0o755)
    program.rename(binaries.cli_path())
