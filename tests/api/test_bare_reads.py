"""The bench's bare routes run the product's own statements: one that changes must not break them unseen."""

import httpx
import pytest

from tests.api.caller import Caller
from tests.api.conftest import running
from tests.bench.bare.api import create


async def test_the_bare_side_reads_the_rows_that_the_product_reads(
    caller: Caller, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One quote by its id, and the newest of a page."""
    quote = await caller.draft()
    monkeypatch.setenv("DATABASE_URL", database_url)
    async with (
        running(create()) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bare.test") as bare,
    ):
        [row] = (await bare.get(f"/quotes/{quote['id']}")).json()
        assert (row["id"], row["number"]) == (quote["id"], quote["number"])
        assert quote["number"] in [row["number"] for row in (await bare.get("/quotes")).json()]
