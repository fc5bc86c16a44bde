"""A key is remembered for a moment, and no longer."""

from typing import Any

import pytest

from adapters.db.parties import keys
from adapters.db.parties.keys import REMEMBERED_SECONDS, KeyRing, KeyView
from tests.unit.api.fakes import FakeClock, FakeDatabase


async def test_a_key_is_read_again_when_its_moment_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within two seconds one reading serves all; afterwards a revoked key is seen; unknown ones never stay."""
    known: Any = object()
    answers: list[KeyView | None] = [known, None, None]
    asked: list[str] = []

    async def find_key(_reading: object, public_id: str) -> KeyView | None:
        asked.append(public_id)
        return answers.pop(0)

    monkeypatch.setattr(keys, "find_key", find_key)
    clock, database = FakeClock(), FakeDatabase()
    ring = KeyRing(database, clock)  # type: ignore[arg-type]  # stands in for a database
    assert [await ring.find("a"), await ring.find("a")] == [known, known]
    clock.now += REMEMBERED_SECONDS
    assert [await ring.find("a"), await ring.find("a")] == [None, None]
    assert asked == ["a", "a", "a"]
