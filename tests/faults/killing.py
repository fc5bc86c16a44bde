"""SIGKILL at random moments, and a new start each time: the part of a power cut and of a supervisor in one."""

import asyncio
import random
from collections import Counter

from tests.faults.stack import PARTS, FaultStack

PAUSE = (0.2, 1.5)  # seconds between a part's new start and the next kill


async def kill(stack: FaultStack, times: int, *, seed: int) -> Counter[str]:
    """Kill one random part after the other, each as often as its turn comes; how often each was killed."""
    chance = random.Random(seed)
    killed: Counter[str] = Counter()
    for number in range(times):
        await asyncio.sleep(chance.uniform(*PAUSE))
        # Each part has its turn before one comes again; the order of a round is random.
        if number % len(PARTS) == 0:
            turn = chance.sample(PARTS, len(PARTS))
        part = turn[number % len(PARTS)]
        stack.kill(part)
        killed[part] += 1
        await stack.restart(part)
    return killed
