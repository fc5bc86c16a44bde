"""Signals that nobody of ours sends: what a stranger with a client of the server could bring."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowHandle
from temporalio.common import RawValue
from temporalio.service import RPCError

AT_ONCE = 20
NAMES = ("revise", "send", "resend", "extend", "accept", "reject", "cancel", "create", "explode", "")
TIME = "2026-01-01T00:00:00+00:00"


def _whole(**more: Any) -> dict[str, Any]:
    return {"command_id": str(uuid4()), "received_at": TIME, "actor": "forger", **more}


READ_AND_COUNTED: dict[str, Callable[[], list[Any]]] = {
    "no argument": list,
    "two": lambda: [_whole(), _whole()],
    "null": lambda: [None],
    "bytes": lambda: [b"\x00\xff"],
    "a text": lambda: ["accept"],
    "a number": lambda: [1e308],
    "a list": lambda: [[_whole()]],
    "another shape": lambda: [{"quote": {"id": 1}}],
    "an id that is none": lambda: [_whole(command_id="1; DROP TABLE quotes")],
    "no time": lambda: [_whole(received_at="yesterday")],
    "a time without a zone": lambda: [_whole(received_at="2026-01-01T00:00:00")],
    "a payload that is none": lambda: [_whole(payload=[1])],
    "much": lambda: ["x" * 20_000],
}
"""Arguments that are no command's envelope."""

NO_JSON = RawValue(Payload(metadata={"encoding": b"json/plain"}, data=b"{no json"))
"""Dropped by the SDK, which says so in its log."""


def forged() -> list[Any]:
    """An envelope as it should be, of a command that is in nobody's inbox."""
    return [_whole(payload={"valid_days": 300}, shown_version=1)]


@dataclass
class Flood:
    """What got through: `unreadable` reached the workflow and must be counted, `refused` the server itself did
    not take.
    """

    unreadable: int = 0
    refused: int = 0


async def flood(handle: WorkflowHandle[Any, Any], makers: Sequence[Callable[[], list[Any]]]) -> Flood:
    """One signal per maker, under random names, many at once."""
    chance, slots, done = random.Random(1), asyncio.Semaphore(AT_ONCE), Flood()
    names = [chance.choice(NAMES[:-1]) for _ in makers]

    async def one(name: str, make: Callable[[], list[Any]]) -> None:
        async with slots:
            try:
                await handle.signal(name, args=make())
            except RPCError:
                done.refused += 1
            else:
                done.unreadable += make in READ_AND_COUNTED.values() or name in {"explode", "create"}

    await asyncio.gather(*map(one, names, makers))
    return done
