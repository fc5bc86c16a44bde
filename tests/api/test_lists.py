"""Lists: filtered, newest first, page by page."""

from itertools import product
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.api.caller import PART, SIGNER, Caller, problem


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


async def test_filters_of_the_record_narrow(caller: Caller) -> None:
    """Several statuses, owner, external id, totals, changes and decisions, alone and together."""
    customer = await caller.customer()
    mine = {"customer_id": customer["id"]}
    owner, external = f"{uuid4().hex[:8]}@tooling.example.com", f"x-{uuid4().hex}"
    draft = await caller.draft(**mine, valid_days=3, owner=owner)
    sent = await caller.sent(**mine, valid_days=60, external_id=external)
    won = await caller.done(
        await caller.sent(**mine, specification={**PART, "quantity": 1}), "accept", SIGNER
    )
    assert await _ids(caller, **mine, status=["draft", "accepted", "draft"]) == [won["id"], draft["id"]]
    assert await _ids(caller, owner=owner.upper()) == [draft["id"]]
    assert await _ids(caller, external_id=external) == [sent["id"]]
    assert await _ids(caller, external_id=external[:-1]) == []
    assert await _ids(caller, **mine, valid_until_after=sent["valid_until"]) == [sent["id"]]
    between = {"valid_until_after": draft["valid_until"], "valid_until_before": sent["valid_until"]}
    assert set(await _ids(caller, **mine, **between)) == {draft["id"], won["id"]}
    assert await _ids(caller, **mine, decided_after=won["decided_at"]) == [won["id"]]
    assert await _ids(caller, **mine, updated_after=won["updated_at"]) == [won["id"]]
    total, euros = won["accepted_total"], {"currency": "EUR"}
    assert await _ids(caller, **mine, **euros, total_to=total) == [won["id"]]
    assert await _ids(caller, **mine, **euros, total_from=total, total_to=total) == [won["id"]]
    assert await _ids(caller, **mine, **euros, total_from=sent["total_price"]) == [sent["id"], draft["id"]]
    assert await _ids(caller, **mine, currency="USD") == []
    assert await _ids(caller, **mine, **euros, status=["sent", "draft"], owner=owner, total_from=1) == [
        draft["id"]
    ]
    assert await _ids(caller, q=f" {sent['number'].lower()} ") == [sent["id"]]


async def test_every_order_has_pages_without_gap_or_repeat(shelf: list[str], caller: Caller) -> None:
    """Of quotes that are alike too, and among filters."""
    for sort, order in product(("created_at", "updated_at", "valid_until", "total"), ("asc", "desc")):
        asked = {"customer_id": shelf[0], "sort": sort, "order": order, "limit": 2}
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            params = {**asked, "status": ["draft", "sent"], **({"cursor": cursor} if cursor else {})}
            page = (await caller.get("/quotes", params=params)).json()
            found += page["data"]
            if not (cursor := page["next_cursor"]):
                break
        keys = [(float(each["total_price"]) if sort == "total" else each[sort], each["id"]) for each in found]
        assert keys == sorted(keys, reverse=order == "desc")
        assert {each["id"] for each in found} == set(shelf[1:])
        assert len(found) == len(shelf) - 1


@pytest_asyncio.fixture
async def shelf(caller: Caller) -> list[str]:
    """A customer's id, then those of five quotes: two and two are alike but for their times."""
    customer = (await caller.customer())["id"]
    few = {**PART, "quantity": 1}
    made = [
        await caller.draft(customer_id=customer, valid_until="2027-03-01", specification=specification)
        for specification in (PART, few, PART, few)
    ]
    return [customer, *(each["id"] for each in made), (await caller.sent(customer_id=customer))["id"]]


async def test_a_cursor_belongs_to_its_order(shelf: list[str], caller: Caller) -> None:
    """Nor is one of another order read as one of this."""
    asked = {"customer_id": shelf[0], "limit": 1}
    by_total = (await caller.get("/quotes", params={**asked, "sort": "total"})).json()["next_cursor"]
    for other in (
        {},
        {"sort": "valid_until"},
        {"sort": "total", "order": "asc"},
        {"sort": "total", "status": "draft"},
        {"sort": "total", "order_status": "none"},
    ):
        answer = await caller.get("/quotes", params={**asked, **other, "cursor": by_total})
        body = problem(answer, 422, "validation_failed")
        assert [error["pointer"] for error in body["errors"]] == ["/cursor"]


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ("status=nonsense", "/status/0"),
        ("status=draft&status=", "/status/1"),
        ("status=draft&" * 7, "/status"),
        ("sort=owner", "/sort"),
        ("order=up", "/order"),
        ("sort=total&sort=created_at", "/sort"),
        ("total_from=1", "/currency"),
        ("total_to=1e3&currency=EUR", "/total_to"),
        ("total_from=-&currency=EUR", "/total_from"),
        ("currency=euro", "/currency"),
        ("updated_after=yesterday", "/updated_after"),
        ("decided_after=2026-01-01", "/decided_after"),
        ("valid_until_after=2026-13-01T00:00:00Z", "/valid_until_after"),
        ("owner=", "/owner"),
        ("owner=" + "x" * 255, "/owner"),
        ("external_id=" + "x" * 201, "/external_id"),
        ("delivery=lost", "/delivery"),
        ("order_status=failed&order_status=lost", "/order_status/1"),
        ("order_status=pending&" * 5, "/order_status"),
        ("q=" + "x" * 101, "/q"),
        ("colour=red", "/colour"),
    ],
)
async def test_a_filter_that_is_none_is_named(caller: Caller, asked: str, pointer: str) -> None:
    """And nothing is listed: it would be more than was asked for."""
    body = problem(await caller.get(f"/quotes?{asked.rstrip('&')}"), 422, "validation_failed")
    assert [error["pointer"] for error in body["errors"]] == [pointer]
