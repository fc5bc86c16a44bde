"""Whole lives over HTTP against the bare SDK's: how many, how long, how many not answered at once, and at what cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.bare.lives import BareLives, all_ended
from tests.bench.cpu import CpuMeter
from tests.bench.figures import Figure, Goal, compared, medians
from tests.bench.load import Job, Timing, timed
from tests.bench.stack.stack import Bench
from workflows.contract import QUOTE_WORKFLOW

OURS = ("api", "worker", "deliveries", "temporal", "postgres", "mail", "driver")
BARE = ("bare worker", "temporal", "driver")
MANY = "many at once"
RATE = "lives, {} at once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One round of one side; `cpu` in milliseconds per life, by process."""

    timing: Timing
    cpu: dict[str, float]

    @property
    def whole_cpu(self) -> float:
        """Of all processes that take part."""
        return sum(self.cpu.values())


async def whole_lives(bench: Bench, *, at_once: int, count: int, rounds: int) -> list[Figure]:
    """Lives per second, alternating; a life is over when its last mail is sent."""
    await warmed(bench, at_once)
    late, again = bench.shop.late, bench.shop.caller.again
    ours: list[Run] = []
    theirs: list[Run] = []
    for _ in range(rounds):
        ours.append(await our_lives(bench, count=count, at_once=at_once))
        theirs.append(await bare_lives(bench, count=count, at_once=at_once))
    both = list(zip(ours, theirs, strict=True))
    late, again = bench.shop.late - late, bench.shop.caller.again - again
    return [
        compared(RATE.format(at_once), [(o.timing.rate, t.timing.rate) for o, t in both], "per s"),
        compared(f"a life, {at_once} at once, p50", [(o.timing.p50, t.timing.p50) for o, t in both], "ms"),
        compared(f"a life, {at_once} at once, p99", [(o.timing.p99, t.timing.p99) for o, t in both], "ms"),
        Figure(
            what=f"answered 202, {at_once} at once",
            product=late,
            unit="commands",
            goal=Goal(matter=MANY, at_most=0),
            notes=(f"of {3 * count * rounds}; {again} more requests were answered 503 and repeated",),
        ),
        compared(
            f"processor time of a life, {at_once} at once",
            [(o.whole_cpu, t.whole_cpu) for o, t in both],
            "ms",
            parts=medians([run.cpu for run in ours]),
            bare_parts=medians([run.cpu for run in theirs]),
        ),
    ]


def many_to_one(figures: Sequence[Figure]) -> list[Figure]:
    """Lives per second at each number at once, beside those one at a time where they were measured too."""
    rates = {figure.what: figure for figure in figures}
    alone = rates.pop(RATE.format(1), None)
    if alone is None:
        return []
    return [
        Figure(
            what=f"{figure.what}, beside one at a time",
            product=figure.product,
            bare=alone.product,
            ratio=figure.product / alone.product,
            unit="per s",
            goal=Goal(matter=MANY, at_least=1),
            load=figure.load,
        )
        for figure in figures
        if figure.what in rates and figure.what == RATE.format(figure.what.split()[1])
    ]


async def warmed(bench: Bench, at_once: int) -> None:
    """Ten lives of each side: connections are made, statements prepared, fonts read."""
    await our_lives(bench, count=10, at_once=at_once)
    await bare_lives(bench, count=10, at_once=at_once)


async def our_lives(bench: Bench, *, count: int, at_once: int) -> Run:
    """So many of the product's."""
    return await _run(bench, bench.shop.life, (QUOTE_WORKFLOW, OURS), count=count, at_once=at_once)


async def bare_lives(bench: Bench, *, count: int, at_once: int) -> Run:
    """So many of the bare SDK's."""
    job = BareLives(bench.client).life
    return await _run(bench, job, ("BareLife", BARE), count=count, at_once=at_once)


async def _run(bench: Bench, job: Job, side: tuple[str, Sequence[str]], *, count: int, at_once: int) -> Run:
    workflow, processes = side
    meter = CpuMeter(bench.pids)
    timing = await timed(count, at_once, job, drained=lambda: all_ended(bench.client, workflow))
    used = meter.per_job(count)
    return Run(timing=timing, cpu={name: used[name] for name in processes})
