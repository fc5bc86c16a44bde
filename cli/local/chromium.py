"""Chromium for the browser tests."""

import asyncio
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from cli.local.errors import StackError
from cli.local.processes.process import Process, stop_all
from cli.local.processes.until import Progress

# The first one is Chromium without windows, a package of its own: a test costs it less than half the processor time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium-headless-shell", "chromium")  # the second one where a Debian is too old for the first
PLACES = ("/usr/bin", "/usr/local/bin", "/snap/bin")  # a PATH may be narrower than the machine


def find() -> str | None:
    """The path of a Chromium of the machine's own; Playwright's is found by Playwright."""
    path = os.pathsep.join((os.environ.get("PATH", ""), *PLACES))
    return next((found for name in NAMES if (found := shutil.which(name, path=path))), None)


async def provide(folder: Path, say: Callable[[str], None]) -> None:
    """Raises `StackError` when there is none and none can be had. `folder` takes the logs."""
    if find():
        return
    say("Looking for Chromium: not on this machine.")
    if os.geteuid() == 0 and shutil.which("apt-get"):
        await _tried("Updating the package lists", ["apt-get", "update"], folder)
        for package in PACKAGES:
            install = ["apt-get", "install", "-y", "--no-install-recommends", package]
            if await _tried("Installing Chromium", install, folder) and find():
                return
    playwright = [sys.executable, "-m", "playwright", "install", "chromium"]
    if not await _tried("Downloading Chromium", playwright, folder):
        raise StackError("Browser tests need Chromium: install it so that `chromium` is on the PATH.")


async def _tried(what: str, command: list[str], folder: Path) -> bool:
    program = shutil.which(command[0])
    if program is None:
        return False
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    process = Process(what, [program, *command[1:]], folder / "chromium.log", env)
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
