"""Many parts priced in one request: each by itself, all by one card."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from api.http.json_body import MAX_BYTES
from tests.api.caller import PART, PRICES, Caller, places, problem

BATCH = "/pricing/calculations:batch"
UNOFFERED = {**PART, "material": "plastic_pla"}


def _totals(calculation: dict[str, Any]) -> dict[str, str]:
    return {tier: price["total_price"] for tier, price in calculation["tiers"].items()}


async def _counts(caller: Caller, body: dict[str, Any]) -> tuple[int, int, int]:
    """Status, priced and refused."""
    answer = await caller.post(BATCH, body)
    return answer.status_code, answer.json()["priced"], answer.json()["refused"]


async def test_all_good_ones_are_stored_as_if_one_by_one(silent: Caller) -> None:
    """201, in order; each reads afterwards as it was answered, and as the same part alone is priced."""
    answer = await silent.post(BATCH, {"specifications": [PART, {**PART, "quantity": 100}]})
    body = answer.json()
    assert (answer.status_code, body["priced"], body["refused"]) == (201, 2, 0)
    assert answer.headers["content-type"] == "application/json"
    assert [entry["index"] for entry in body["data"]] == [0, 1]
    first, second = (entry["calculation"] for entry in body["data"])
    assert _totals(first) == PRICES
    assert list(first["tiers"]) == list(PRICES)
    assert second["specification"]["quantity"] == 100
    for made in (first, second):
        assert (await silent.get(f"/pricing/calculations/{made['id']}")).json() == made
    own = {"id", "created_at"}
    alone = (await silent.post("/pricing/calculations", {"specification": PART})).json()
    assert {n: v for n, v in first.items() if n not in own} == {
        n: v for n, v in alone.items() if n not in own
    }


async def test_bad_ones_are_told_and_the_others_priced(silent: Caller) -> None:
    """207; the errors are those of the part alone, with pointers into this body."""
    wrong: list[Any] = [
        UNOFFERED,
        {**PART, "length_mm": "0", "quantity": 0},
        {**PART, "length_mm": "1e3", "colour": "mauve"},
        {"material": "steel"},
        7,
    ]
    answer = await silent.post(BATCH, {"specifications": [PART, *wrong, PART]})
    body = answer.json()
    assert (answer.status_code, body["priced"], body["refused"]) == (207, 2, 5)
    assert [entry["index"] for entry in body["data"]] == list(range(7))
    assert [index for index, entry in enumerate(body["data"]) if "calculation" in entry] == [0, 6]
    for index, specification in enumerate(wrong, start=1):
        alone = await silent.post("/pricing/calculations", {"specification": specification})
        expected = [
            {**error, "pointer": error["pointer"].replace("/specification", f"/specifications/{index}", 1)}
            for error in alone.json()["errors"]
        ]
        assert body["data"][index] == {"index": index, "errors": expected}
    assert "mauve" not in answer.text


async def test_a_part_full_of_errors_has_twenty(silent: Caller) -> None:
    """A caller who invents names by the thousand does not get thousands of errors."""
    answer = await silent.post(
        BATCH, {"specifications": [{**PART, **dict.fromkeys("abcdefghijklmnopqrstuvwxyz", 1)}]}
    )
    assert len(answer.json()["data"][0]["errors"]) == 20


async def test_when_none_can_be_priced_each_says_why(silent: Caller) -> None:
    """Still 207: the request was carried out, its entries have the answers."""
    assert await _counts(silent, {"specifications": [UNOFFERED, {}, None]}) == (207, 0, 3)


@pytest.mark.parametrize(("count", "code"), [(0, "too_few"), (501, "too_many")])
async def test_none_and_too_many_are_refused_whole(silent: Caller, count: int, code: str) -> None:
    """422 that names the rule; nothing is priced."""
    answer = await silent.post(BATCH, {"specifications": [PART] * count})
    body = problem(answer, 422, "validation_failed")
    assert places(answer) == {("/specifications", code)}
    assert body["errors"][0]["message"].endswith("1 or more entries" if count == 0 else "500 entries")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, ("/specifications", "required")),
        ({"specifications": {"0": PART}}, ("/specifications", "not_a_list")),
        ({"specifications": [PART], "explain": "no"}, ("/explain", "not_a_boolean")),
        ({"specifications": [PART], "card": 1}, ("/card", "unknown_field")),
    ],
)
async def test_a_body_of_another_form_is_refused_whole(
    silent: Caller, body: dict[str, Any], place: tuple[str, str]
) -> None:
    """With the field."""
    answer = await silent.post(BATCH, body)
    problem(answer, 422, "validation_failed")
    assert places(answer) == {place}


async def test_a_card_that_is_not_there_refuses_all(silent: Caller) -> None:
    """One card prices all of them; that of the day can be named too."""
    card = (await silent.get("/pricing/catalogue")).json()["rate_card_id"]
    assert await _counts(silent, {"specifications": [PART], "rate_card_id": card}) == (201, 1, 0)
    unknown = {"specifications": [PART], "rate_card_id": "01890a5d-ac96-774b-bcce-b302099a8057"}
    answer = await silent.post(BATCH, unknown)
    problem(answer, 422, "rate_card_not_found")
    assert places(answer) == {("/rate_card_id", "rate_card_not_found")}


async def test_without_explanation_prices_remain(silent: Caller) -> None:
    """Lines and quantity breaks are left out of the answer; what is stored has them."""
    answer = await silent.post(BATCH, {"specifications": [PART, UNOFFERED], "explain": False})
    made = answer.json()["data"][0]["calculation"]
    assert _totals(made) == PRICES
    whole = (await silent.get(f"/pricing/calculations/{made['id']}")).json()
    assert len(whole["tiers"]["standard"]["lines"]) == 10
    assert whole.pop("quantity_breaks")
    for price in whole["tiers"].values():
        del price["lines"]
    assert made == whole


async def test_a_repeat_gets_the_same_bytes_and_stores_nothing(silent: Caller) -> None:
    """Also a mixed one, also several at once; with another body the key is refused."""
    headers, body = {"Idempotency-Key": str(uuid4())}, {"specifications": [PART, UNOFFERED]}
    answers = await asyncio.gather(*(silent.post(BATCH, body, headers=headers) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {207}
    assert len({answer.content for answer in answers}) == 1
    assert sorted(answer.headers.get("idempotency-replayed", "") for answer in answers) == [
        "",
        "true",
        "true",
    ]
    other = await silent.post(BATCH, {**body, "explain": False}, headers=headers)
    problem(other, 422, "idempotency_key_reused")


async def test_500_whole_specifications_fit(silent: Caller) -> None:
    """With their longest figures and 300 characters of text each they are two thirds of what a body may have."""
    part = {
        **PART,
        "material": "stainless_steel",
        "length_mm": "1999.123456",
        "width_mm": "1999.123456",
        "part_weight_kg": "12345.123456",
        "customer_tier": "enterprise",
        "shipping_distance_zone": 4,
        **dict.fromkeys(("surface_finish", "tolerance_class", "special_requirements"), "x" * 100),
    }
    body = {"specifications": [part] * 500, "explain": False}
    assert len(json.dumps(body)) < MAX_BYTES / 1.5
    answer = await silent.post(BATCH, body)
    assert answer.status_code in {201, 207}, answer.text[:500]
    assert len(answer.json()["data"]) == 500
