"""Whether lives on broken ways would show it: `python -m tests.faults.planted` spoils copies of the project, each by one bug, and
ends with 1 unless each is reported.
"""

import argparse
import asyncio
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.faults.__main__ import say

ROOT: Final = Path(__file__).parents[2]
LIVES, PERCENT, SETTLING = 22, 10, 150
SPARED: Final = shutil.ignore_patterns(".*", "__pycache__", "docs", "*.egg-info")


@dataclass(frozen=True)
class Bug:
    """`right` in `file` becomes `wrong`; a complaint that fits `shows` is the bug's own."""

    what: str
    file: str
    right: str
    wrong: str
    shows: str


BUGS: Final = (
    Bug(
        what="a decision that is on record is made again",
        file="adapters/db/record/save.py",
        right="    if await _is_recorded(w, request, locked):\n",
        wrong="    if request.command is None and await _is_recorded(w, request, locked):\n",
        shows=r"is refused and made 1 changes|answered in 2 ways|was refused, told",
    ),
    Bug(
        what="a command counts as received when it is decided",
        file="domain/quotes/commands.py",
        right='"received_at": envelope.received_at,',
        wrong='"received_at": datetime.now(envelope.received_at.tzinfo),',
        shows=r"received_at does not match its event|is \w+, should be accepted",
    ),
    Bug(
        what="the relay does nothing",
        file="api/dispatch/relay.py",
        right="taken = await self.step()",
        wrong="taken = 0",
        shows=r"commands without an outcome",
    ),
    Bug(
        what="mails that are out are sent again",
        file="adapters/db/record/outbox.py",
        right="_c.status.in_(UNFINISHED))\n    .values(status=DeliveryStatus.SENDING, attempts",
        wrong=")\n    .values(attempts",
        shows=r"came again after it was noted",
    ),
    Bug(
        what="Idempotency-Key is ignored",
        file="adapters/db/inbox/store.py",
        right="**key_columns(idempotency),",
        wrong="**key_columns(None),",
        shows=r"was stored \d+ times|is nowhere|this customer's quotes are",
    ),
    Bug(
        what="a delivery that could not be noted is not repeated",
        file="activities/delivery.py",
        right="error=type(problem).__name__)\n            return Waits(reason=type(problem).__name__)\n",
        wrong="error=type(problem).__name__)\n            return None\n",
        shows=r"mail \S+ \(\w+\) is (sending|pending)",
    ),
)


def spoiled(bug: Bug, folder: Path) -> Path:
    """A copy of the project with that bug. Raises ValueError where the right text does not stand there once."""
    copy = folder / re.sub(r"\W+", "-", bug.what)
    shutil.copytree(ROOT, copy, ignore=SPARED)
    file = copy / bug.file
    text = file.read_text()
    if text.count(bug.right) != 1:
        raise ValueError(f"{bug.file} has changed: plant this bug anew: {bug.what}")
    file.write_text(text.replace(bug.right, bug.wrong))
    return copy


async def found(bug: Bug, folder: Path, slots: asyncio.Semaphore, seed: int) -> bool:
    """Live in the spoiled copy, and say what came of it."""
    copy = spoiled(bug, folder)
    how = {"ways": LIVES, "percent": PERCENT, "settling": SETTLING, "seed": seed}
    options = [text for name, value in how.items() for text in (f"--{name}", str(value))]
    async with slots:
        lived = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults", "--ways-alone", *options),
            cwd=copy,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output = (await lived.communicate())[0].decode()
    complaints = [line for line in output.splitlines() if line.startswith("WRONG")]
    own = [line for line in complaints if re.search(bug.shows, line)]
    is_found = lived.returncode == 1 and bool(own)
    say(f"{'Found' if is_found else 'NOT FOUND'}: {bug.what}: {len(own)} of {len(complaints)} complaints")
    for line in own[:2] or output.splitlines()[-20:]:
        say(f"    {line}")
    return is_found


async def main(options: argparse.Namespace) -> int:
    """0 when each bug was reported."""
    slots = asyncio.Semaphore(options.at_once)
    bugs = [bug for bug in BUGS if re.search(options.bug, bug.what)]
    with tempfile.TemporaryDirectory(prefix="firm-offer-planted-") as folder:
        all_ = await asyncio.gather(*(found(bug, Path(folder), slots, options.seed) for bug in bugs))
    say(f"{sum(all_)} of {len(bugs)} planted bugs were found.")
    return 0 if all(all_) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.faults.planted", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--bug", default="", help="only those whose names fit this pattern")
    sys.exit(asyncio.run(main(parser.parse_args())))
