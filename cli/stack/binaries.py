"""Where the programs of a Temporal server are found."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SERVER_VERSION = "1.32.0"
UI_VERSION = "2.54.1"
OLDEST_CLI = (1, 9)  # older ones cannot skip time


@dataclass(frozen=True)
class ServerPrograms:
    """Temporal's server and its Web UI, as two programs."""

    server: Path
    ui: Path


@dataclass(frozen=True)
class CliProgram:
    """The `temporal` command, which has both inside (`temporal server start-dev`)."""

    program: Path


Programs = ServerPrograms | CliProgram


def cache() -> Path:
    """Outside every checkout, because a build takes minutes."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "firm-offer" / "servers"


def server_path() -> Path:
    return cache() / f"temporal-server-{SERVER_VERSION}"


def ui_path() -> Path:
    return cache() / f"temporal-ui-{UI_VERSION}"


def cli_path() -> Path:
    return cache() / "temporal"


def candidates() -> Iterator[Programs]:
    """Every usable set of programs on this machine, the preferred one first."""
    found = shutil.which("temporal")
    for program in (Path(found) if found else None, cli_path()):
        if program is not None and _is_new_enough(program):
            yield CliProgram(program)
    if os.access(server_path(), os.X_OK) and os.access(ui_path(), os.X_OK):
        yield ServerPrograms(server_path(), ui_path())


def find() -> Programs | None:
    return next(candidates(), None)


def cli_version(text: str) -> tuple[int, int]:
    """Of the output of `temporal --version`; (0, 0) for anything else."""
    match = re.search(r"temporal version v?(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _is_new_enough(program: Path) -> bool:
    if not os.access(program, os.X_OK):
        return False
    try:
        answer = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return cli_version(answer.stdout) >= OLDEST_CLI
