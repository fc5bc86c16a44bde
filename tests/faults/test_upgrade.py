"""A worker of the commit before beside this one: no quote is stuck, none is decided twice. `make faults` has 200 quotes."""

from pathlib import Path

import pytest

from tests.faults.stack import FaultStack
from tests.faults.upgrade import NoEarlierCommitError, upgraded

QUOTES = 6


async def test_open_quotes_go_on_while_workers_are_replaced(stack: FaultStack, tmp_path: Path) -> None:
    """Both take tasks, and what one has begun the other goes on with."""
    try:
        found = await upgraded(stack, tmp_path, quotes=QUOTES)
    except NoEarlierCommitError as why:
        pytest.skip(str(why))
    assert found.wrong == []
