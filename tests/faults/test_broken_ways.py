"""Ways that break between all parts: nothing is lost, late or twice. `make faults` lives 300 lives there."""

from pathlib import Path

from tests.faults.broken_ways import broken_ways
from tests.faults.proxy import Fault
from tests.faults.stack import FaultStack

SEED = 3
KINDS = [
    "accepted by page",
    "changed",
    "extended",
    "reopened",
    "a yes in time, a cancel too late",
    "rejected",
]


async def test_nothing_is_lost_late_or_twice_where_ways_break(
    shared_stack: FaultStack, tmp_path: Path
) -> None:
    """Six lives, a third of whose exchanges are disturbed: what clients were told, what was done to the ways, the mails
    and the record agree.
    """
    async with broken_ways(shared_stack, tmp_path, seed=SEED, percent=6) as ways:
        ways.settling = 120
        await ways.live(KINDS, at_once=len(KINDS), ahead=12)
        assert await ways.wrong() == []
    assert {done.fault for done in ways.log.done} == set(Fault)
    assert {done.way for done in ways.log.done} >= {"http", "postgres", "temporal"}
