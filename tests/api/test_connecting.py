"""What the page about connecting other systems shows is run as it stands there."""

import asyncio
import itertools
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.settings import Settings
from adapters.webhooks.signed_post import WebhookSender, new_secret
from adapters.webhooks.targets import read_networks
from domain.proof.order import read_reference
from tests.api.caller import SIGNER, Caller
from tests.api.conftest import served
from tests.unit.test_docs import FENCE
from tests.waiting import eventually

PAGE = Path(__file__).parents[2] / "docs" / "connecting.md"


def programs() -> list[str]:
    return [match[3] for match in FENCE.finditer(PAGE.read_text()) if match[2] == "python"]


async def bare(port: int) -> int:
    """What is answered to who has signed nothing."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.post(f"http://127.0.0.1:{port}/", content=b"{}")).status_code


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


async def test_the_receiver_takes_what_is_genuine_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a program of its own: signed requests of ours are taken, others are not, and none counts twice."""
    secret = new_secret()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = tmp_path / "receiver.py"
    program.write_text(programs()[1])
    assert len(programs()[1].splitlines()) <= 35
    env = {**os.environ, "WEBHOOK_SECRET": secret, "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, program, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    sender = WebhookSender(read_networks("127.0.0.0/8"))
    url = f"http://127.0.0.1:{port}/"
    try:

        async def is_there() -> bool:
            return (await sender.send(url, [new_secret()], "0", "{}")).status == 401

        await eventually(is_there, "it refuses what others have signed")
        assert await bare(port) == 401
        for secrets in ([secret], [new_secret(), secret]):
            answer = await sender.send(url, secrets, "1", '{"type":"quote.sent","data":{"a":1}}')
            assert answer.status == 204
        assert (await sender.send(url, [secret], "2", '{"type":"quote.accepted","data":2}')).status == 204
    finally:
        process.terminate()
        out, _ = await process.communicate()
    assert out.decode().splitlines() == ["quote.sent {'a': 1}", "quote.accepted 2"]


async def test_the_receiver_of_orders_gives_each_key_one_reference(tmp_path: Path) -> None:
    """As a program of its own: a repeat gets the reference of the first, and what others have signed is no order."""
    secret = new_secret()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = tmp_path / "orders.py"
    program.write_text(programs()[2])
    assert len(programs()[2].splitlines()) <= 35
    env = {**os.environ, "ORDER_SECRET": secret, "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, program, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    sender, url = WebhookSender(read_networks("127.0.0.0/8")), f"http://127.0.0.1:{port}/"
    data = {"quote": {"number": "Q-1"}, "purchase_order_number": "PO-1", "accepted_total": "9.00"}
    try:

        async def is_there() -> bool:
            return (await sender.send(url, [new_secret()], "0", "{}")).status == 401

        await eventually(is_there, "it refuses what others have signed")
        assert await bare(port) == 401
        said = [
            await sender.send(url, [secret], key, json.dumps({"data": data}), key=key)
            for key in ("order_a", "order_a", "order_b")
        ]
        assert [read_reference(each.body) for each in said] == ["SO-1", "SO-1", "SO-2"]
    finally:
        process.terminate()
        out, _ = await process.communicate()
    assert out.decode().splitlines() == ["SO-1 Q-1 PO-1 9.00", "SO-2 Q-1 PO-1 9.00"]
