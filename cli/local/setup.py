"""`firm-offer setup`, `firm-offer db-revision`, and Chromium for the browser tests."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from adapters.db.migrate import revision, upgrade
from cli.local.errors import StackError
from cli.local.postgres.programs import programs
from cli.local.postgres.server import Postgres
from cli.local.processes.process import ChildProcess, run_until_stopped, stop_all
from cli.local.processes.until import Progress
from cli.local.temporal.server import provide


def setup(
    *,
    browser: Annotated[
        bool, typer.Option("--browser", help="Install Chromium too, for the browser tests.")
    ] = False,
) -> None:
    if not run_until_stopped(_setup(browser=browser)):
        typer.echo("Stopped; nothing half-finished is left behind.", err=True)
        raise typer.Exit(130)


async def _setup(*, browser: bool) -> None:
    if not os.environ.get("DATABASE_URL"):
        programs()
    if not os.environ.get("TEMPORAL_ADDRESS"):
        await provide()
    if browser:
        with tempfile.TemporaryDirectory() as logs:
            await provide_chromium(Path(logs), print)


def db_revision(
    message: Annotated[str, typer.Argument(help="Why the tables change: the migration's first line.")],
) -> None:
    if not message.strip():
        raise StackError("Say why the tables change: the message is the migration's first line.")
    asyncio.run(_write(message.strip()))


async def _write(message: str) -> None:
    # A database of its own: the difference must not depend on what a developer's has been through.
    with tempfile.TemporaryDirectory() as folder:
        async with Postgres(Path(folder) / "postgres", durable=False) as server:
            await asyncio.to_thread(upgrade, server.url())
            await asyncio.to_thread(revision, server.url(), message)


# The first one is Chromium without windows, a package of its own: a test costs it less than half the processor time.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_PACKAGES = ("chromium-headless-shell", "chromium")  # the second one where a Debian is too old for the first
_PLACES = ("/usr/bin", "/usr/local/bin", "/snap/bin")  # a PATH may be narrower than the machine


def find_chromium() -> str | None:
    """The path of a Chromium of the machine's own; Playwright's is found by Playwright."""
    path = os.pathsep.join((os.environ.get("PATH", ""), *_PLACES))
    return next((found for name in _NAMES if (found := shutil.which(name, path=path))), None)


async def provide_chromium(folder: Path, say: Callable[[str], None]) -> None:
    """Raises `StackError` when there is none and none can be had. `folder` takes the logs."""
    if find_chromium():
        return
    say("Chromium is not on this machine.")
    if os.geteuid() == 0 and shutil.which("apt-get"):
        await _tried("Updating the package lists", ["apt-get", "update"], folder)
        for package in _PACKAGES:
            install = ["apt-get", "install", "-y", "--no-install-recommends", package]
            if await _tried("Installing Chromium", install, folder) and find_chromium():
                return
    playwright = [sys.executable, "-m", "playwright", "install", "chromium"]
    if not await _tried("Downloading Chromium", playwright, folder):
        raise StackError("Browser tests need Chromium: install it so that `chromium` is on the PATH.")


async def _tried(what: str, command: list[str], folder: Path) -> bool:
    program = shutil.which(command[0])
    if program is None:
        return False
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    process = ChildProcess(what, [program, *command[1:]], folder / "chromium.log", env)
    progress = Progress(what)
    process.start()
    try:
        while process.running:
            progress.show((process.last_lines(1) or ["…"])[0][:80])
            await asyncio.sleep(0.5)
    finally:
        await stop_all(process, seconds=5)
    progress.done("done" if process.exit_code == 0 else "failed")
    return process.exit_code == 0
