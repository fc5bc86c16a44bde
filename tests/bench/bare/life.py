"""The bare SDK's life that the product's is compared with, and the process that runs it.

Start, two signals each with a query, three activities that do nothing. The process has the product's own
settings (event loop, pollers, slots, no compression), so that the difference is the product and not they.
"""

import asyncio
import signal
import sys
from datetime import timedelta
from functools import partial

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.service import GrpcCompression
from temporalio.worker import PollerBehaviorAutoscaling, Worker

QUEUE = "bench-bare"


async def connected(address: str) -> Client:
    """A client without converters or plugins of ours."""
    return await Client.connect(address, grpc_compression=GrpcCompression.NONE)


@activity.defn
async def nothing(text: str) -> str:
    """Do nothing."""
    return text


@workflow.defn
class BareLife:
    """Ends after `wanted` signals; with activities, one after the start and one after each signal."""

    def __init__(self) -> None:
        self._heard = 0

    @workflow.run
    async def run(self, wanted: int, activities: bool) -> None:
        """Wait and act."""
        for step in range(wanted + 1):
            await workflow.wait_condition(partial(self._has_heard, step))
            if activities:
                await workflow.execute_activity(nothing, "text", start_to_close_timeout=timedelta(seconds=10))

    def _has_heard(self, signals: int) -> bool:
        return self._heard >= signals

    @workflow.signal
    def heard(self, text: str) -> None:
        self._heard += len(text[:1])

    @workflow.query
    def count(self) -> int:
        """Signals so far."""
        return self._heard


async def main(address: str) -> None:
    """Run the worker until told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    worker = Worker(
        await connected(address),
        task_queue=QUEUE,
        workflows=[BareLife],
        activities=[nothing],
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        max_concurrent_workflow_tasks=100,
        max_concurrent_activities=100,
    )
    async with worker:
        await stop.wait()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(sys.argv[1]))
