"""What a quote is made of: parts and free lines, discounts, tax, prices set by hand, and pricing again."""

from typing import Any

import pytest
import sqlalchemy as sa

from adapters.db.database import Database
from adapters.db.tables import pricing_calculations
from tests.api.caller import PART, PRICES, Caller, places, problem

STANDARD = PRICES["standard"]
DELIVERY = {"description": "Delivery by van", "quantity": 2, "unit_price": "45.5"}
BLOCK = {"description": "Bearing block", "specification": PART}


async def test_parts_and_free_lines_make_one_total(caller: Caller) -> None:
    """20 blocks at 4,261.23 with 19 % tax, two deliveries at 45.50 untaxed, 5 % off all.

    By hand: subtotal 4,352.23; discount 217.61 (217.6115), of it 213.06 (213.0615) for the taxed line by the
    largest remainder; base 4,048.17, tax 769.15 (769.1523); total 4,352.23 - 217.61 + 769.15 = 4,903.77.
    """
    quote = await caller.draft(
        lines=[{**BLOCK, "tax_rate": "0.19"}, DELIVERY], discount={"rate": "0.05", "reason": "Repeat order"}
    )
    assert quote["subtotal"] == "4352.23"
    assert quote["discount"] == {"reason": "Repeat order", "rate": "0.05", "amount": "217.61"}
    assert quote["net_total"] == "4134.62"
    assert quote["taxes"] == [{"rate": "0.19", "base": "4048.17", "amount": "769.15"}]
    assert (quote["tax_total"], quote["total_price"]) == ("769.15", "4903.77")
    block, delivery = quote["lines"]
    assert (block["kind"], block["total"], block["tax_rate"]) == ("part", STANDARD, "0.19")
    absent = ("tier", "lead_time_days", "specification", "pricing_calculation_id", "rate_card_id", "override")
    assert {name: delivery[name] for name in absent} == dict.fromkeys(absent)
    assert (delivery["kind"], delivery["unit_price"], delivery["total"]) == ("free", "45.50", "91.00")


SAWING = {
    "description": "Sawing to length\nOn our band saw,\n\nburrs removed",
    "quantity": "2.50",
    "unit": "hour",
    "unit_price": "64",
    "lead_time_days": 4,
}


async def test_a_line_says_what_it_counts_when_it_is_ready_and_what_the_customer_calls_it(
    caller: Caller,
) -> None:
    """2.5 hours at 64 are 160.00; a credit takes 40.00 off; a person's lead time stands before the card's. Pricing again,
    a copy and the diff know all of it.
    """
    block = {**BLOCK, "customer_part_number": "K-77", "unit": "set", "lead_time_days": 7}
    credit = {"description": "Credit for the sample", "quantity": 1, "unit_price": "-40"}
    quote = await caller.draft(lines=[block, SAWING, credit])
    first, second, third = quote["lines"]
    assert (first["lead_time_days"], first["computed_lead_time_days"]) == (7, 10)
    assert (first["customer_part_number"], first["unit"], first["quantity"]) == ("K-77", "set", 20)
    assert (second["quantity"], second["unit"], second["total"]) == (2.5, "hour", "160.00")
    assert (second["lead_time_days"], second["description"]) == (4, SAWING["description"])
    assert (third["unit_price"], third["total"], third["unit"]) == ("-40.00", "-40.00", None)
    assert quote["total_price"] == "4381.23"

    found = (await caller.get("/quotes", params={"q": "K-77"})).json()["data"]
    assert quote["id"] in [each["id"] for each in found]

    again = (await caller.put(f"/quotes/{quote['id']}/pricing", {"reprice": True})).json()
    copy = (await caller.post(f"/quotes/{quote['id']}/copy", {"pricing": "reprice"})).json()
    for made in (again, copy):
        assert [{**line, "pricing_calculation_id": None} for line in made["lines"]] == [
            {**line, "pricing_calculation_id": None} for line in quote["lines"]
        ]
    lines = [BLOCK, {**SAWING, "quantity": 3}, credit]
    assert (await caller.put(f"/quotes/{quote['id']}/pricing", {"lines": lines})).status_code == 200
    diff = (await caller.get(f"/quotes/{quote['id']}/versions/1/diff/3")).json()
    changed = [(line["position"], each) for line in diff["lines_changed"] for each in line["fields"]]
    assert {(position, each["field"]): (each["old"], each["new"]) for position, each in changed} == {
        (1, "customer_part_number"): ("K-77", None),
        (1, "unit"): ("set", None),
        (1, "lead_time_days"): (7, 10),
        (1, "computed_lead_time_days"): (10, None),
        (2, "quantity"): (2.5, 3),
    }


