"""Other systems beside the product: one that is told of all events, one that makes the orders. They say nothing but yes."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Final

from adapters.webhooks.signed_post import new_secret
from tests.unit.webhooks.receiver import OK, Receiver, receiving, saying

ENDPOINT: Final = "endpoint"
ORDERS: Final = "orders"
KINDS: Final = (ENDPOINT, ORDERS)
_QUIET_SECONDS: Final = 2.0


class Others:
    """What came to them; `kinds` are those that there are, of KINDS."""

    def __init__(self, receiver: Receiver, kinds: Collection[str]) -> None:
        self.kinds = kinds
        self._receiver = receiver

    @property
    def url(self) -> str:
        return self._receiver.url

    @property
    def settings(self) -> dict[str, str]:
        """By which API and workers post to them."""
        allowed = {"FIRM_OFFER_WEBHOOK_ALLOW": "127.0.0.0/8"}
        if ORDERS not in self.kinds:
            return allowed
        posted = {"FIRM_OFFER_ORDER_URL": self.url, "FIRM_OFFER_ORDER_SECRET": new_secret()}
        return {**allowed, "FIRM_OFFER_ORDERS": "http", **posted}

    async def told(self) -> int:
        """How many requests came; returns when for a while there was none."""
        if not self.kinds:
            return 0
        count = -1
        while count != len(self._receiver.received):
            count = len(self._receiver.received)
            await asyncio.sleep(_QUIET_SECONDS)
        return count


@asynccontextmanager
async def others(kinds: Collection[str]) -> AsyncIterator[Others]:
    """Those kinds, on a free port."""
    async with receiving(saying(OK)) as receiver:
        yield Others(receiver, kinds)
