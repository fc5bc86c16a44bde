"""Where the worker's processor time goes: stacks that py-spy sampled, by the steps of a life.

py-spy reads a running process from outside, so that the worker is measured as it is. It is asked for by
`make bench PROFILE=1` alone, and not among what the project installs.
"""

import asyncio
import re
import shutil
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import psutil

SAMPLES_A_SECOND: Final = 250
OTHER: Final = "other"
_FRAME: Final = re.compile(r"^(.*) \((.*?)(?::\d+)?\)$")
_WAITING: Final = "_worker (concurrent/futures/thread.py"
"""Where an idle thread of a pool waits, which py-spy takes for work."""

STEPS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("set PDF", ("adapters/pdf/",)),
    ("compose", ("adapters/mail/compose", "adapters/mail/render", "adapters/mail/logo", "jinja2/", "email/")),
    ("hand over", ("adapters/mail/", "aiosmtplib/")),
    ("asyncpg", ("asyncpg/", "sqlalchemy/dialects/postgresql/asyncpg")),
    ("SQLAlchemy", ("sqlalchemy/",)),
    (
        "converter",
        ("temporalio/converter/", "temporalio/contrib/pydantic", "temporalio/bridge/_visitor", "pydantic/"),
    ),
    ("Temporal SDK", ("temporalio/",)),
    ("price", ("activities/pricing", "domain/pricing/", "domain/rate_cards/")),
    ("decide", ("workflows/", "domain/quotes/")),
    ("record", ("activities/records", "adapters/db/", "domain/proof/")),
    ("deliver", ("activities/delivery", "activities/documents", "domain/presentation/")),
    ("event loop", ("uvloop/", "asyncio/")),
)
"""By the innermost frame that stands in one of these files: what a library of nobody's does, its caller does."""


def missing() -> str:
    """Why there are no samples; empty where py-spy is installed."""
    if sys.platform != "linux":
        return "the worker's steps are sampled on Linux alone: elsewhere nothing tells the SDK's threads from ours"
    if _program() is not None:
        return ""
    return "py-spy is not installed: .venv/bin/uv pip install --python .venv/bin/python py-spy"


@asynccontextmanager
async def sampled(pid: int, file: Path) -> AsyncIterator[None]:
    """Samples the process while the context is open; its stacks, folded, are in `file` then.

    Raises RuntimeError where py-spy says that it cannot.
    """
    _room_for(file)
    command = [_program() or "py-spy", "record", "--format", "raw", "--output", str(file)]
    command += ["--pid", str(pid), "--rate", str(SAMPLES_A_SECOND), "--duration", "3600"]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        if process.stdout is not None:
            await process.stdout.readline()  # it says that it has begun, or what keeps it from that
        yield
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"py-spy could not sample: {said.decode().strip()}")


def by_step(stacks: Path) -> Counter[str]:
    """Samples of each step, of lines such as `run (asyncio/runners.py:118);send (adapters/mail/sender.py:88) 17`."""
    samples: Counter[str] = Counter()
    for line in stacks.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if stack and not frames[-1].startswith(_WAITING):
            samples[step_of(frames)] += int(count)
    return samples


def step_of(frames: list[str]) -> str:
    """The step of the innermost frame that has one."""
    for frame in reversed(frames):
        found = _FRAME.match(frame)
        place = found[2] if found else frame
        for step, places in STEPS:
            if place.startswith(places):
                return step
    return OTHER


def native_seconds(pid: int) -> float:
    """Processor time of the threads that run no Python: those of the SDK's core, which have names of their own."""
    process, total = psutil.Process(pid), 0.0
    for thread in process.threads():
        with suppress(FileNotFoundError):  # it has ended
            if Path(f"/proc/{pid}/task/{thread.id}/comm").read_text().strip() != process.name():
                total += thread.user_time + thread.system_time
    return total


def _room_for(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)


def _program() -> str | None:
    beside = Path(sys.executable).with_name("py-spy")
    return str(beside) if beside.exists() else shutil.which("py-spy")