async def test_credits_of_more_than_there_is_are_refused(caller: Caller) -> None:
    """By name, and nothing is made."""
    customer = await caller.customer()
    lines = [DELIVERY, {"description": "Credit", "quantity": 1, "unit_price": "-91.01"}]
    answer = await caller.post("/quotes", {"customer_id": customer["id"], "lines": lines})
    told = problem(answer, 409, "not_priced")
    assert "sum of the lines is EUR -0.01, as credits exceed what is charged" in told["detail"]


async def test_a_quote_may_have_only_free_lines(caller: Caller) -> None:
    """It is in the seller's currency, and no rate card can outdate it."""
    quote = await caller.draft(lines=[DELIVERY])
    assert (quote["total_price"], quote["currency"], quote["price_basis"]) == ("91.00", "EUR", "current")
    assert (await caller.done(quote, "send"))["status"] == "sent"


async def test_an_override_says_who_and_why_and_is_dropped_aloud(caller: Caller) -> None:
    """Set by the caller's key; kept when asked, told when dropped; the breakdown stays."""
    override = {"unit_price": "199.50", "reason": "Matched a competitor"}
    quote = await caller.draft(lines=[{**BLOCK, "override": override}])
    [line] = quote["lines"]
    assert (line["unit_price"], line["total"]) == ("199.50", "3990.00")
    set_by = line["override"]
    assert set_by["by"].startswith("key:")
    assert (set_by["computed_unit_price"], set_by["computed_total"]) == ("213.06", STANDARD)

    address = f"/quotes/{quote['id']}/pricing"
    kept = (await caller.put(address, {"reprice": True, "overrides": "keep"})).json()
    assert kept["lines"][0]["override"] == set_by
    assert [(f["position"], f["fate"]) for f in kept["override_fates"]] == [(1, "kept")]
    dropped = (await caller.put(address, {"reprice": True})).json()
    assert (dropped["current_version"], dropped["total_price"]) == (3, STANDARD)
    assert dropped["lines"][0]["override"] is None
    assert [(f["fate"], f["unit_price"]) for f in dropped["override_fates"]] == [("dropped", "199.50")]

    version = (await caller.get(f"/quotes/{quote['id']}/versions/1")).json()
    assert version["lines"][0]["override"] == set_by
    assert len(version["lines"][0]["breakdown"]) == 10


async def test_pricing_again_keeps_everything_else(caller: Caller) -> None:
    """Free lines, discounts, tax, part numbers and notes stay as they were."""
    lines = [
        {
            **BLOCK,
            "part_number": "BB-1",
            "tax_rate": "0.19",
            "discount": {"amount": "11.23", "reason": "Agreed"},
        },
        DELIVERY,
    ]
    quote = await caller.draft(lines=lines, discount={"amount": "50", "reason": "Fair"}, notes="For Ms Huber")
    again = (await caller.put(f"/quotes/{quote['id']}/pricing", {"reprice": True})).json()
    assert again["current_version"] == 2
    changed = {"current_version", "state_version", "updated_at", "lines"}
    same = {name for name in quote if quote[name] == again[name]}
    assert set(quote) - same <= changed
    for before, after in zip(quote["lines"], again["lines"], strict=True):
        assert {**after, "pricing_calculation_id": before["pricing_calculation_id"]} == before


