"""What is under way to the outside, beside the decisions: a mail server or another system that is down delays nobody."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from temporalio import workflow
from temporalio.exceptions import ActivityError

from domain.quotes.envelope import Envelope
from workflows import calls
from workflows.ports import DeliverRequest, Delivery, HandOverRequest, OrderHandover

ORDER: Final = "order"
"""The name under which an order is under way, beside the ids of messages."""


@dataclass
class Deliveries:
    """Each batch is its own task, retried on its own. `decide` takes a command that came of one."""

    quote_id: str
    decide: Callable[[Envelope], None]
    _running: dict[asyncio.Task[None], tuple[str, ...]] = field(default_factory=dict)

    def start(self, messages: Sequence[str], what: str) -> None:
        """Deliver these outbox rows, save those under way; `what` is shown in the Temporal Web UI."""
        new = tuple(message for message in messages if message not in self.under_way)
        if new:
            self._begin(asyncio.create_task(self._deliver(new, what)), new)

    def hand_over(self, *, waits: bool) -> None:
        """Hand the order over where it `waits` for that, unless that is under way. Only the record or a signal of ours says
        so, and only since orders are handed over: runs from before replay as they were.
        """
        if waits and ORDER not in self.under_way:
            self._begin(asyncio.create_task(self._hand_over()), (ORDER,))

    def _begin(self, task: asyncio.Task[None], names: tuple[str, ...]) -> None:
        self._running[task] = names
        task.add_done_callback(lambda done: self._running.pop(done, None))

    @property
    def under_way(self) -> tuple[str, ...]:
        """The messages that are being delivered, and `ORDER` while one is handed over."""
        return tuple(message for messages in self._running.values() for message in messages)

    async def _deliver(self, messages: tuple[str, ...], what: str) -> None:
        request = DeliverRequest(quote_id=self.quote_id, messages=messages)
        try:
            await calls.call(Delivery.deliver, request, policy=calls.MAIL, summary=what)
        except ActivityError:
            # The rows stay pending and are delivered by the next run; the quote must not fail for a mail.
            workflow.logger.exception("delivery given up by this run")

    async def _hand_over(self) -> None:
        request = HandOverRequest(quote_id=self.quote_id)
        try:
            result = await calls.call(
                OrderHandover.hand_over, request, policy=calls.ORDER, summary="Hand the order over"
            )
        except ActivityError:
            # It stays pending on record, and whoever looks after orders that wait starts a run for it.
            workflow.logger.exception("handing over given up by this run")
            return
        if result.command is not None:
            self.decide(result.command)
        self.start(result.messages, "Email: the order was not handed over")
