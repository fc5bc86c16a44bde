"""SIGKILL of API, worker, Temporal and PostgreSQL while quotes live. `make faults` plays many more."""

import asyncio

from adapters.db.database import Database
from tests.api.caller import Caller
from tests.faults.killing import kill
from tests.faults.ledger import lost
from tests.faults.lives import Lives
from tests.faults.record import complaints, undecided
from tests.faults.stack import PARTS, FaultStack
from tests.waiting import eventually

SEED = 4


async def test_what_was_acknowledged_outlives_every_kill(
    stack: FaultStack, caller: Caller, database: Database
) -> None:
    """Every part is killed twice while lives go on: no acknowledged change is lost, every life comes to its
    end, and every quote's record is whole and legal. Callers only repeat what broke, with the same key.
    """
    customer = (await caller.customer())["id"]
    lives = Lives(seed=SEED, at_once=3)
    killing = asyncio.create_task(kill(stack, 2 * len(PARTS), seed=SEED))
    while not killing.done() or not lives.ended:
        await lives.play(caller, customer, 8)
    assert set((await killing).values()) == {2}

    async def settled() -> bool:
        return await undecided(database) == 0

    await eventually(settled, "every command has an outcome")
    assert len(lives.ended) >= 8
    assert await lost(database, lives.wishes) == []
    assert await complaints(database, lives.ended) == []
