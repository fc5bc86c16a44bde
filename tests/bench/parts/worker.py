"""What the workers do with their processor time in a life, step by step."""

from pathlib import Path

from tests.bench.bare.lives import all_ended
from tests.bench.cpu import seconds
from tests.bench.figures import Figure
from tests.bench.load import timed
from tests.bench.parts.costs import AT_ONCE
from tests.bench.stack.stack import Bench
from tests.bench.steps import by_step, native_seconds, sampled
from workflows.contract import QUOTE_WORKFLOW

CORE = "Temporal SDK's core"


async def steps_of_the_workers(bench: Bench, *, lives: int, stacks: Path) -> list[Figure]:
    """Of the one that decides and of the one that delivers."""
    await _lives(bench, AT_ONCE)
    return [await _steps(bench, name, lives, stacks.with_stem(name)) for name in ("worker", "deliveries")]


async def _steps(bench: Bench, name: str, lives: int, stacks: Path) -> Figure:
    """Samples of `lives` lives, as milliseconds of a life: processor time of Python's threads, divided by samples."""
    pid = bench.pids[name]
    whole, native = seconds(pid), native_seconds(pid)
    async with sampled(pid, stacks):
        await _lives(bench, lives)
        whole, native = seconds(pid) - whole, native_seconds(pid) - native
    samples = by_step(stacks)
    each = (whole - native) * 1000 / lives / (samples.total() or 1)
    steps = {step: count * each for step, count in samples.most_common()}
    return Figure(
        what=f"processor time of a life, {name}",
        product=whole * 1000 / lives,
        unit="ms",
        parts=steps | {CORE: native * 1000 / lives},
        notes=(f"of {samples.total()} samples, whose stacks are in {stacks}",),
    )


async def _lives(bench: Bench, count: int) -> None:
    await timed(count, AT_ONCE, bench.shop.life, drained=lambda: all_ended(bench.client, QUOTE_WORKFLOW))
