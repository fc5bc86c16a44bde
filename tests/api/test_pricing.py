"""Prices over HTTP: explained, stored, the same for ever."""

import pytest

from tests.api.caller import PART, PRICES, Caller, places, problem


async def test_a_part_is_priced_at_four_tiers(silent: Caller) -> None:
    """The worked example comes out to the cent, with ten explained lines each."""
    answer = await silent.post("/pricing/calculations", {"specification": PART})
    body = answer.json()
    assert answer.status_code == 201
    assert {tier: price["total_price"] for tier, price in body["tiers"].items()} == PRICES
    assert body["currency"] == "EUR"
    for price in body["tiers"].values():
        assert len(price["lines"]) == 10
        assert all(line["formula"] and line["rule"] for line in price["lines"])
    assert answer.headers["location"] == f"/api/v1/pricing/calculations/{body['id']}"


async def test_a_stored_calculation_reads_as_it_was_made(silent: Caller) -> None:
    """Byte for byte the same answer."""
    made = await silent.post("/pricing/calculations", {"specification": PART})
    read = await silent.get(f"/pricing/calculations/{made.json()['id']}")
    assert (read.status_code, read.json()) == (200, made.json())


async def test_the_catalogue_offers_what_can_be_priced(silent: Caller) -> None:
    """Pairs, tiers and limits, and neither cost nor margin."""
    body = (await silent.get("/pricing/catalogue")).json()
    cnc = next(pair for pair in body["pairs"] if pair["process"] == "cnc")
    assert "aluminum" in cnc["materials"]
    assert "plastic_pla" not in cnc["materials"]
    assert [tier["tier"] for tier in body["tiers"]] == list(PRICES)
    assert "margin" not in str(body)


async def test_a_part_by_operations_is_kept_as_it_was_asked_for(silent: Caller) -> None:
    """Its lines name their operation, its days are in the lead time, and it reads the same when it is fetched."""
    asked = {
        **{name: value for name, value in PART.items() if name not in {"process", "width_mm", "height_mm"}},
        "shape": "round",
        "diameter_mm": "30",
        "operations": [
            {"process": "cnc", "hours_per_piece": "0.4"},
            {"outside": True, "name": "Hardening", "cost_per_piece": "2.4", "lead_time_days": 5},
        ],
    }
    made = await silent.post("/pricing/calculations", {"specification": asked})
    body = made.json()
    assert made.status_code == 201, body
    assert body["specification"]["operations"] == asked["operations"]
    price = body["tiers"]["standard"]
    assert price["lead_time_days"] == 15
    numbered = [(line["name"], line["operation"]) for line in price["lines"] if "operation" in line]
    assert numbered == [("labour", 1), ("adjustment", 1), ("set_up", 1), ("outside", 2)]
    assert (await silent.get(f"/pricing/calculations/{body['id']}")).json() == body
    asked["operations"] = [{"process": "cnc", "hours_per_piece": "1000"}]
    refused = await silent.post("/pricing/calculations", {"specification": {**asked, "process": "cnc"}})
    assert places(refused) == {
        ("/specification/operations/0/hours_per_piece", "out_of_range"),
        ("/specification/operations", "one_of"),
    }


async def test_a_rate_card_can_be_named(silent: Caller) -> None:
    """By its id; another one is refused with its field."""
    card = (await silent.get("/pricing/catalogue")).json()["rate_card_id"]
    made = await silent.post("/pricing/calculations", {"specification": PART, "rate_card_id": card})
    assert made.json()["rate_card_id"] == card
    unknown = {"specification": PART, "rate_card_id": "01890a5d-ac96-774b-bcce-b302099a8057"}
    answer = await silent.post("/pricing/calculations", unknown)
    problem(answer, 422, "rate_card_not_found")
    assert places(answer) == {("/rate_card_id", "rate_card_not_found")}


async def test_a_pair_that_is_not_offered_names_those_that_are(silent: Caller) -> None:
    """With the pointer to the material."""
    answer = await silent.post(
        "/pricing/calculations", {"specification": {**PART, "material": "plastic_pla"}}
    )
    body = problem(answer, 422, "pair_not_offered")
    [error] = body["errors"]
    assert error["pointer"] == "/specification/material"
    assert "aluminum" in error["allowed"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("length_mm", "0", "out_of_range"),
        ("length_mm", "-1", "out_of_range"),
        ("length_mm", "2001", "too_large"),
        ("geometric_complexity_score", "5.1", "out_of_range"),
        ("quantity", 0, "out_of_range"),
        ("quantity", 1_000_001, "out_of_range"),
        ("shipping_distance_zone", 5, "out_of_range"),
        ("material", "unobtainium", "unknown_material"),
        ("process", "magic", "unknown_process"),
    ],
)
async def test_what_cannot_be_priced_is_told_with_its_field(
    silent: Caller, field: str, value: object, code: str
) -> None:
    """Ranges and names come from the domain and its card; the answer says what would be taken."""
    answer = await silent.post("/pricing/calculations", {"specification": {**PART, field: value}})
    problem(answer, 422, "invalid_specification")
    assert (f"/specification/{field}", code) in places(answer)
    assert str(value) not in answer.json()["errors"][0]["message"].split()


async def test_an_unknown_calculation_is_not_found(silent: Caller) -> None:
    """404 for an id that is none of ours, 422 for a text that is no id."""
    problem(
        await silent.get("/pricing/calculations/01890a5d-ac96-774b-bcce-b302099a8057"),
        404,
        "calculation_not_found",
    )
    answer = await silent.get("/pricing/calculations/7")
    problem(answer, 422, "validation_failed")
    assert places(answer) == {("/calculation_id", "not_a_uuid")}
