"""`make bench`, or `python -m tests.bench`: prints a table, and writes nothing unless told to."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

import uvloop

from tests.bench.figures import HEAD, Figure, lines
from tests.bench.parts.answers import accepts
from tests.bench.parts.costs import costs
from tests.bench.parts.documents import documents
from tests.bench.parts.history import one_life
from tests.bench.parts.lives import whole_lives
from tests.bench.parts.pricing import prices
from tests.bench.parts.reads import reads
from tests.bench.stack.stack import bench

PARTS = ("costs", "lives", "accept", "reads", "history", "pricing", "documents")


def arguments() -> argparse.Namespace:
    """What to measure and how much of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"some of: {', '.join(PARTS)} (default: all)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 10, 40], metavar="N")
    parser.add_argument("--lives", type=int, default=200, help="lives (and accepts) per round")
    parser.add_argument("--reads", type=int, default=1000, help="reads per round")
    parser.add_argument("--quotes", type=int, default=1000, help="quotes in the database that is read")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of which the median counts")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    given.parts = given.parts or list(PARTS)
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
    if "costs" in given.parts:
        async with bench() as servers:
            report.add(await costs(servers, count=given.lives, rounds=given.rounds))
    for at_once in given.at_once:
        size = {"at_once": at_once, "rounds": given.rounds}
        count = given.lives if at_once > 1 else max(given.lives // 4, 1)
        for part, measured in (("lives", whole_lives), ("accept", accepts)):
            if part in given.parts:
                async with bench() as servers:
                    report.add(await measured(servers, count=count, **size))
    if "reads" in given.parts:
        async with bench() as servers:
            report.add(await reads(servers, quotes=given.quotes, count=given.reads, rounds=given.rounds))
    if "history" in given.parts:
        async with bench() as servers:
            report.add(await one_life(servers))
    if "pricing" in given.parts:
        report.add(await prices(count=10_000, rounds=given.rounds))
    if "documents" in given.parts:
        report.add(await documents(count=60))
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
