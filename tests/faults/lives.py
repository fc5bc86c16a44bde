"""Callers who play quotes' lives to the end, whatever breaks under them, and remember what they were told."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any

import httpx

from tests.api.caller import PART, Caller
from tests.faults.edges import accept
from tests.faults.ledger import OK, Wish, create, do

Life = Callable[[Caller, str, "Lives"], Coroutine[Any, Any, None]]
REASON = {"reason": "too dear"}


class Lives:
    """Plays lives, some at once; `wishes` are all that was asked for, `ended` the quotes whose life is over."""

    def __init__(self, *, seed: int, at_once: int) -> None:
        self.wishes: list[Wish] = []
        self.ended: list[str] = []
        self._random = random.Random(seed)
        self._slots = asyncio.Semaphore(at_once)

    async def play(self, caller: Caller, customer_id: str, count: int) -> None:
        """So many lives, each of a random kind."""
        chosen = [self._random.choice(KINDS) for _ in range(count)]
        await asyncio.gather(*(self._one(caller, customer_id, kind) for kind in chosen))

    async def done(self, caller: Caller, wish: Wish) -> httpx.Response:
        """The answer to a wish that must be applied."""
        self.wishes.append(wish)
        answer = await wish.insist(caller)
        assert answer.status_code in OK, f"{wish.path}: {answer.status_code} {answer.text[:300]}"
        return answer

    async def _one(self, caller: Caller, customer_id: str, kind: Life) -> None:
        async with self._slots:
            quote = (await self.done(caller, create(customer_id, PART))).json()
            await self.done(caller, do(quote["id"], "send"))
            await kind(caller, quote["id"], self)
            self.ended.append(quote["id"])


async def _accepted(caller: Caller, quote_id: str, lives: Lives) -> None:
    await lives.done(caller, accept(quote_id))


async def _rejected(caller: Caller, quote_id: str, lives: Lives) -> None:
    await lives.done(caller, do(quote_id, "reject", REASON))


async def _cancelled(caller: Caller, quote_id: str, lives: Lives) -> None:
    await lives.done(caller, do(quote_id, "cancel"))


async def _revised(caller: Caller, quote_id: str, lives: Lives) -> None:
    revise = Wish("PUT", f"/quotes/{quote_id}/pricing", {"specification": {**PART, "quantity": 30}})
    await lives.done(caller, revise)
    await lives.done(caller, do(quote_id, "send"))
    await lives.done(caller, accept(quote_id))


async def _extended(caller: Caller, quote_id: str, lives: Lives) -> None:
    await lives.done(caller, do(quote_id, "extend", {"valid_days": 60}))
    await lives.done(caller, accept(quote_id))


async def _reopened(caller: Caller, quote_id: str, lives: Lives) -> None:
    await lives.done(caller, do(quote_id, "reject", REASON))
    revise = Wish("PUT", f"/quotes/{quote_id}/pricing", {"specification": PART})
    await lives.done(caller, revise)
    await lives.done(caller, do(quote_id, "cancel"))


KINDS: tuple[Life, ...] = (_accepted, _rejected, _cancelled, _revised, _extended, _reopened)
