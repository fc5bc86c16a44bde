"""Ways in which nobody is home: how each begins, how it ends, and what a caller is told meanwhile."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.faults.stack import FaultStack

STORED = 202
AWAY = 503


@dataclass(frozen=True)
class Outage:
    """`hold` keeps what was stored from being decided before the outage proper begins."""

    name: str
    begin: Callable[[FaultStack], None]
    end: Callable[[FaultStack], Awaitable[None]]
    hold: Callable[[FaultStack], None] = lambda _stack: None
    told: int = STORED

    def __str__(self) -> str:
        return self.name


async def _thaw_temporal(stack: FaultStack) -> None:
    stack.temporal.thaw()


async def _postgres_and_worker(stack: FaultStack) -> None:
    await stack.restart("postgres")
    stack.process("worker").thaw()


OUTAGES = (
    Outage("worker killed", lambda s: s.kill("worker"), lambda s: s.restart("worker")),
    # What was stored before the database died must not be decided before it died: the worker is held.
    Outage(
        "postgres killed",
        lambda s: s.kill("postgres"),
        _postgres_and_worker,
        hold=lambda s: s.process("worker").freeze(),
        told=AWAY,
    ),
    Outage("temporal frozen", lambda s: s.temporal.freeze(), _thaw_temporal),
    Outage("temporal killed", lambda s: s.kill("temporal"), lambda s: s.restart("temporal")),
)
