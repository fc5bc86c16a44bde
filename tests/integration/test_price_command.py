"""`firm-offer price` by the card of the record."""

from pathlib import Path

import asyncpg
import pytest

from cli.local.postgres.server import Postgres
from tests.integration.test_operator_commands import NOWHERE
from tests.shell import firm_offer, refused
from tests.unit.price.files import PART, TOTALS, csv


async def test_the_card_valid_now_prices(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DATABASE_URL alone is needed; standard input serves as well as a file; nothing is stored."""
    monkeypatch.chdir(tmp_path)
    env: dict[str, str | None] = {"DATABASE_URL": await postgres.create_database("prices")}
    assert "firm-offer migrate" in refused(await firm_offer("price", "-", env=env, stdin=csv(PART).decode()))
    assert (await firm_offer("migrate", env=env)).exit_code == 0
    ended = await firm_offer("price", "-", "--tier", "standard", env=env, stdin=csv(PART).decode())
    assert ended.exit_code == 0, ended.output
    assert TOTALS["standard"] in ended.stdout


async def test_where_every_card_has_ended_it_says_so(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not that there is none yet; the one that begins next is told by its instant."""
    monkeypatch.chdir(tmp_path)
    env: dict[str, str | None] = {"DATABASE_URL": await postgres.create_database("ended_cards")}
    assert (await firm_offer("migrate", env=env)).exit_code == 0
    text = (await firm_offer("rate-card", "export", "--yaml", env=env)).stdout.split("\n", 1)[1]
    over = ("--valid-from", "2026-01-01T00:00:00Z", "--valid-until", "2026-01-02T00:00:00Z")
    assert (await firm_offer("rate-card", "import", "-", *over, env=env, stdin=text)).exit_code == 0
    connection = await asyncpg.connect(env["DATABASE_URL"])
    await connection.execute("UPDATE rate_cards SET valid_from = '2025-01-01' WHERE valid_until IS NULL")
    await connection.close()
    for words in (("price", "-"), ("rate-card", "export")):
        said = refused(await firm_offer(*words, env=env, stdin=csv(PART).decode()))
        assert "No rate card is in force now: the last one has ended." in said
    later = ("--valid-from", "2999-01-01T00:00:00Z")
    assert (await firm_offer("rate-card", "import", "-", *later, env=env, stdin=text)).exit_code == 0
    said = refused(await firm_offer("price", "-", env=env, stdin=csv(PART).decode()))
    assert "in force now: the next one begins at 2999-01-01T00:00:00Z." in said


@pytest.mark.parametrize("url", [None, NOWHERE])
async def test_without_a_record_it_says_so(
    url: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The setting is named; parts and card cannot both come through one pipe."""
    monkeypatch.chdir(tmp_path)
    env = {"DATABASE_URL": url}
    assert "DATABASE_URL" in refused(await firm_offer("price", "-", env=env, stdin=csv(PART).decode()))
    both = await firm_offer("price", "-", "--card", "-", env=env, stdin="")
    assert "standard input" in refused(both)
