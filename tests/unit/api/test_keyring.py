"""A key is remembered for a moment, and no longer."""

from typing import Any

import pytest

from adapters.db.errors import DatabaseUnavailableError
from adapters.db.parties import keys
from adapters.db.parties.keys import REMEMBERED_SECONDS, STAMPED_SECONDS, KeyRing, KeyView
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


async def test_the_use_of_each_secret_is_noted_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be noted is told, does no harm, and is tried again by the next use."""
    noted: list[bytes] = []
    unnoted: list[str] = []

    async def stamp_use(_w: object, _public_id: str, secret_hash: bytes) -> None:
        noted.append(secret_hash)
        if secret_hash == b"away":
            raise DatabaseUnavailableError

    monkeypatch.setattr(keys, "stamp_use", stamp_use)
    clock, database = FakeClock(), FakeDatabase()
    ring = KeyRing(database, clock, lambda public_id, _: unnoted.append(public_id))  # type: ignore[arg-type]  # as above
    for secret in (b"old", b"new", b"old", b"away"):
        ring.used("a", secret)
    await ring.close()
    assert (noted, unnoted) == ([b"old", b"new", b"away"], ["a"])
    ring.used("a", b"away")
    clock.now += STAMPED_SECONDS
    ring.used("a", b"old")
    await ring.close()
    assert noted[3:] == [b"away", b"old"]
