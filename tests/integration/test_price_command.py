"""`firm-offer price` by the card of the record."""

from pathlib import Path

import pytest

from cli.local.postgres.server import Postgres
from tests.integration.test_operator_commands import NOWHERE, firm_offer, refused
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
