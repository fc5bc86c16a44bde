"""Mails under way, beside the decisions: a mail server that is down delays nobody."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows import calls
from workflows.ports import DeliverRequest, Delivery


@dataclass
class Deliveries:
    """Each batch is its own task, retried on its own."""

    quote_id: str
    _running: dict[asyncio.Task[None], tuple[str, ...]] = field(default_factory=dict)

    def start(self, messages: Sequence[str], what: str) -> None:
        """Deliver these outbox rows, save those under way; `what` is shown in the Temporal Web UI."""
        new = tuple(message for message in messages if message not in self.under_way)
        if new:
            task = asyncio.create_task(self._deliver(new, what))
            self._running[task] = new
            task.add_done_callback(lambda done: self._running.pop(done, None))

    @property
    def under_way(self) -> tuple[str, ...]:
        """The messages that are being delivered."""
        return tuple(message for messages in self._running.values() for message in messages)

    async def _deliver(self, messages: tuple[str, ...], what: str) -> None:
        request = DeliverRequest(quote_id=self.quote_id, messages=messages)
        try:
            await calls.call(Delivery.deliver, request, policy=calls.MAIL, summary=what)
        except ActivityError:
            # The rows stay pending and are delivered by the next run; the quote must not fail for a mail.
            workflow.logger.exception("delivery given up by this run")
