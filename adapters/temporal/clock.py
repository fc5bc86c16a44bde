"""A run's virtual clock, and the one thing that may move it: for the local run and tests only."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

PATIENCE = 60.0
"""Seconds for one step: the server skips no time while an activity is under way, however long it fails."""


class StandsStillError(Exception):
    """The run's clock does not move; the text says which activities it waits for."""


class RunClock:
    """The virtual clock of one workflow's present run."""

    def __init__(self, client: Client, workflow_id: str) -> None:
        self._handle: WorkflowHandle[Any, Any] = client.get_workflow_handle(workflow_id)
        self._skipper = TimeSkipper(client)

    async def now(self) -> datetime | None:
        """The run's time in UTC (the wall clock's, if it was never moved); None when no run is open."""
        found = await self._handle.describe()
        if found.status is not WorkflowExecutionStatus.RUNNING:
            return None
        info = found.raw_description.workflow_extended_info
        if not info.HasField("time_skipping_info"):
            return datetime.now(UTC)
        return info.time_skipping_info.current_time.ToDatetime(tzinfo=UTC)

    async def forward(self, step: timedelta) -> None:
        """Move the clock; timers on the way ring. A run that has just ended has no clock to move.

        Raises StandsStillError after a minute.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                await self._skipper.fast_forward(self._handle, step)
        except TimeoutError:
            raise StandsStillError(f"the quote's clock stands still: {await self._pending()}") from None
        except RPCError as refused:
            if refused.status is not RPCStatusCode.NOT_FOUND:
                raise

    async def _pending(self) -> str:
        found = await self._handle.describe()
        waits = [
            f"activity {pending.activity_type.name} is at attempt {pending.attempt}"
            for pending in found.raw_description.pending_activities
        ]
        return ", ".join(waits) or "no worker is polling for its tasks"
