"""Copying a quote, and comparing its versions, over HTTP."""

from tests.api.caller import PART, PRICES, Caller, places, problem
from tests.api.test_lines import BLOCK, DELIVERY

OVERRIDE = {"unit_price": "199.50", "reason": "Matched a competitor"}


async def test_a_copy_is_a_new_draft_of_the_same_lines(caller: Caller) -> None:
    """Same lines, prices, discount and notes; another number; the audit log names the source."""
    lines = [{**BLOCK, "override": OVERRIDE, "tax_rate": "0.19"}, DELIVERY]
    quote = await caller.sent(lines=lines, discount={"rate": "0.05", "reason": "Repeat order"}, notes="n")
    answer = await caller.post(f"/quotes/{quote['id']}/copy", {"valid_days": 7})
    copy = answer.json()
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == copy["links"]["self"]
    assert (copy["status"], copy["current_version"], copy["sent_at"]) == ("draft", 1, None)
    assert copy["id"] != quote["id"]
    assert copy["number"] != quote["number"]
    same = ("customer_id", "lines", "discount", "taxes", "total_price", "notes")
    assert {name: copy[name] for name in same} == {name: quote[name] for name in same}
    [created] = (await caller.get(f"/quotes/{copy['id']}/events")).json()["data"]
    assert created["data"]["copied_from"] == {"quote_id": quote["id"], "version": 1}
    assert (await caller.get(f"/quotes/{quote['id']}")).json()["state_version"] == quote["state_version"]


async def test_a_copy_for_another_customer_may_be_priced_for_them(caller: Caller) -> None:
    """As it was, the price stands and the difference is warned of; priced again, theirs holds."""
    quote = await caller.draft()
    other = await caller.customer(customer_tier="enterprise")
    address = f"/quotes/{quote['id']}/copy"
    kept = (await caller.post(address, {"customer_id": other["id"]})).json()
    assert (kept["customer_id"], kept["total_price"]) == (other["id"], PRICES["standard"])
    assert "customer_tier_differs" in {warning["code"] for warning in kept["warnings"]}
    priced = (await caller.post(address, {"customer_id": other["id"], "pricing": "reprice"})).json()
    assert float(priced["total_price"]) < float(PRICES["standard"])
    assert priced["lines"][0]["specification"]["customer_tier"] == "enterprise"
    assert "customer_tier_differs" not in {warning["code"] for warning in priced["warnings"]}


async def test_overrides_of_a_copy_go_as_asked(caller: Caller) -> None:
    """Kept as it was, dropped when priced again, or the other way round where that is said."""
    quote = await caller.draft(lines=[{**BLOCK, "override": OVERRIDE}])
    address = f"/quotes/{quote['id']}/copy"
    asked = [
        ({}, True),
        ({"pricing": "reprice"}, False),
        ({"overrides": "drop"}, False),
        ({"pricing": "reprice", "overrides": "keep"}, True),
    ]
    for body, kept in asked:
        copy = (await caller.post(address, body)).json()
        override = copy["lines"][0]["override"]
        assert (override == quote["lines"][0]["override"]) is kept, body


async def test_a_copy_needs_no_body_and_tells_of_overrides(caller: Caller) -> None:
    """Nothing has to be said; what became of the source's overrides stands in the copy."""
    quote = await caller.draft(lines=[{**BLOCK, "override": OVERRIDE}])
    address = f"/quotes/{quote['id']}/copy"
    copy = await caller.post(address)
    assert copy.status_code == 201, copy.text
    assert [fate["fate"] for fate in copy.json()["override_fates"]] == ["kept"]
    priced = (await caller.post(address, {"pricing": "reprice"})).json()
    assert [(fate["fate"], fate["unit_price"]) for fate in priced["override_fates"]] == [
        ("dropped", "199.50")
    ]


async def test_an_older_version_can_be_copied(caller: Caller) -> None:
    """By its number; one that is not there is 404, and a wrong word is named."""
    quote = await caller.draft()
    await caller.put(f"/quotes/{quote['id']}/pricing", {"lines": [DELIVERY]})
    address = f"/quotes/{quote['id']}/copy"
    assert (await caller.post(address, {"version": 1})).json()["total_price"] == PRICES["standard"]
    assert (await caller.post(address, {})).json()["total_price"] == "91.00"
    problem(await caller.post(address, {"version": 3}), 404, "version_not_found")
    wrong = await caller.post(address, {"pricing": "cheaper"})
    assert ("/pricing", "not_allowed") in places(wrong)


async def test_versions_are_compared_both_ways_and_as_text(caller: Caller) -> None:
    """Lines, specification, price lines with difference, notes; `format=text` is for people."""
    quote = await caller.draft(lines=[BLOCK], notes="First")
    steel = {**PART, "material": "steel"}
    lines = [{**BLOCK, "specification": steel}, DELIVERY]
    await caller.put(f"/quotes/{quote['id']}/pricing", {"lines": lines, "notes": "Second"})
    address = f"/quotes/{quote['id']}/versions/1/diff/2"
    found = (await caller.get(address)).json()
    assert [line["description"] for line in found["lines_added"]] == ["Delivery by van"]
    [changed] = found["lines_changed"]
    assert changed["specification"] == [{"field": "material", "old": "aluminum", "new": "steel"}]
    assert "material" in {line["name"] for line in changed["price_lines"]}
    assert found["fields"] == [{"field": "notes", "old": "First", "new": "Second"}]

    text = await caller.get(address + "?format=text")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert f"{quote['number']}: version 1 to version 2" in text.text
    assert "Material: aluminum -> steel" in text.text

    back = (await caller.get(f"/quotes/{quote['id']}/versions/2/diff/1")).json()
    assert [line["description"] for line in back["lines_removed"]] == ["Delivery by van"]


async def test_a_version_that_is_not_there_cannot_be_compared(caller: Caller) -> None:
    """404 that names the number; an unknown format is refused."""
    quote = await caller.draft()
    answer = await caller.get(f"/quotes/{quote['id']}/versions/1/diff/2")
    assert "version 2" in problem(answer, 404, "version_not_found")["detail"]
    wrong = await caller.get(f"/quotes/{quote['id']}/versions/1/diff/1?format=pdf")
    problem(wrong, 422, "validation_failed")
