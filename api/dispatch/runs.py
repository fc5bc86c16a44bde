"""The quotes' runs, as the API sees them: commands go in by signal, answers come by query."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.service import RPCError, RPCStatusCode

from adapters import logs
from adapters.telemetry import traces
from adapters.temporal.codec import PayloadKeyError
from adapters.temporal.polling import not_polled, tasks_of
from adapters.temporal.prepare import is_registered
from adapters.temporal.signals import Run, signal_with_start, start
from domain.quotes.envelope import CREATE, Envelope
from workflows import contract
from workflows.contract import LiveView, QuoteStart, WorkKind

Answer = TypeVar("Answer")

_log = logs.logger(__name__)

LIMIT_SECONDS = 2.0
"""Bounds each call as a whole: the SDK's own `rpc_timeout` bounds one attempt only."""


class RunsUnavailableError(Exception):
    """Temporal could not be reached in time. Nothing is lost: the command's inbox row stays."""


class SignalRefusedError(RunsUnavailableError):
    """Temporal is there and does not take this quote's command now, as when its run has had too many signals.

    The relay tries again; other quotes are not concerned.
    """


class QuoteRuns:
    """Signals and queries of quotes' workflows, each bounded in time."""

    def __init__(self, client: Client, *, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    @property
    def client(self) -> Client:
        """By which it talks to Temporal."""
        return self._client

    async def signal(
        self,
        workflow_id: str,
        envelope: Envelope,
        *,
        quote_id: str,
        summary: str | None,
        traceparent: str | None = None,
        limit: float = LIMIT_SECONDS,
    ) -> None:
        """Bring a command to its quote's workflow, which is started where none runs; idempotent.

        `summary` becomes a new run's one line in the Temporal Web UI, `traceparent` is the span of the command's request.
        Raises RunsUnavailableError.
        """
        about = {"firm_offer.quote_id": quote_id, "firm_offer.command_id": envelope.command_id}
        with traces.span(
            f"signal {envelope.name}", traces.SpanKind.PRODUCER, parent=traceparent, attributes=about
        ) as span:
            await self._signal(workflow_id, envelope, quote_id, summary, span.traceparent, limit)

    async def _signal(
        self,
        workflow_id: str,
        envelope: Envelope,
        quote_id: str,
        summary: str | None,
        traceparent: str | None,
        limit: float,
    ) -> None:
        creates = envelope.name == CREATE
        run = Run(
            workflow=contract.QUOTE_WORKFLOW,
            workflow_id=workflow_id,
            task_queue=self._task_queue,
            start=QuoteStart(quote_id=quote_id, create=envelope if creates else None),
            summary=summary,
            traceparent=traceparent,
        )
        async with _bounded(limit):
            if creates:
                await start(self._client, run, request_id=envelope.command_id)
            else:
                args = [envelope.to_data()]
                await signal_with_start(
                    self._client, run, envelope.name, args, request_id=envelope.command_id
                )

    async def take_up(
        self, workflow_id: str, *, quote_id: str, summary: str, limit: float = LIMIT_SECONDS
    ) -> None:
        """Start a run that takes the quote up from the record, where none is open; an open one is left alone.

        Raises RunsUnavailableError.
        """
        run = Run(
            workflow=contract.QUOTE_WORKFLOW,
            workflow_id=workflow_id,
            task_queue=self._task_queue,
            start=QuoteStart(quote_id=quote_id),
            summary=summary,
        )
        async with _bounded(limit):
            await start(self._client, run, request_id=str(uuid4()))

    async def wake_webhook(self, endpoint_id: str, *, limit: float = LIMIT_SECONDS) -> None:
        """Bring an endpoint's workflow to look for news; it is started where none runs. Raises RunsUnavailableError."""
        run = Run(
            workflow=contract.WEBHOOK_WORKFLOW,
            workflow_id=contract.webhook_run_id(endpoint_id),
            task_queue=contract.webhook_queue(self._task_queue),
            start=contract.WebhookStart(endpoint_id=endpoint_id),
        )
        async with _bounded(limit):
            await signal_with_start(self._client, run, contract.WEBHOOK_NEWS, [], request_id=str(uuid4()))

    async def wake_order(self, workflow_id: str, *, quote_id: str, limit: float = LIMIT_SECONDS) -> None:
        """Bring a quote's workflow to hand the order over that waits; it is started where none runs. Raises
        RunsUnavailableError.
        """
        run = Run(
            workflow=contract.QUOTE_WORKFLOW,
            workflow_id=workflow_id,
            task_queue=self._task_queue,
            start=QuoteStart(quote_id=quote_id),
            summary="Hand the order over",
        )
        async with _bounded(limit):
            await signal_with_start(self._client, run, contract.ORDER_WAITS, [], request_id=str(uuid4()))

    async def receipt(self, workflow_id: str, command_id: str) -> str | None:
        """`decided`, `waiting` or `unknown` as the run knows it; None when nobody answers."""
        return await self._query(workflow_id, contract.RECEIPT, [command_id], str, LIMIT_SECONDS)

    async def snapshot(self, workflow_id: str, *, limit: float = LIMIT_SECONDS) -> LiveView | None:
        """The workflow's own view of the quote; None when nobody answers."""
        return await self._query(workflow_id, contract.SNAPSHOT, [], LiveView, limit)

    async def ping(self, *, limit: float = 1.0) -> bool:
        """Whether the Temporal server answers."""
        try:
            async with _bounded(limit):
                return await self._client.service_client.check_health()
        except RunsUnavailableError:
            return False

    async def has_namespace(self, *, limit: float = 1.0) -> bool:
        """Whether the namespace of the quotes' runs is there. Raises RunsUnavailableError."""
        async with _bounded(limit):
            return await is_registered(self._client)

    async def lacking_workers(self, *, limit: float = 1.0) -> set[WorkKind]:
        """The work for which no worker is there. Raises RunsUnavailableError."""

        async def lacks(work: WorkKind) -> bool:
            return bool(await not_polled(self._client, tasks_of(self._task_queue, [work])))

        async with _bounded(limit):
            lacking = await asyncio.gather(*map(lacks, WorkKind))
        return {work for work, lacks_it in zip(WorkKind, lacking, strict=True) if lacks_it}

    async def _query(
        self, workflow_id: str, query: str, args: list[Any], answer: type[Answer], limit: float
    ) -> Answer | None:
        handle: WorkflowHandle[Any, Any] = self._client.get_workflow_handle(workflow_id)
        try:
            async with _bounded(limit):
                found: Answer = await handle.query(query, args=args, result_type=answer)
                return found
        except (RunsUnavailableError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
            return None
        except PayloadKeyError as error:
            _log.error("answer_not_decrypted", error=str(error))
            return None


@asynccontextmanager
async def _bounded(limit: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(limit):
            yield
    except TimeoutError:
        raise RunsUnavailableError("Temporal did not answer in time") from None
    except RPCError as failed:
        if failed.status is RPCStatusCode.INVALID_ARGUMENT:
            raise SignalRefusedError("Temporal refused the request") from failed
        raise RunsUnavailableError(f"Temporal answered {failed.status.name}") from failed
    except RuntimeError as failed:  # a lazy client's failed first connection
        raise RunsUnavailableError("Temporal could not be reached") from failed
