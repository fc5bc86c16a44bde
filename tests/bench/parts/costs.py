"""What a life and a decision cost in processor time: the life beside its bound, the decision beside bare lives."""

from tests.bench.bare.lives import all_ended
from tests.bench.cpu import CpuMeter
from tests.bench.figures import Figure, Goal, compared, medians
from tests.bench.load import timed
from tests.bench.parts.bound import Parts, parts_of_a_life
from tests.bench.parts.lives import OURS, Run, bare_lives, our_lives, warmed
from tests.bench.stack.held import deliveries_held
from tests.bench.stack.stack import Bench
from workflows.contract import QUOTE_WORKFLOW

AT_ONCE = 10


async def costs(bench: Bench, *, count: int, rounds: int) -> list[Figure]:
    """In each round `count` lives of the product, as many until their answers alone, as many bare ones, and as many of
    each part.
    """
    await warmed(bench, AT_ONCE)
    async with parts_of_a_life(bench) as parts:
        measured = [await _round(bench, parts, count) for _ in range(rounds)]
    whole, decided, delivered, bare, bound = (list(side) for side in zip(*measured, strict=True))
    return [
        compared(
            "processor time of a life, and its bound",
            [(sum(o.values()), sum(b.values())) for o, b in zip(whole, bound, strict=True)],
            "ms",
            goal=Goal(matter="a life's cost", at_most=1.25, then=1.1),
            parts=medians(whole),
            bare_parts=medians(bound),
        ),
        compared(
            "the same until the answers, and a bare life",
            [(sum(o.values()), sum(b.values())) for o, b in zip(decided, bare, strict=True)],
            "ms",
            goal=Goal(matter="a decision's cost", at_most=1.5),
            parts=medians(decided),
            bare_parts=medians(bare),
        ),
        Figure(
            what="its deliveries afterwards",
            product=sum(medians(delivered).values()),
            unit="ms",
            parts=medians(delivered),
        ),
    ]


async def _round(bench: Bench, parts: Parts, count: int) -> tuple[dict[str, float], ...]:
    """Milliseconds per life: whole, until the answers, deliveries, bare; and the parts of the bound."""
    whole = await our_lives(bench, count=count, at_once=AT_ONCE)
    decided, delivered = await _decided(bench, count)
    bare: Run = await bare_lives(bench, count=count, at_once=AT_ONCE)
    bound = {"bare life": bare.whole_cpu} | await parts.measure(count)
    return whole.cpu, decided, delivered, bare.cpu, bound


async def _decided(bench: Bench, count: int) -> tuple[dict[str, float], dict[str, float]]:
    """Until the last answer, with deliveries held back; and what they take when they are let go."""
    async with deliveries_held(bench.client):
        meter = CpuMeter(bench.pids)
        await timed(count, AT_ONCE, bench.shop.life)
        decided = meter.per_job(count)
        meter = CpuMeter(bench.pids)
    await all_ended(bench.client, QUOTE_WORKFLOW)
    delivered = meter.per_job(count)
    return {name: decided[name] for name in OURS}, {name: delivered[name] for name in OURS}
