"""Whole lives over HTTP against the bare SDK's, and what each costs in processor time."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.bare.lives import BareLives, all_ended
from tests.bench.cpu import CpuMeter
from tests.bench.figures import Figure, compared
from tests.bench.load import Job, Timing, timed
from tests.bench.stack.stack import Bench
from workflows.contract import QUOTE_WORKFLOW

_OURS = ("api", "worker", "temporal", "postgres", "mail", "driver")
_BARE = ("bare worker", "temporal", "driver")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One round of one side; `cpu` in milliseconds per life, by process."""

    timing: Timing
    cpu: dict[str, float]


async def whole_lives(bench: Bench, *, at_once: int, count: int, rounds: int) -> list[Figure]:
    """Lives per second, alternating; a life is over when its last mail is sent."""
    bare = BareLives(bench.client)
    await _run(bench, bench.shop.life, QUOTE_WORKFLOW, count=10, at_once=at_once)
    await _run(bench, bare.life, "BareLife", count=10, at_once=at_once)
    ours: list[Run] = []
    theirs: list[Run] = []
    for _ in range(rounds):
        ours.append(await _run(bench, bench.shop.life, QUOTE_WORKFLOW, count=count, at_once=at_once))
        theirs.append(await _run(bench, bare.life, "BareLife", count=count, at_once=at_once))
    rates = [(o.timing.rate, t.timing.rate) for o, t in zip(ours, theirs, strict=True)]
    notes = [
        f"a life takes p50 and p99: {_spread(ours)} ms, bare {_spread(theirs)} ms",
        f"processor ms per life: {_cpu(ours, _OURS)}",
        f"                 bare: {_cpu(theirs, _BARE)}",
    ]
    notes += bench.shop.remarks()
    goal = "≥ 0.8, then 1.0" if at_once > 1 else ""
    return [compared(f"lives, {at_once} at once", rates, "per s", goal=goal, notes=notes)]


async def _run(bench: Bench, job: Job, workflow: str, *, count: int, at_once: int) -> Run:
    meter = CpuMeter(bench.pids)
    timing = await timed(count, at_once, job, drained=lambda: all_ended(bench.client, workflow))
    return Run(timing=timing, cpu=meter.per_job(count))


def _spread(runs: Sequence[Run]) -> str:
    return f"{median(r.timing.p50 for r in runs):,.0f} and {median(r.timing.p99 for r in runs):,.0f}"


def _cpu(runs: Sequence[Run], names: Sequence[str]) -> str:
    used = {name: median(run.cpu[name] for run in runs) for name in names}
    return ", ".join(f"{name} {ms:.1f}" for name, ms in used.items()) + f"; all {sum(used.values()):.1f}"