@pytest.mark.parametrize(
    ("line", "pointer", "code"),
    [
        ({"description": "x", "unit_price": "5"}, "/lines/0", "required"),
        ({"description": "x", "quantity": 2}, "/lines/0", "one_of"),
        ({**DELIVERY, "specification": PART}, "/lines/0", "one_of"),
        ({**DELIVERY, "tier": "economy"}, "/lines/0", "not_with_free_line"),
        ({**BLOCK, "quantity": 2}, "/lines/0", "not_with_part"),
        ({**DELIVERY, "quantity": 0}, "/lines/0/quantity", "out_of_range"),
        ({**DELIVERY, "quantity": 1_000_001}, "/lines/0/quantity", "out_of_range"),
        ({**DELIVERY, "quantity": 1.5}, "/lines/0/quantity", "not_an_integer"),
        ({**DELIVERY, "quantity": 2.5, "unit": "set"}, "/lines/0/quantity", "not_an_integer"),
        ({**DELIVERY, "quantity": "2.1255", "unit": "hour"}, "/lines/0/quantity", "out_of_range"),
        ({**DELIVERY, "quantity": "-1", "unit": "hour"}, "/lines/0/quantity", "out_of_range"),
        ({**DELIVERY, "quantity": "two", "unit": "hour"}, "/lines/0/quantity", "not_a_number"),
        ({**DELIVERY, "unit": "box"}, "/lines/0/unit", "not_allowed"),
        ({**BLOCK, "unit": "kilogram"}, "/lines/0", "not_with_part"),
        ({**DELIVERY, "lead_time_days": 0}, "/lines/0/lead_time_days", "out_of_range"),
        ({**BLOCK, "lead_time_days": 366}, "/lines/0/lead_time_days", "out_of_range"),
        ({**DELIVERY, "description": " \n\t\n"}, "/lines/0/description", "blank"),
        ({**DELIVERY, "customer_part_number": "a\nb"}, "/lines/0/customer_part_number", "control_character"),
        (
            {**DELIVERY, "unit_price": "-1", "discount": {"reason": "r", "rate": "0.1"}},
            "/lines/0",
            "not_with_credit",
        ),
        (
            {**BLOCK, "override": {"unit_price": "-1", "reason": "r"}},
            "/lines/0/override/unit_price",
            "too_small",
        ),
        ({**DELIVERY, "unit_price": "1e2"}, "/lines/0/unit_price", "not_a_number"),
        ({**DELIVERY, "unit_price": 45.5}, "/lines/0/unit_price", "not_text"),
        ({**DELIVERY, "unit_price": 45}, "/lines/0/unit_price", "not_text"),
        ({**BLOCK, "override": {"total": 5.5, "reason": "r"}}, "/lines/0/override/total", "not_text"),
        ({**BLOCK, "discount": {"amount": 5.5, "reason": "r"}}, "/lines/0/discount/amount", "not_text"),
        ({**DELIVERY, "tax_rate": "19"}, "/lines/0/tax_rate", "not_a_fraction"),
        ({**DELIVERY, "discount": {"rate": "0.1"}}, "/lines/0/discount/reason", "required"),
        ({**DELIVERY, "discount": {"reason": "r"}}, "/lines/0/discount", "one_of"),
        (
            {**DELIVERY, "discount": {"reason": "r", "rate": "0.1", "amount": "1"}},
            "/lines/0/discount",
            "one_of",
        ),
        ({**BLOCK, "override": {"total": "5"}}, "/lines/0/override/reason", "required"),
        (
            {**BLOCK, "override": {"reason": "r", "by": "x", "total": "5"}},
            "/lines/0/override/by",
            "unknown_field",
        ),
    ],
)
async def test_a_wrong_line_is_refused_by_its_field(
    caller: Caller, line: dict[str, Any], pointer: str, code: str
) -> None:
    """422 with the pointer and a code; nothing is stored."""
    customer = await caller.customer()
    answer = await caller.post("/quotes", {"customer_id": customer["id"], "lines": [line]})
    problem(answer, 422, "validation_failed")
    assert (pointer, code) in places(answer)
    assert (await caller.get(f"/quotes?customer_id={customer['id']}")).json()["data"] == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({**DELIVERY, "discount": {"amount": "91.01", "reason": "r"}}, "line 1: the discount exceeds"),
        ({**BLOCK, "override": {"total": "1.001", "reason": "r"}}, "line 1, override: more decimal places"),
    ],
)
async def test_figures_that_do_not_fit_the_price_are_refused(
    caller: Caller, line: dict[str, Any], told: str
) -> None:
    """Known only once there is a price: 409 `not_priced`, with line and rule; no quote comes of it."""
    customer = await caller.customer()
    answer = await caller.post("/quotes", {"customer_id": customer["id"], "lines": [line]})
    assert told in problem(answer, 409, "not_priced")["detail"]


