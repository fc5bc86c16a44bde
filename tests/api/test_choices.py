"""Quotes that leave a choice: what is offered, what is chosen, and what follows from it everywhere."""

from decimal import Decimal
from typing import Any

import pytest

from tests.api.caller import PART, SIGNER, Caller, places, problem
from tests.unit.pdf.test_quote_pdf import pages
from tests.waiting import eventually

BLOCK = {
    "description": "Bearing block",
    "part_number": "BB-1",
    "specification": {**PART, "quantity": 10},
    "quantities": [10, 25, 100],
    "tiers": ["standard", "expedited"],
    "tax_rate": "0.19",
}
DELIVERY = {"description": "Delivery", "quantity": 1, "unit_price": "45", "tax_rate": "0.19"}
REPORT = {"description": "Measurement report", "quantity": 1, "unit_price": "120", "optional": True}
LINES = [BLOCK, DELIVERY, REPORT]
CHOICE = [{"position": 1, "quantity": 25, "tier": "expedited"}, {"position": 3}]
YES = {**SIGNER, "method": "phone"}


async def document(caller: Caller, address: str) -> bytes:
    """The PDF, once the worker has made it."""

    async def is_made() -> bool:
        return (await caller.get(address)).status_code == 200

    await eventually(is_made, "the document")
    return (await caller.get(address)).content


async def price(caller: Caller, quantity: int, tier: str) -> str:
    """What the calculation of that quantity says, which the alternatives have to be."""
    calculation = await caller.calculation(quantity=quantity)
    return str(calculation["tiers"][tier]["total_price"])


async def test_a_part_is_offered_in_quantities_and_at_tiers(caller: Caller) -> None:
    """Each alternative has the price of a calculation of its own; without a choice the first of each counts, and what is
    optional does not.
    """
    quote = await caller.draft(lines=LINES)
    block, delivery, report = quote["lines"]
    offered = {(each["quantity"], each["tier"]): each for each in block["alternatives"]}
    assert list(offered) == [(q, t) for q in (10, 25, 100) for t in ("standard", "expedited")]
    for key in ((10, "standard"), (25, "expedited"), (100, "expedited")):
        assert offered[key]["total"] == await price(caller, *key)
    assert offered[25, "expedited"]["lead_time_days"] == 3
    assert (block["quantity"], block["tier"], block["total"]) == (
        10,
        "standard",
        offered[10, "standard"]["total"],
    )
    assert len({each["pricing_calculation_id"] for each in block["alternatives"]}) == 3
    assert (block["optional"], report["optional"], delivery["alternatives"]) == (False, True, [])
    assert block["quantity_breaks"] == []
    assert quote["subtotal"] == str(Decimal(block["total"]) + 45)
    assert (quote["accepted_total"], quote["accepted_lines"], quote["selection"]) == (None, None, None)


async def test_a_yes_by_phone_names_the_choice(caller: Caller) -> None:
    """Total, lines and selection are those chosen: in the quote, its event, its evidence and the certificate; the record
    holds together.
    """
    quote = await caller.sent(lines=LINES, discount={"reason": "Repeat order", "rate": "0.05"})
    done = await caller.done(quote, "accept", {**YES, "selection": CHOICE})
    chosen = Decimal(await price(caller, 25, "expedited"))
    taxed, subtotal = chosen + 45, chosen + 165
    assert done["total_price"] == quote["total_price"]
    assert done["selection"] == [
        {"position": 1, "quantity": 25, "tier": "expedited"},
        {"position": 2, "quantity": 1, "tier": None},
        {"position": 3, "quantity": 1, "tier": None},
    ]
    assert [line["total"] for line in done["accepted_lines"]] == [str(chosen), "45.00", "120.00"]
    assert done["accepted_lines"][0]["specification"]["quantity"] == 25
    assert not any(line["alternatives"] or line["optional"] for line in done["accepted_lines"])
    exact = (subtotal + taxed * Decimal("0.19")) * Decimal("0.95")
    assert abs(Decimal(done["accepted_total"]) - exact) <= Decimal("0.02")

    evidence = (await caller.get(f"/quotes/{quote['id']}/evidence?verify=true")).json()
    assert (evidence["selection"], evidence["total_price"]) == (done["selection"], done["accepted_total"])
    assert evidence["verification"]["mismatches"] == []
    events = (await caller.get(f"/quotes/{quote['id']}/events")).json()["data"]
    [accepted] = [event["data"] for event in events if event["type"] == "quote.accepted"]
    assert (accepted["selection"], accepted["total"]) == (done["selection"], done["accepted_total"])
    again = (await caller.get(f"/quotes/{quote['id']}")).json()
    assert (again["accepted_total"], again["selection"]) == (done["accepted_total"], done["selection"])


