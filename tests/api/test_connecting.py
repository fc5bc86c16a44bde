"""What the page about connecting other systems shows is run as it stands there."""

import asyncio
import itertools
import socket
from pathlib import Path
from typing import Any

import pytest

from adapters.settings import Settings
from tests.api.caller import SIGNER, Caller
from tests.api.conftest import served
from tests.unit.test_docs import FENCE

PAGE = Path(__file__).parents[2] / "docs" / "connecting.md"


def programs() -> list[str]:
    return [match[3] for match in FENCE.finditer(PAGE.read_text()) if match[2] == "python"]


async def test_the_follower_sees_an_acceptance(
    caller: Caller, settings: Settings, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over HTTP, from the oldest event on, page after page."""
    quote = await caller.sent()
    await caller.done(quote, "accept", SIGNER)
    port = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setenv("FIRM_OFFER_URL", f"http://127.0.0.1:{port.getsockname()[1]}")
    monkeypatch.setenv("FIRM_OFFER_API_KEY", key)
    names: dict[str, Any] = {}
    exec(programs()[0], names)  # noqa: S102 - our own page

    def found() -> dict[str, Any]:
        pages = (events for events, _ in names["follow"](None))
        return next(e for e in itertools.chain.from_iterable(pages) if e["quote"]["id"] == quote["id"])

    async with served(settings, port):
        event = await asyncio.to_thread(found)
    assert event["snapshot"]["status"] == "accepted"
