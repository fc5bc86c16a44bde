"""Accepts, rejects and cancels of one quote at once, from many connections."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adapters.db.database import Database
from tests.api.caller import Caller
from tests.faults.edges import accept
from tests.faults.ledger import OK, Wish, do, sent
from tests.faults.record import recorded

QUOTES_AT_ONCE = 10
RULES = {"already_decided", "quote_not_acceptable", "quote_not_rejectable", "quote_not_cancellable"}


@dataclass
class Race:
    """One quote, the wishes about it, and what each of them was told in the end."""

    quote_id: str
    wishes: list[Wish] = field(default_factory=list)
    told: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)


async def race(caller: Caller, customer_id: str, *, quotes: int, racers: int, seed: int) -> list[Race]:
    """So many quotes, with so many racing wishes each."""
    chance, slots = random.Random(seed), asyncio.Semaphore(QUOTES_AT_ONCE)
    orders = [
        [chance.choice(("accept", "accept", "reject", "cancel")) for _ in range(racers)]
        for _ in range(quotes)
    ]

    async def one(order: list[str]) -> Race:
        async with slots:
            return await _one(caller, customer_id, order)

    return await asyncio.gather(*map(one, orders))


async def _one(caller: Caller, customer_id: str, order: list[str]) -> Race:
    quote = await sent(caller, customer_id)
    run = Race(quote["id"])

    async def wish(name: str) -> None:
        asked = accept(quote["id"]) if name == "accept" else do(quote["id"], name)
        run.wishes.append(asked)
        answer = await asked.insist(caller)
        run.told.append((name, answer.status_code, answer.json()))

    await asyncio.gather(*map(wish, order))
    return run


async def unfair(database: Database, run: Race) -> list[str]:
    """What went wrong in a race."""
    return [
        f"{run.quote_id}: {what}"
        for what in _unfair(run, (await recorded(database, run.quote_id)).quote.status)
    ]


def _unfair(run: Race, status: str) -> Iterator[str]:
    won = Counter(name for name, code, _ in run.told if code in OK)
    # A rejected quote can still be withdrawn: that is no second winner.
    if won not in ({"accept": 1}, {"reject": 1}, {"cancel": 1}, {"reject": 1, "cancel": 1}):
        yield f"winners are {dict(won)}"
    last = {"accept": "accepted", "reject": "rejected", "cancel": "cancelled"}
    if status not in {last[name] for name in won}:
        yield f"is {status}, told {dict(won)}"
    if won["cancel"] and status != "cancelled":
        yield f"is {status} after a cancel"
    for name, code, body in run.told:
        if code in OK:
            continue
        if code != 409 or body["code"] not in RULES or body["current_status"] not in last.values():
            yield f"a losing {name} was told {code} {body.get('code')}"
