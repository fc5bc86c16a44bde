"""An endpoint's workflow: tells it what happens, one batch after the other, and waits between attempts."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from domain import instants
from workflows.calls import POST_SILENCE
from workflows.contract import WEBHOOK_NEWS, WEBHOOK_WORKFLOW, WebhookStart
from workflows.ports import TellRequest, TellResult, Webhooks

_TIMEOUT = timedelta(minutes=2)
_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))
"""The record may be away; what a receiver does is a result, and no failure."""


@workflow.defn(name=WEBHOOK_WORKFLOW)
class WebhookWorkflow:
    """One for each endpoint, so that a receiver that is down holds up nobody else."""

    def __init__(self) -> None:
        self._news = False

    @workflow.signal(name=WEBHOOK_NEWS)
    def news(self, *_: object) -> None:
        """There is something to be told, or the endpoint was changed."""
        self._news = True

    @workflow.run
    async def run(self, start: WebhookStart) -> None:
        """To the endpoint's end; whoever starts it again finds all that is to be told in the record."""
        while True:
            self._news = False
            found = await self._tell(start.endpoint_id)
            if not found.goes_on and not self._news:
                return
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(start)
            if found.goes_on and not found.has_more:
                await self._rest(found)

    async def _tell(self, endpoint_id: str) -> TellResult:
        return await workflow.execute_activity_method(
            Webhooks.tell,
            TellRequest(endpoint_id=endpoint_id, now=workflow.now()),
            start_to_close_timeout=_TIMEOUT,
            heartbeat_timeout=POST_SILENCE,
            retry_policy=_RETRY,
            summary="tell what is due",
        )

    async def _rest(self, found: TellResult) -> None:
        """Until the next attempt is due, or there is something new."""
        if found.next_due is None:
            workflow.set_current_details("Everything is told.")
            await workflow.wait_condition(lambda: self._news)
            return
        left = max(found.next_due - workflow.now(), timedelta(milliseconds=1))
        workflow.set_current_details(f"Next attempt at {instants.to_the_second(found.next_due)}.")
        with suppress(asyncio.TimeoutError):
            await workflow.wait_condition(
                lambda: self._news, timeout=left, timeout_summary="Next attempt at a webhook"
            )
