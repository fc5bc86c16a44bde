"""Bugs that are planted to see them found must find their place."""

from pathlib import Path

import pytest

from tests.faults.planted import BUGS, Bug, spoiled


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.what)
def test_each_bug_can_be_planted(bug: Bug, tmp_path: Path) -> None:
    """Code that moved takes its bug along."""
    planted = (spoiled(bug, tmp_path) / bug.file).read_text()
    compile(planted, bug.file, "exec")
    assert bug.wrong in planted
