"""Lists: filtered, newest first, page by page."""

from typing import Any
from uuid import uuid4

from tests.api.caller import SIGNER, Caller, problem


async def _ids(caller: Caller, **filters: Any) -> list[str]:
    answer = await caller.get("/quotes", params=filters)
    assert answer.status_code == 200, answer.text
    return [quote["id"] for quote in answer.json()["data"]]


async def test_pages_lead_through_all_quotes_once(caller: Caller) -> None:
    """Newest first, none twice, none left out, and the last page says so."""
    customer = await caller.customer()
    made = [(await caller.draft(customer_id=customer["id"]))["id"] for _ in range(5)]
    seen, cursor = [], None
    for size in (2, 2, 1):
        params = {"customer_id": customer["id"], "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await caller.get("/quotes", params=params)).json()
        assert len(page["data"]) == size
        seen += [quote["id"] for quote in page["data"]]
        cursor = page["next_cursor"]
        assert page["has_more"] == (cursor is not None)
    assert cursor is None
    assert seen == made[::-1]


async def test_a_cursor_of_other_filters_is_refused(caller: Caller) -> None:
    """Pages of two lists are not mixed."""
    customer = await caller.customer()
    for _ in range(2):
        await caller.draft(customer_id=customer["id"])
    page = (await caller.get("/quotes", params={"customer_id": customer["id"], "limit": 1})).json()
    params = {"customer_id": customer["id"], "status": "draft", "cursor": page["next_cursor"]}
    problem(await caller.get("/quotes", params=params), 422, "validation_failed")


async def test_each_filter_finds_its_quotes(caller: Caller) -> None:
    """By status, number, customer, times, and text."""
    name = f"Filter {uuid4().hex}"
    customer = await caller.customer(name=name)
    draft = await caller.draft(customer_id=customer["id"], valid_days=3)
    sent = await caller.sent(customer_id=customer["id"], valid_days=60, external_id=f"x-{uuid4().hex}")
    mine = {"customer_id": customer["id"]}
    assert await _ids(caller, **mine, status="draft") == [draft["id"]]
    assert await _ids(caller, **mine, status="sent") == [sent["id"]]
    assert await _ids(caller, number=sent["number"]) == [sent["id"]]
    assert await _ids(caller, **mine, created_after=sent["created_at"]) == [sent["id"]]
    assert await _ids(caller, **mine, created_before=sent["created_at"]) == [draft["id"]]
    assert await _ids(caller, **mine, valid_until_before=sent["valid_until"]) == [draft["id"]]
    assert await _ids(caller, q=name[:20].upper()) == [sent["id"], draft["id"]]
    assert await _ids(caller, q=sent["external_id"]) == [sent["id"]]
    assert await _ids(caller, q="100%_nobody") == []


async def test_a_customer_s_quotes_are_a_plain_list(caller: Caller) -> None:
    """Newest first, by status where asked; 404 for a customer who is none."""
    customer = await caller.customer()
    path = f"/quotes/customer/{customer['id']}"
    assert (await caller.get(path)).json() == []
    first = await caller.draft(customer_id=customer["id"])
    second = await caller.sent(customer_id=customer["id"])
    assert [quote["id"] for quote in (await caller.get(path)).json()] == [second["id"], first["id"]]
    assert [quote["id"] for quote in (await caller.get(f"{path}?status=sent")).json()] == [second["id"]]
    assert len((await caller.get(f"{path}?limit=1")).json()) == 1
    problem(
        await caller.get("/quotes/customer/01890a5d-ac96-774b-bcce-b302099a8057"), 404, "customer_not_found"
    )


async def test_versions_are_all_there_and_one_by_one(caller: Caller) -> None:
    """With the explained price of each line, for staff."""
    draft = await caller.draft(notes="First")
    page = (await caller.get(f"/quotes/{draft['id']}/versions")).json()
    assert [version["version"] for version in page["data"]] == [1]
    one = (await caller.get(f"/quotes/{draft['id']}/versions/1")).json()
    assert one == page["data"][0]
    assert (one["notes"], one["total_price"]) == ("First", draft["total_price"])
    assert len(one["lines"][0]["breakdown"]) == 10
    problem(await caller.get(f"/quotes/{draft['id']}/versions/2"), 404, "version_not_found")


async def test_events_are_a_chain_in_pages(caller: Caller) -> None:
    """Each hash covers the one before; refusals are in it too, names of people are not."""
    sent = await caller.sent()
    await caller.done(sent, "accept", SIGNER)
    await caller.post(f"/quotes/{sent['id']}/cancel")
    path, events, cursor = f"/quotes/{sent['id']}/events", [], None
    while True:
        page = (await caller.get(path, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        events += page["data"]
        if not (cursor := page["next_cursor"]):
            break
    delivered = ("quote.message", "quote.document")
    types = [event["type"] for event in events if not event["type"].startswith(delivered)]
    assert types == ["quote.created", "quote.sent", "quote.accepted", "quote.command_refused"]
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert [event["previous_hash"] for event in events[1:]] == [event["hash"] for event in events[:-1]]
    assert SIGNER["signer_name"] not in str(events)
    assert events[0]["actor"].startswith("key:")


async def test_a_command_can_be_asked_for(caller: Caller) -> None:
    """Applied or refused, with code and quote."""
    draft = await caller.draft()
    refused = (await caller.post(f"/quotes/{draft['id']}/accept", SIGNER)).json()
    command = (await caller.get(f"/commands/{refused['command_id']}")).json()
    assert (command["status"], command["code"], command["name"]) == (
        "refused",
        "quote_not_acceptable",
        "accept",
    )
    assert command["quote"]["id"] == command["quote_id"] == draft["id"]
    assert command["current_status"] == "draft"