async def test_without_a_choice_the_default_counts(caller: Caller) -> None:
    """For a yes by phone; what was ordered is told all the same. Of a quote without a choice as well."""
    done = await caller.done(await caller.sent(lines=LINES), "accept", YES)
    assert done["accepted_total"] == done["total_price"]
    assert [pick["position"] for pick in done["selection"]] == [1, 2]
    plain = await caller.done(await caller.sent(lines=[DELIVERY]), "accept", YES)
    assert (plain["accepted_total"], plain["selection"]) == (
        plain["total_price"],
        [{"position": 1, "quantity": 1, "tier": None}],
    )
    evidence = (await caller.get(f"/quotes/{plain['id']}/evidence?verify=true")).json()
    assert (evidence["selection"], evidence["verification"]["mismatches"]) == (None, [])
    sawing = {
        "description": "Sawing",
        "quantity": "2.50",
        "unit": "hour",
        "unit_price": "64",
        "optional": True,
    }
    named = {**YES, "selection": [{"position": 2, "quantity": 2.5}]}
    hours = await caller.done(await caller.sent(lines=[DELIVERY, sawing]), "accept", named)
    assert hours["selection"][1] == {"position": 2, "quantity": 2.5, "tier": None}
    assert [line["total"] for line in hours["accepted_lines"]] == ["45.00", "160.00"]
    evidence = (await caller.get(f"/quotes/{hours['id']}/evidence?verify=true")).json()
    assert (evidence["selection"], evidence["verification"]["mismatches"]) == (hours["selection"], [])


@pytest.mark.parametrize(
    ("lines", "selection", "code", "says"),
    [
        (
            LINES,
            [{"position": 1, "quantity": 30}],
            "choice_not_offered",
            "line 1: 30 is not on offer, but 10 standard;",
        ),
        (
            LINES,
            [{"position": 1, "tier": "economy"}],
            "choice_not_offered",
            "line 1: economy is not on offer",
        ),
        (LINES, [{"position": 9}], "choice_not_offered", "line 9: there is no such line"),
        (
            [DELIVERY],
            [{"position": 1, "quantity": 2}],
            "choice_not_offered",
            "line 1: 2 is not on offer, but 1",
        ),
        ([REPORT, REPORT], [], "nothing_chosen", "choose at least one"),
    ],
)
async def test_what_was_not_offered_cannot_be_accepted(
    caller: Caller, lines: list[dict[str, Any]], selection: list[dict[str, Any]], code: str, says: str
) -> None:
    """409 with the rule, and the quote stays on offer."""
    quote = await caller.sent(lines=lines)
    answer = await caller.post(f"/quotes/{quote['id']}/accept", {**YES, "selection": selection})
    assert says in problem(answer, 409, code)["detail"]
    assert (await caller.get(f"/quotes/{quote['id']}")).json()["status"] == "sent"


async def test_a_discount_may_be_more_than_a_choice(caller: Caller) -> None:
    """The default bears it, the smaller choice does not."""
    block = {
        **BLOCK,
        "specification": {**PART, "quantity": 100},
        "quantities": [100, 10],
        "tiers": ["standard"],
    }
    quote = await caller.draft(lines=[block], discount={"reason": "Fair", "amount": "5000"})
    await caller.done(quote, "send", {"confirm": ["below_cost"]})
    answer = await caller.post(
        f"/quotes/{quote['id']}/accept", {**YES, "selection": [{"position": 1, "quantity": 10}]}
    )
    assert "the discount exceeds the price" in problem(answer, 409, "choice_too_small")["detail"]
    assert (await caller.done(quote, "accept", YES))["status"] == "accepted"


