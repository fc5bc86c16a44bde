"""Temporal keeps histories for weeks, and whoever may look at them reads them: they tell nothing of a person."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest_asyncio
from fastapi import FastAPI
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import Client

from adapters.settings import Settings
from adapters.tokens import LinkTokens
from tests.api.caller import PART, Caller, run_of
from tests.api.conftest import SECRET, worker_client
from tests.api.customer.reading import hidden, read

ADA, BOB, OWNER = "ada.lovelace@buyer.example.com", "bob@buyer.example.com", "seller.sam@tooling.example.com"
COLLEAGUE = "carl@buyer.example.com"
PERSONAL = {
    *(ADA, BOB, OWNER, ADA.upper(), "203.0.113.77", "Ada Lovelace", "PO-4711-ADA", "Netscape Navigator"),
    *("note for Ada", "message for Ada", "reason of Ada", "wish of Ada", "discount for Ada", "price for Ada"),
    *(COLLEAGUE, "note to the colleague", "line for Ada", "ADA-EXTERNAL-7", "contact Bob"),
}
LINE = {"description": "line for Ada", "specification": PART}
BY_HAND = {"unit_price": "9.00", "reason": "price for Ada"}


@pytest_asyncio.fixture
async def client(settings: Settings) -> Client:
    return await worker_client(settings)


@pytest_asyncio.fixture
async def page(app: FastAPI) -> httpx.AsyncClient:
    """A customer's browser."""
    transport = httpx.ASGITransport(app=app, client=("203.0.113.77", 4711))
    headers = {"User-Agent": "Netscape Navigator"}
    return httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=headers)


async def _answers(
    caller: Caller, page: httpx.AsyncClient, quote: dict[str, Any], form: str, **typed: str
) -> None:
    """The customer types into a form of the newest link's page."""
    links = (await caller.get(f"/quotes/{quote['id']}/links")).json()["data"]
    link = [each for each in links if each["recipient"] == ADA][-1]
    path = f"/q/{LinkTokens(SECRET).token(link['id'])}"
    answer = await page.post(f"{path}/{form}", data=hidden(await page.get(path), form) | typed)
    assert answer.status_code == 303, read(answer, answer.status_code)


async def _revised(caller: Caller, quote: dict[str, Any], body: dict[str, Any]) -> None:
    answer = await caller.put(f"/quotes/{quote['id']}/pricing", body)
    assert answer.status_code == 200 or (await caller.decided(answer))["status"] == "applied", answer.text


async def _refused(caller: Caller, quote: dict[str, Any], action: str, body: dict[str, Any]) -> None:
    answer = await caller.post(f"/quotes/{quote['id']}/{action}", body)
    assert answer.status_code == 409 or (await caller.decided(answer))["status"] == "refused", answer.text


async def a_whole_life(caller: Caller, page: httpx.AsyncClient) -> dict[str, Any]:
    """Every command, with all that can be said in it; each is applied, and one of each kind refused."""
    customer = await caller.customer(email=ADA, contacts=[{"name": "contact Bob", "email": BOB}])
    told = {"notes": "note for Ada", "discount": {"rate": "0.05", "reason": "discount for Ada"}}
    quote = await caller.draft(
        customer_id=customer["id"],
        lines=[{**LINE, "override": BY_HAND}],
        owner=OWNER,
        external_id="ADA-EXTERNAL-7",
        **told,
    )
    sending = {"recipients": [ADA, BOB], "read_only": [BOB], "message": "message for Ada"}
    await _refused(caller, quote, "send", sending)
    await caller.done(quote, "send", {**sending, "confirm": ["below_cost"]})
    await _refused(caller, quote, "send", sending)
    await caller.done(quote, "resend", sending)
    await _answers(caller, page, quote, "change", wish="wish of Ada")
    await _answers(caller, page, quote, "share", colleague=COLLEAGUE, note="note to the colleague")
    await _answers(caller, page, quote, "reject", reason="reason of Ada")
    await _revised(caller, quote, {"lines": [LINE, LINE], **told})
    await caller.done(quote, "send", sending)
    await _revised(caller, quote, {"reprice": True, "notes": "another note for Ada"})
    await caller.done(quote, "extend", {"valid_days": 40})
    await caller.done(quote, "send", sending)
    signed = {
        "signer_name": "Ada Lovelace",
        "signer_email": ADA.upper(),
        "purchase_order_number": "PO-4711-ADA",
    }
    await _answers(caller, page, quote, "accept", **signed, consent="yes")
    await _refused(caller, quote, "cancel", {"reason": "reason of Ada"})
    return quote


def _payloads(message: Message) -> Iterator[bytes]:
    """The data of all payloads in a message, wherever they stand."""
    if isinstance(message, Payload):
        yield message.data
    for _field, value in message.ListFields():
        for each in (
            value.values() if hasattr(value, "values") else value if hasattr(value, "add") else [value]
        ):
            if isinstance(each, Message):
                yield from _payloads(each)


async def told_by(client: Client, workflow_id: str) -> tuple[str, list[str]]:
    """All that Temporal tells of a quote: every run's history, payloads read, and what lists show; and the kinds of
    the histories' events.
    """
    texts: list[str] = []
    kinds: list[str] = []
    async for run in client.list_workflows(f"WorkflowId = '{workflow_id}'"):
        handle = client.get_workflow_handle(workflow_id, run_id=run.run_id)
        described = (await handle.describe()).raw_description
        texts += [json.dumps(MessageToDict(described)), *(data.decode() for data in _payloads(described))]
        async for event in handle.fetch_history_events():
            kinds.append(event.WhichOneof("attributes") or "")
            texts += [json.dumps(MessageToDict(event)), *(data.decode() for data in _payloads(event))]
    return "\n".join(texts), kinds


async def test_no_history_tells_of_a_person(caller: Caller, page: httpx.AsyncClient, client: Client) -> None:
    """Not by signals, nor by what activities take and return, nor by what is shown; and the record knows it all."""
    quote = await a_whole_life(caller, page)
    told, kinds = await told_by(client, run_of(quote))
    assert kinds.count("workflow_execution_signaled_event_attributes") >= 10
    assert {"marker_recorded_event_attributes", "activity_task_scheduled_event_attributes"} <= set(kinds)
    assert {personal for personal in PERSONAL if personal in told} == set()
    assert quote["number"] in told
    version = (await caller.get(f"/quotes/{quote['id']}/versions/2")).text
    evidence = (await caller.get(f"/quotes/{quote['id']}/evidence")).text
    assert {p for p in ("note for Ada", "discount for Ada", "line for Ada") if p not in version} == set()
    assert {p for p in ("Ada Lovelace", "PO-4711-ADA", "203.0.113.77") if p not in evidence} == set()
