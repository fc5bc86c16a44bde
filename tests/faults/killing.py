"""SIGKILL at random moments, and a new start each time: the part of a power cut and of a supervisor in one."""

import asyncio
import random
from collections import Counter
from collections.abc import Collection
from contextlib import suppress

from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

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


async def report_dead(client: Client, workflow_id: str, *, living: Collection[int]) -> None:
    """Fail what a killed worker had begun for that quote; `living` are the process ids of the workers that run.
    Temporal finds out by itself, for mails after a minute's silence: too long for a test.
    """
    run = client.get_workflow_handle(workflow_id)
    for begun in (await run.describe()).raw_description.pending_activities:
        pid = begun.last_worker_identity.partition("@")[0]
        if begun.state == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED and int(pid) not in living:
            lost = client.get_async_activity_handle(
                workflow_id=run.id, run_id=None, activity_id=begun.activity_id
            )
            with suppress(RPCError):  # found out meanwhile
                await lost.fail(ApplicationError("its worker was killed"))
