"""Lives of webhooks' endpoints, one for each shape that a history of their workflow can have."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowExecutionStatus, WorkflowHandle, WorkflowHistory
from temporalio.testing import TimeSkipper

from tests.workflow.fakes import ALL_TOLD, GONE, MORE
from tests.workflow.shop import Shop, kinds
from workflows.contract import webhook_run_id
from workflows.ports import TellResult

ENDPOINT = "3c1f6f0e-6a52-4d53-9c55-0d9b7f2a7c11"
SOON, LATER = timedelta(minutes=5), timedelta(minutes=30)
_SECONDS = 30.0


async def endpoint_told(shop: Shop) -> WorkflowHistory:
    """Told of three things, of two at once; then it is deleted."""
    async with _endpoint(shop, ALL_TOLD, MORE, ALL_TOLD, GONE) as handle:
        await _wake(shop, handle, told=1)
        await _wake(shop, handle, told=3)
        await _wake(shop, handle, told=4, ends=True)
        return await _ended(handle)


async def endpoint_tried_again(shop: Shop) -> WorkflowHistory:
    """A receiver that is down: attempts when they are due, one that comes sooner with something new, and its end by 410."""
    async with _endpoint(shop, SOON, LATER, SOON, GONE) as handle:
        await _wake(shop, handle, told=1)
        await _skip(shop, handle, SOON, told=2)
        await _rests(handle)
        await _wake(shop, handle, told=3)
        await _skip(shop, handle, SOON, told=4)
        return await _ended(handle)


async def endpoint_enabled_while_told(shop: Shop) -> WorkflowHistory:
    """Found disabled by an attempt that lasts, and enabled meanwhile: it is asked for once more."""
    async with _endpoint(shop, GONE, ALL_TOLD, GONE) as handle:
        shop.webhooks.hold()
        await shop.runs.wake_webhook(ENDPOINT, limit=_SECONDS)
        await shop.webhooks.has_told(1)
        await shop.runs.wake_webhook(ENDPOINT, limit=_SECONDS)
        await shop.webhooks.let_go()
        await shop.webhooks.has_told(2)
        await _rests(handle)
        await _wake(shop, handle, told=3, ends=True)
        return await _ended(handle)


async def endpoint_continued_as_new(shop: Shop) -> WorkflowHistory:
    """The run that ended because its history was long enough."""
    _, first = await _long_life(shop)
    assert (await first.describe()).status is WorkflowExecutionStatus.CONTINUED_AS_NEW
    return await first.fetch_history()


async def endpoint_continued_from_before(shop: Shop) -> WorkflowHistory:
    """The last run of a long life."""
    last, _ = await _long_life(shop)
    return await last.fetch_history()


async def _long_life(shop: Shop) -> tuple[WorkflowHandle[Any, Any], WorkflowHandle[Any, Any]]:
    """Its last run and its first."""
    async with _endpoint(shop, *[MORE] * 9, ALL_TOLD, GONE) as handle:
        await shop.runs.wake_webhook(ENDPOINT, limit=_SECONDS)
        first = (await handle.describe()).run_id
        await shop.webhooks.has_told(10)
        await _rests(handle)
        await _wake(shop, handle, told=11, ends=True)
        await _ended(handle)
        return handle, shop.client.get_workflow_handle(handle.id, run_id=first)


@asynccontextmanager
async def _endpoint(shop: Shop, *answers: TellResult | timedelta) -> AsyncIterator[WorkflowHandle[Any, Any]]:
    """Its workflow, by its id, which is started by whoever wakes it first; each attempt has one of the answers."""
    shop.webhooks.answers = [*answers]
    async with shop.worker():
        yield shop.client.get_workflow_handle(webhook_run_id(ENDPOINT))


async def _wake(shop: Shop, handle: WorkflowHandle[Any, Any], *, told: int, ends: bool = False) -> None:
    """As the API does; and so many attempts were made then. It waits for what comes next, where it does not end."""
    await shop.runs.wake_webhook(ENDPOINT, limit=_SECONDS)
    await shop.webhooks.has_told(told)
    if not ends:
        await _rests(handle)


async def _rests(handle: WorkflowHandle[Any, Any]) -> None:
    async with asyncio.timeout(_SECONDS):
        while not _is_idle(await handle.fetch_history()):  # noqa: ASYNC110 - the worker changes it
            await asyncio.sleep(0.02)


def _is_idle(history: WorkflowHistory) -> bool:
    steps = [kind for kind in kinds([*history.events]) if kind.startswith(("WORKFLOW_TASK", "ACTIVITY"))]
    return steps[-1] == "WORKFLOW_TASK_COMPLETED"


async def _skip(shop: Shop, handle: WorkflowHandle[Any, Any], by: timedelta, *, told: int) -> None:
    async with asyncio.timeout(_SECONDS):
        await TimeSkipper(shop.client).fast_forward(handle, by)
    await shop.webhooks.has_told(told)


async def _ended(handle: WorkflowHandle[Any, Any]) -> WorkflowHistory:
    async with asyncio.timeout(_SECONDS):
        await handle.result()
    return await handle.fetch_history()
