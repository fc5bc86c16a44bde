"""The feed of all quotes' events, as another system follows it."""

import asyncio
from typing import Any

import pytest

from api.http.pagination import read_key, write_key
from api.v1.connecting.feed import FeedAnswer
from tests.api.caller import SIGNER, Caller, places, problem


async def _read(caller: Caller, **params: Any) -> dict[str, Any]:
    answer = await caller.get("/events", params=params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    FeedAnswer.model_validate(body)
    return body


async def _rest(caller: Caller, cursor: str, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = await _read(caller, after=cursor, **params)
        found, cursor = found + page["data"], page["next_cursor"]
        if not page["has_more"]:
            return found


async def test_a_system_learns_of_each_event_with_the_quote_as_it_was(caller: Caller) -> None:
    """From `latest` on: number and own reference of the quote, and what it was worth then."""
    start = (await _read(caller, after="latest"))["next_cursor"]
    quote = await caller.sent(external_id="ERP-4711")
    await caller.done(quote, "accept", SIGNER)
    seen = [e for e in await _rest(caller, start, snapshot=True, limit=2) if e["quote"]["id"] == quote["id"]]
    steps = [e for e in seen if e["type"] in {"quote.created", "quote.sent", "quote.accepted"}]
    assert [e["sequence"] for e in seen] == list(range(1, len(seen) + 1))
    assert [e["snapshot"]["status"] for e in steps] == ["draft", "sent", "accepted"]
    assert steps[0]["quote"] == {"id": quote["id"], "number": quote["number"], "external_id": "ERP-4711"}
    assert steps[2]["version"] == 1
    assert steps[2]["snapshot"]["accepted_total"] == quote["total_price"]
    own = (await caller.get(f"/quotes/{quote['id']}/events", params={"limit": 100})).json()["data"]
    assert [(e["type"], e["time"], e["data"]) for e in seen] == [
        (e["type"], e["at"], e["data"]) for e in own[: len(seen)]
    ]


async def test_from_the_oldest_on_each_comes_once(caller: Caller) -> None:
    """Whatever the size of the pages, and the same again for whoever begins again."""
    await caller.sent()
    small = [event["id"] for event in await _all(caller, 3)]
    large = [event["id"] for event in await _all(caller, 500)]
    assert len(set(small)) == len(small) > 3
    assert small == large[: len(small)]


async def _all(caller: Caller, limit: int) -> list[dict[str, Any]]:
    first = await _read(caller, limit=limit)
    found: list[dict[str, Any]] = first["data"]
    return found + (await _rest(caller, first["next_cursor"], limit=limit))


async def test_who_waits_is_answered_when_something_happens(caller: Caller) -> None:
    """And gets an empty page with the same cursor where nothing does."""
    types = {"type": "quote.rejected"}
    start = (await _read(caller, after="latest", **types))["next_cursor"]
    nothing = await _read(caller, after=start, wait=1, **types)
    assert (nothing["data"], nothing["has_more"], nothing["next_cursor"]) == ([], False, start)
    quote = await caller.sent()
    waiting = asyncio.create_task(_read(caller, after=start, wait=30, **types))
    await caller.done(quote, "reject", {"reason": "too dear"})
    [event] = (await waiting)["data"]
    assert (event["type"], event["quote"]["id"]) == ("quote.rejected", quote["id"])


async def test_what_is_no_cursor_of_this_feed_is_refused(silent: Caller) -> None:
    """Of other types, of another list, of the future, or made up; and types that there are not."""
    cursor = (await _read(silent, after="latest", type="quote.sent"))["next_cursor"]
    assert (await _read(silent, after=cursor, type="quote.sent,quote.sent"))["data"] == []
    two = (await _read(silent, after="latest", type="quote.accepted,quote.sent"))["next_cursor"]
    assert (await _read(silent, after=two, type=["quote.sent", "quote.accepted"]))["data"] == []
    for wrong in (
        {"after": cursor},
        {"after": cursor, "type": "quote.sent,quote.accepted"},
        {"after": "never"},
        {"after": ""},
        {"after": "bmV2ZXI"},
        {"after": cursor[:-4], "type": "quote.sent"},
    ):
        answer = await silent.get("/events", params=wrong)
        problem(answer, 422, "validation_failed")
        assert places(answer) == {("/after", "bad_cursor")}
        assert "type" in answer.json()["errors"][0]["message"], "by what it is bound"
    for wrong in (
        {"type": "quote.sold"},
        {"type": ["quote.sent", "x"]},
        {"type": ""},
        {"wait": "31"},
        {"limit": "501"},
        {"cursor": cursor},
    ):
        problem(await silent.get("/events", params=wrong), 422, "validation_failed")


@pytest.mark.parametrize(
    ("more", "mark", "why"),
    [
        ((0, 1_000_000), "", "not come to"),
        ((1, 0), "", "not come to"),
        ((0, 0), "00000000", "another copy"),
    ],
    ids=["a later transaction", "a later epoch", "another record"],
)
async def test_a_forged_cursor_of_where_nobody_has_been_is_refused(
    silent: Caller, more: tuple[int, int], mark: str, why: str
) -> None:
    """It is well formed, and the events up to it would be lost without a word."""
    filters = {"list": "feed", "type": ["quote.sent"]}
    cursor = (await _read(silent, after="latest", type="quote.sent"))["next_cursor"]
    epoch, transaction, quote_id, sequence, own = read_key(cursor, filters)
    assert write_key((epoch, transaction, quote_id, sequence, own), filters) == cursor
    forged = (epoch + more[0], transaction + more[1], quote_id, sequence, mark or own)
    for wait in (0, 30):
        params = {"after": write_key(forged, filters), "type": "quote.sent", "wait": wait}
        answer = await silent.get("/events", params=params)
        problem(answer, 422, "validation_failed")
        assert places(answer) == {("/after", "bad_cursor")}
        assert why in answer.json()["errors"][0]["message"]
