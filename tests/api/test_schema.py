"""Requests of every form to every operation: none is a failure of ours, and every answer is what the document says.

FIRM_OFFER_SCHEMA_CASES sets how many requests there are, at about (2000 for the long run).
"""

import asyncio
import hashlib
import json
import os
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from fastapi import FastAPI

from adapters.settings import Settings
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from tests.api.caller import SIGNER, Caller
from tests.api.conftest import api_key, calling, prepared_database, served, settings_for, working
from tests.api.schema_cases import Tried
from tests.api.test_choices import LINES
from tests.api.test_parts_lists import stored

CASES = int(os.environ.get("FIRM_OFFER_SCHEMA_CASES", "150"))
DOCUMENT = json.loads((Path(__file__).parents[2] / "docs/openapi.json").read_text())
OPERATIONS = {
    f"{method.upper()} {path}"
    for path, operations in DOCUMENT["paths"].items()
    for method in operations
    if method in {"get", "put", "post", "patch", "delete"}
}
DRAWING = b"%PDF-1.7 drawing and order 4711"


@pytest_asyncio.fixture(scope="module")
async def database_url(postgres: Postgres) -> str:
    """Of a record of its own: an admin's requests replace rate cards and merge customers."""
    return await prepared_database(postgres, "schema")


@pytest.fixture(scope="module")
def settings(database_url: str, temporal: Temporal, mail_server: MailServer) -> Settings:
    return settings_for(database_url, temporal.address, mail_server.smtp_url, queue="schema-tests")


@pytest_asyncio.fixture(scope="module")
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The product with a queue of its own."""
    async with working(settings) as app:
        yield app


@pytest_asyncio.fixture(scope="module")
async def key(database_url: str) -> str:
    """Of somebody who may do everything."""
    return await api_key(database_url, "admin")


@pytest_asyncio.fixture
async def admin(app: FastAPI, key: str) -> AsyncIterator[Caller]:
    async with calling(app, key) as caller:
        yield caller


async def known(admin: Caller) -> dict[str, str]:
    """One of every kind that a path can name, the quote in two versions. The key is another's, which may be revoked."""
    quote = await admin.draft(lines=LINES)
    await admin.done(quote, "send")
    assert (await admin.put(f"/quotes/{quote['id']}/pricing", {"lines": LINES})).is_success
    await admin.done(quote, "send")
    await admin.done(quote, "accept", SIGNER)
    for path in ("/files", "/proofs"):
        assert (await admin.raw(path, DRAWING, "application/pdf")).status_code == 201
    refused = (await admin.post(f"/quotes/{quote['id']}/send")).json()
    return {
        "quote_id": quote["id"],
        "number": "1",
        "old": "1",
        "new": "2",
        "customer_id": quote["customer_id"],
        "calculation_id": (await admin.calculation())["id"],
        "command_id": refused["command_id"],
        "link_id": await _first(admin, f"/quotes/{quote['id']}/links"),
        "list_id": (await stored(admin, "german-decimals.csv"))["id"],
        "rate_card_id": await _first(admin, "/rate-cards"),
        "webhook_id": (await admin.post("/webhooks", {"url": "https://erp.example.com/"})).json()["id"],
        "key_id": (await admin.post("/keys", {"name": "ERP"})).json()["id"],
        "sha256": hashlib.sha256(DRAWING).hexdigest(),
    }


async def _first(admin: Caller, path: str) -> str:
    found: str = (await admin.get(path)).json()["data"][0]["id"]
    return found


async def test_no_request_is_a_failure_of_ours(admin: Caller, settings: Settings, key: str) -> None:
    """Proves it for well-formed and malformed requests to every operation, about what is there and what is not."""
    about = await known(admin)
    with socket.create_server(("127.0.0.1", 0)) as port:
        async with served(settings, port):
            url = f"http://127.0.0.1:{port.getsockname()[1]}"
            tried = Tried(url, DOCUMENT, key, about)
            wrong = await asyncio.to_thread(tried.failures, CASES, seed=20261129)
    assert wrong == []
    assert tried.cases >= 0.9 * CASES, "of some there is only one"
    assert set(tried.answered) == OPERATIONS
    assert {name for path in DOCUMENT["paths"] for name in re.findall(r"{(\w+)}", path)} == set(about)
    assert {200, 201, 202, 204, 404, 422} <= set().union(*tried.answered.values())
    assert (await admin.get("/keys")).status_code == 200, "the caller's own key was left alone"
