"""`make bench`, or `python -m tests.bench`: prints a table, and writes nothing unless told to."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import uvloop

from tests.bench.figures import HEAD, Figure, lines
from tests.bench.parts.answers import accepts, beside_deliveries
from tests.bench.parts.costs import costs
from tests.bench.parts.documents import documents
from tests.bench.parts.expiry import expiry
from tests.bench.parts.growth import desk, growth
from tests.bench.parts.history import one_life
from tests.bench.parts.lives import many_to_one, whole_lives
from tests.bench.parts.memory import memory
from tests.bench.parts.pricing import prices
from tests.bench.parts.reads import reads
from tests.bench.parts.statements import statements
from tests.bench.parts.storage import storage
from tests.bench.parts.worker import steps_of_the_workers
from tests.bench.stack.others import KINDS
from tests.bench.stack.stack import Bench, bench
from tests.bench.steps import missing

AT_ONCE: Final = {"lives": whole_lives, "accept": accepts}
"""Measured at each number of lives at once, each on servers of its own: Temporal's cost grows with its database."""

ON_SERVERS: Final[dict[str, Callable[[Bench, argparse.Namespace], Awaitable[list[Figure]]]]] = {
    "costs": lambda servers, given: costs(servers, count=given.lives, rounds=given.rounds),
    "reads": lambda servers, given: reads(
        servers, quotes=given.quotes, count=given.reads, rounds=given.rounds
    ),
    "deliveries": lambda servers, given: beside_deliveries(
        servers, mails=given.mails, count=given.lives, rounds=given.rounds
    ),
    "history": lambda servers, _: one_life(servers),
    "statements": lambda servers, _: statements(servers, lives=5),
    "storage": lambda servers, given: storage(servers, lives=given.kept),
    "growth": lambda servers, given: growth(servers, sizes=given.sizes, count=given.answers),
    "expiry": lambda servers, given: expiry(servers, quotes=given.ending),
    "desk": lambda servers, given: desk(servers, sizes=given.sizes, count=given.answers),
    "memory": lambda servers, given: memory(servers, quotes=given.open),
    "steps": lambda servers, given: steps_of_the_workers(servers, lives=given.lives, stacks=given.stacks),
}
IN_PROCESS: Final[dict[str, Callable[[argparse.Namespace], Awaitable[list[Figure]]]]] = {
    "pricing": lambda given: prices(count=10_000, rounds=given.rounds),
    "documents": lambda _: documents(count=60),
}
PARTS: Final = (*AT_ONCE, *ON_SERVERS, *IN_PROCESS)
UNASKED: Final = tuple(part for part in PARTS if part != "steps")
"""Without being named: what needs nothing that the project does not install."""


def arguments() -> argparse.Namespace:
    """What to measure and how much of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help=f"some of: {', '.join(PARTS)} (default: all but steps, which needs py-spy)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument(
        "--stacks",
        type=Path,
        default=Path("build/worker.stacks"),
        metavar="FILE",
        help="where the sampled stacks go, under the names of the processes",
    )
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 10, 40], metavar="N")
    parser.add_argument("--lives", type=int, default=200, help="lives (and accepts) per round")
    parser.add_argument("--reads", type=int, default=1000, help="reads per round")
    parser.add_argument("--quotes", type=int, default=1000, help="quotes in the database that is read")
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        default=[1000, 20_000],
        metavar="N",
        help="quotes on record, for growth and desk",
    )
    parser.add_argument("--answers", type=int, default=15, help="answers of each read, for growth and desk")
    parser.add_argument("--open", type=int, default=200, metavar="N", help="open quotes, for memory")
    parser.add_argument("--kept", type=int, default=1000, metavar="N", help="lives, for storage")
    parser.add_argument(
        "--ending", type=int, default=500, metavar="N", help="offers that end in the same second, for expiry"
    )
    parser.add_argument(
        "--beside",
        nargs="+",
        choices=KINDS,
        default=[],
        help="other systems that are told of each event, or take the orders, for the parts that count",
    )
    parser.add_argument("--mails", type=int, default=500, help="mails that wait beside the accepts")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of which the median counts")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    if "steps" in given.parts and (lacking := missing()):
        parser.error(lacking)
    given.parts = given.parts or list(UNASKED)
    return given


class Report:
    """Prints figures as they come and keeps them."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self._say(HEAD)

    def add(self, figures: list[Figure]) -> None:
        """More figures."""
        self.figures += figures
        for figure in figures:
            for line in lines(figure):
                self._say(line)

    @staticmethod
    def _say(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


async def measure(given: argparse.Namespace) -> Report:
    """One part after the other, each number of lives at once on servers of its own."""
    if task := asyncio.current_task():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)  # servers are stopped then
    report = Report()
    for at_once in given.at_once:
        count = given.lives if at_once > 1 else max(given.lives // 4, 1)
        for part in (part for part in AT_ONCE if part in given.parts):
            async with bench() as servers:
                report.add(await AT_ONCE[part](servers, at_once=at_once, count=count, rounds=given.rounds))
    report.add(many_to_one(report.figures))
    for part in (part for part in ON_SERVERS if part in given.parts):
        async with bench(given.beside) as servers:
            report.add(await ON_SERVERS[part](servers, given))
    for part in (part for part in IN_PROCESS if part in given.parts):
        report.add(await IN_PROCESS[part](given))
    return report


def main() -> None:
    """Measure, print, and write where asked."""
    given = arguments()
    try:
        report = uvloop.run(measure(given))
    except asyncio.CancelledError:
        sys.exit("Stopped.")
    if given.json:
        given.json.write_text(json.dumps([figure.to_data() for figure in report.figures], indent=1) + "\n")


if __name__ == "__main__":
    main()
