"""Requests with keys of their own, and what was answered: whatever was acknowledged must be found again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from adapters.db.database import Database
from tests.api.caller import PART, V1, Caller, with_room
from tests.faults import record

OK = {200, 201, 204}
STORED = 202
AGAIN = {429, 502, 503}


@dataclass
class Wish:
    """One request. The same key again is the same wish."""

    method: str
    path: str
    body: Any = None
    key: str = field(default_factory=lambda: str(uuid4()))
    answers: list[int] = field(default_factory=list)

    @property
    def acknowledged(self) -> bool:
        """Whether somebody was told that it is stored or done."""
        return any(status in OK or status == STORED for status in self.answers)

    async def put(self, caller: Caller) -> httpx.Response:
        """Ask once, when there is room for it. Raises httpx.TransportError when the connection breaks."""
        headers = {"Idempotency-Key": self.key}
        answer = await with_room(
            lambda: caller.http.request(self.method, V1 + self.path, json=self.body, headers=headers)
        )
        self.answers.append(answer.status_code)
        return answer

    async def insist(self, caller: Caller, *, seconds: float = 120) -> httpx.Response:
        """Ask until it is decided: through broken connections, 503 and 202."""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    answer = await self.put(caller)
                    if answer.status_code not in AGAIN and answer.status_code != STORED:
                        return answer
                except httpx.TransportError:
                    self.answers.append(0)
                await asyncio.sleep(0.2)


def do(quote_id: str, action: str, body: Any = None) -> Wish:
    """A wish about an existing quote."""
    return Wish("POST", f"/quotes/{quote_id}/{action}", body)


def create(customer_id: str, specification: Any, **fields: Any) -> Wish:
    """A wish for a new quote."""
    return Wish("POST", "/quotes", {"customer_id": customer_id, "specification": specification, **fields})


async def drafted(caller: Caller, customer_id: str, **fields: Any) -> dict[str, Any]:
    """A new quote, however long a busy machine takes."""
    return _quote(await create(customer_id, PART, **fields).insist(caller))


async def sent(caller: Caller, customer_id: str, **fields: Any) -> dict[str, Any]:
    """A new quote that has been sent."""
    quote = await drafted(caller, customer_id, **fields)
    return _quote(await do(quote["id"], "send").insist(caller))


def _quote(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code in OK, answer.text
    quote: dict[str, Any] = answer.json()
    return quote


async def lost(database: Database, wishes: Sequence[Wish]) -> list[str]:
    """Acknowledged wishes that the record does not know, or knows otherwise than their caller was told."""
    missing = []
    for wish in wishes:
        row = await record.by_key(database, wish.key)
        if row is None:
            outcome = "is nowhere" if wish.acknowledged else None
        elif row["outcome"] is None:
            outcome = "has no outcome"
        else:
            told = {"applied": OK, "refused": {409, 412, 422}}[row["outcome"]]
            wrong = [status for status in wish.answers if status not in told | AGAIN | {0, STORED}]
            outcome = f"was {row['outcome']}, told {wrong}" if wrong else None
        if outcome:
            missing.append(f"{wish.method} {wish.path} {outcome}")
    return missing
