"""Requests of every form to the routes for lists, files, proofs, previews and quotes: none is a failure of ours, and every answer
is what the document says.

FIRM_OFFER_SCHEMA_CASES sets how many requests there are, at about (2000 for the long run).
"""

import asyncio
import json
import os
import socket
from pathlib import Path

from adapters.settings import Settings
from tests.api.caller import SIGNER, Caller
from tests.api.conftest import served
from tests.api.schema_cases import Tried
from tests.api.test_choices import LINES
from tests.api.test_parts_lists import stored

CASES = int(os.environ.get("FIRM_OFFER_SCHEMA_CASES", "150"))
DOCUMENT = Path(__file__).parents[2] / "docs/openapi.json"


async def test_no_request_is_a_failure_of_ours(caller: Caller, settings: Settings, key: str) -> None:
    """Proves it for well-formed and malformed requests, about quotes and lists that are there and that are not."""
    quote = await caller.draft(lines=LINES)
    await caller.done(quote, "send")
    await caller.done(quote, "accept", SIGNER)
    listed = await stored(caller, "german-decimals.csv")
    known = {"quote_id": quote["id"], "list_id": listed["id"], "version": "1"}
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        port.listen()
        async with served(settings, port):
            url = f"http://127.0.0.1:{port.getsockname()[1]}"
            tried = Tried(url, json.loads(DOCUMENT.read_text()), key, known)
            wrong = await asyncio.to_thread(tried.failures, CASES, seed=20261129)
    assert wrong == []
    assert tried.cases >= CASES
    assert {200, 201, 404, 422} <= set(tried.statuses), tried.statuses
