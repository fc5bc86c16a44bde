"""What the processes hold in memory before there are open quotes, and with many."""

import psutil

from tests.bench.bare.lives import all_ended
from tests.bench.figures import Figure
from tests.bench.load import timed
from tests.bench.stack.stack import Bench
from workflows.contract import QUOTE_WORKFLOW

_AT_ONCE = 10
_WARM = 3


async def memory(bench: Bench, *, quotes: int) -> list[Figure]:
    """After a few lives, and once so many quotes wait for their customers."""

    async def sent(_number: int) -> None:
        await bench.shop.sent()

    await timed(_WARM, 1, bench.shop.life)
    await all_ended(bench.client, QUOTE_WORKFLOW)
    before = _held(bench)
    await timed(quotes, _AT_ONCE, sent)
    after = _held(bench)
    return [
        Figure(
            what=f"memory of {name}, {quotes:,} open quotes",
            product=after[name],
            unit="MB",
            parts={"without any": before[name]},
        )
        for name in after
    ]


def _held(bench: Bench) -> dict[str, float]:
    """Resident megabytes."""
    named = ("worker", "deliveries", "api")
    return {name: psutil.Process(bench.pids[name]).memory_info().rss / 1e6 for name in named}
