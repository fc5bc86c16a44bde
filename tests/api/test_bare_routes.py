"""The bench's bare routes use the product's own statements and tables: what changes must not break them unseen."""

import asyncpg
import httpx
import pytest

from adapters.tokens import new_api_key
from tests.api.caller import Caller
from tests.api.conftest import SECRET, api_key, running
from tests.bench.bare.api import create
from tests.bench.stack.shop import SIGNER


async def test_the_bare_side_reads_the_rows_that_the_product_reads(
    caller: Caller, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One quote by its id, and the newest of a page."""
    quote = await caller.draft()
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FIRM_OFFER_SECRET", SECRET)
    async with (
        running(create()) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bare.test") as bare,
    ):
        [row] = (await bare.get(f"/quotes/{quote['id']}")).json()
        assert (row["id"], row["number"]) == (quote["id"], quote["number"])
        assert quote["number"] in [row["number"] for row in (await bare.get("/quotes")).json()]


async def test_the_bare_side_takes_a_command_of_a_caller_with_a_key(
    caller: Caller, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a row of the inbox; a wrong key puts none there."""
    await caller.draft()
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FIRM_OFFER_SECRET", SECRET)
    key = await api_key(database_url, "quote")
    wrong = new_api_key("test").text
    async with (
        running(create()) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bare.test") as bare,
    ):
        statuses = [
            (await bare.post("/inbox", json=body, headers={"Authorization": f"Bearer {text}"})).status_code
            for text, body in ((key, SIGNER), (wrong, SIGNER), (key, {"method": "phone"}))
        ]
    assert statuses == [200, 401, 422]
    connection = await asyncpg.connect(database_url)
    stored = await connection.fetchval("SELECT count(*) FROM commands WHERE number = 'Q-1999-1'")
    await connection.close()
    assert stored == 1