async def test_what_is_refused_leaves_no_calculation_behind(caller: Caller, database_url: str) -> None:
    """A part is priced before its line's discount is found to be too large: its calculation goes with it."""
    database = Database.connect(database_url)

    async def stored() -> int:
        async with database.read() as r:
            return int(await r.value(sa.select(sa.func.count()).select_from(pricing_calculations)))

    before = await stored()
    line = {**BLOCK, "discount": {"amount": "99999", "reason": "r"}}
    customer = await caller.customer()
    answer = await caller.post("/quotes", {"customer_id": customer["id"], "lines": [line]})
    problem(answer, 409, "not_priced")
    after = await stored()
    await database.close()
    assert after == before


async def test_an_override_stays_with_its_part(caller: Caller) -> None:
    """A titanium part put in before it does not get its price, and the part keeps it in its new place."""
    override = {"total": "4000.50", "reason": "Matched"}
    quote = await caller.draft(lines=[{**BLOCK, "override": override}])
    titanium = {"description": "Shaft", "specification": {**PART, "material": "titanium"}}
    body = {"lines": [titanium, BLOCK], "overrides": "keep"}
    revised = (await caller.put(f"/quotes/{quote['id']}/pricing", body)).json()
    first, second = revised["lines"]
    assert first["override"] is None
    assert (second["total"], second["override"]["reason"]) == ("4000.50", "Matched")
    assert [(f["position"], f["fate"]) for f in revised["override_fates"]] == [(1, "kept")]


@pytest.mark.parametrize("more", [{"tier": "economy"}, {"description": "Block"}, {"part_number": "B-1"}])
async def test_what_pricing_again_would_not_heed_is_refused(caller: Caller, more: dict[str, Any]) -> None:
    """A tier beside `reprice` is not passed over in silence: it is said in lines."""
    quote = await caller.draft()
    answer = await caller.put(f"/quotes/{quote['id']}/pricing", {"reprice": True, **more})
    problem(answer, 422, "validation_failed")
    assert ("", "not_with_lines") in places(answer)


async def test_lines_beside_reprice_are_refused(caller: Caller) -> None:
    """One source of the price, not two."""
    quote = await caller.draft()
    answer = await caller.put(f"/quotes/{quote['id']}/pricing", {"reprice": True, "lines": [DELIVERY]})
    problem(answer, 422, "validation_failed")
    assert ("", "one_of") in places(answer)


async def test_five_hundred_lines_fit_and_one_more_does_not(caller: Caller) -> None:
    """1 to 500 lines."""
    quote = await caller.draft(lines=[DELIVERY] * 500)
    assert quote["total_price"] == "45500.00"
    answer = await caller.post("/quotes", {"customer_id": quote["customer_id"], "lines": [DELIVERY] * 501})
    assert ("/lines", "too_many") in places(answer)