async def test_a_choice_of_an_older_version_is_refused(caller: Caller) -> None:
    """Whatever it chose: another version is on offer."""
    quote = await caller.sent(lines=LINES)
    assert (await caller.put(f"/quotes/{quote['id']}/pricing", {"lines": [DELIVERY]})).status_code == 200
    await caller.done(quote, "send")
    answer = await caller.post(f"/quotes/{quote['id']}/accept", {**YES, "version": 1, "selection": CHOICE})
    problem(answer, 409, "version_superseded")


async def test_pricing_again_and_copies_offer_the_same(caller: Caller) -> None:
    """Repriced, copied at new prices and as it was: the same alternatives; the diff names what a revision changes."""
    quote = await caller.draft(lines=LINES)
    plain = [{**line, "pricing_calculation_id": None} for line in quote["lines"]]

    def same(made: dict[str, Any]) -> None:
        for was, now in zip(plain, made["lines"], strict=True):
            assert [each["total"] for each in now["alternatives"]] == [
                each["total"] for each in was["alternatives"]
            ]
            assert (now["optional"], now["total"]) == (was["optional"], was["total"])

    again = (await caller.put(f"/quotes/{quote['id']}/pricing", {"reprice": True})).json()
    same(again)
    same((await caller.post(f"/quotes/{quote['id']}/copy", {"pricing": "reprice"})).json())
    kept = (await caller.post(f"/quotes/{quote['id']}/copy", {"pricing": "as_it_was"})).json()
    assert kept["lines"] == again["lines"]
    fewer = {**BLOCK, "quantities": [10, 25]}
    assert (
        await caller.put(f"/quotes/{quote['id']}/pricing", {"lines": [fewer, DELIVERY, REPORT]})
    ).status_code == 200
    diff = (await caller.get(f"/quotes/{quote['id']}/versions/1/diff/3")).json()
    [changed] = diff["lines_changed"]
    gone = {each["name"]: each["new"] for each in changed["amounts"]}
    assert gone == {"total of 100 standard": None, "total of 100 expedited": None}
    dropped = {
        **BLOCK,
        "override": {"unit_price": "1", "reason": "r"},
        "quantities": [10],
        "tiers": ["standard"],
    }
    assert (await caller.put(f"/quotes/{quote['id']}/pricing", {"lines": [dropped]})).status_code == 200
    kept = {"lines": [BLOCK], "overrides": "keep"}
    revised = (await caller.put(f"/quotes/{quote['id']}/pricing", kept)).json()
    [fate] = revised["override_fates"]
    assert (fate["fate"], fate["reason"]) == ("dropped", "the line offers a choice now")


@pytest.mark.parametrize(
    ("changed", "pointer", "code"),
    [
        ({"quantities": [10, 25, 10]}, "/lines/0/quantities", "not_unique"),
        ({"quantities": [10, 1, 2, 3, 4, 5, 6]}, "/lines/0/quantities", "too_many"),
        ({"quantities": []}, "/lines/0/quantities", "too_few"),
        ({"quantities": [10, 0]}, "/lines/0/quantities/1", "out_of_range"),
        ({"quantities": [25, 10]}, "/lines/0", "not_the_first"),
        ({"tiers": ["standard", "standard"]}, "/lines/0/tiers", "not_unique"),
        ({"tier": "standard"}, "/lines/0", "one_of"),
        ({"override": {"unit_price": "1", "reason": "r"}}, "/lines/0", "not_with_choice"),
        ({"lead_time_days": 3}, "/lines/0", "not_with_choice"),
        ({"optional": "yes"}, "/lines/0/optional", "not_a_boolean"),
    ],
)
async def test_a_wrong_offer_is_refused_by_its_field(
    silent: Caller, changed: dict[str, Any], pointer: str, code: str
) -> None:
    """422 with the pointer and a code; nothing is stored."""
    customer = await silent.customer()
    answer = await silent.post("/quotes", {"customer_id": customer["id"], "lines": [{**BLOCK, **changed}]})
    problem(answer, 422, "validation_failed")
    assert (pointer, code) in places(answer)


async def test_a_tier_that_the_card_has_not_is_refused(silent: Caller) -> None:
    """By its place among those that are offered."""
    customer = await silent.customer()
    line = {**BLOCK, "tiers": ["standard", "overnight"]}
    answer = await silent.post("/quotes", {"customer_id": customer["id"], "lines": [line]})
    problem(answer, 422, "invalid_specification")
    assert places(answer) == {("/lines/0/tiers/1", "unknown_tier")}


async def test_a_choice_beside_what_has_one_price_is_refused(silent: Caller) -> None:
    """A free line and a stored calculation have one quantity; a position is named once."""
    customer, calculation = await silent.customer(), await silent.calculation()
    stored = {"description": "x", "pricing_calculation_id": calculation["id"], "quantities": [20, 25]}
    for line, code in (
        (stored, "not_with_calculation"),
        ({**DELIVERY, "tiers": ["standard"]}, "not_with_free_line"),
    ):
        answer = await silent.post("/quotes", {"customer_id": customer["id"], "lines": [line]})
        assert ("/lines/0", code) in places(answer)
    twice = {**YES, "selection": [{"position": 1}, {"position": 1}]}
    answer = await silent.post(f"/quotes/{customer['id']}/accept", twice)
    assert ("/selection", "not_unique") in places(answer)


async def test_a_wrong_offer_in_the_short_form_is_refused(silent: Caller) -> None:
    """As in a line."""
    customer, calculation = await silent.customer(), await silent.calculation()
    part: dict[str, Any] = {"specification": PART}
    for wrong, code in (
        ({"pricing_calculation_id": calculation["id"], "quantities": [20, 25]}, "not_with_calculation"),
        ({**part, "quantities": [25, 20]}, "not_the_first"),
        ({**part, "tier": "standard", "tiers": ["economy"]}, "one_of"),
        ({**part, "tiers": ["standard", "economy"], "lead_time_days": 3}, "not_with_choice"),
    ):
        answer = await silent.post("/quotes", {"customer_id": customer["id"], **wrong})
        problem(answer, 422, "validation_failed")
        assert code in {each for _, each in places(answer)}


async def test_the_quantities_of_all_lines_are_bounded(silent: Caller) -> None:
    """Each is a calculation of its own: 41 lines of six are more than a quote is priced for."""
    customer = await silent.customer()
    line = {**BLOCK, "quantities": [10, 1, 2, 3, 4, 5]}
    answer = await silent.post("/quotes", {"customer_id": customer["id"], "lines": [line] * 41})
    assert ("/lines", "too_many") in places(answer)


async def test_the_short_form_offers_a_choice_too(caller: Caller) -> None:
    """One part in three quantities."""
    quote = await caller.draft(
        specification={**PART, "quantity": 1}, quantities=[1, 5, 10], tiers=["economy"]
    )
    assert [(each["quantity"], each["tier"]) for each in quote["lines"][0]["alternatives"]] == [
        (1, "economy"),
        (5, "economy"),
        (10, "economy"),
    ]


async def test_documents_and_mails_show_prices_and_then_the_order(caller: Caller) -> None:
    """The quote's document has a table of prices and no sum; the certificate names what was ordered, and its total."""
    quote = await caller.sent(lines=LINES)
    shown = " ".join(pages(await document(caller, f"/quotes/{quote['id']}/versions/1/pdf")))
    assert "Choose a quantity and service for each line that offers them." in shown
    assert "25 pieces" in shown
    assert " EUR " not in shown.replace("Each (EUR)", "").replace("Total (EUR)", "")
    done = await caller.done(quote, "accept", {**YES, "selection": CHOICE})
    certificate = " ".join(pages(await document(caller, f"/quotes/{quote['id']}/evidence/pdf")))
    chosen = Decimal(await price(caller, 25, "expedited"))
    grouped = f"{chosen:,}".replace(",", "\u202f")
    assert (
        f"1. Bearing block: 25 pieces, Expedited service, ready in 3 working days, EUR {grouped}"
        in certificate
    )
    assert "3. Measurement report: 1 piece, EUR 120.00" in certificate
    assert f"Total EUR {Decimal(done['accepted_total']):,}".replace(",", "\u202f") in certificate
