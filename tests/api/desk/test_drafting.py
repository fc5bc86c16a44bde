"""A new quote at the desk, without script."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx

from domain.people.roles import Role
from domain.wording import money, number
from tests.api.caller import PRICES, Caller
from tests.api.desk.conftest import Desks
from tests.api.desk.drafting import Shown, opened

PART = {
    "lines.0.description": "Bracket",
    "lines.0.quantities": "20",
    "lines.0.specification.material": "aluminum",
    "lines.0.specification.process": "cnc",
    "lines.0.specification.length_mm": "100",
    "lines.0.specification.width_mm": "50",
    "lines.0.specification.height_mm": "20",
    "lines.0.specification.geometric_complexity_score": "2.5",
}


async def quote_made(caller: Caller, form: Shown) -> dict[str, Any]:
    """The quote to which a form led, once it is decided."""
    assert form.answer.status_code == 303, form.errors or form.answer.text[:2000]
    quote_id = form.answer.headers["location"].split("/")[3].partition("?")[0]
    async with asyncio.timeout(60):
        while True:
            answer = await caller.get(f"/quotes/{quote_id}")
            if answer.status_code != httpx.codes.NOT_FOUND:
                found: dict[str, Any] = answer.json()
                return found
            await asyncio.sleep(0.1)


async def test_the_live_price_is_the_price(desks: Desks, caller: Caller) -> None:
    """To the cent, at every tier; and the draft has it."""
    desk = desks[Role.SALES]
    customer = await caller.customer()
    form = await opened(desk, f"/desk/quotes/new?customer={customer['id']}")
    assert form.value("customer_id") == customer["id"]
    priced = await form.send(desk, "price", PART)
    assert priced.answer.status_code == 200
    for price in PRICES.values():
        assert number(price) in priced.answer.text
    quote = await quote_made(caller, await priced.press(desk, "save"))
    assert quote["total_price"] == PRICES["standard"]
    assert quote["owner"] == "sales@tooling.example.com"


async def test_each_quantity_is_held_to_its_own_cost(desks: Desks, caller: Caller) -> None:
    """Of several quantities none is warned of by the cost of another."""
    customer = await caller.customer()
    form = await opened(desks[Role.SALES], f"/desk/quotes/new?customer={customer['id']}")
    priced = await form.send(desks[Role.SALES], "price", PART | {"lines.0.quantities": "10, 25"})
    assert "25 pieces" in priced.answer.text
    assert "below the cost" not in priced.answer.text


EVERY_FIELD = {
    "contact": "Maria Huber",
    "external_id": "ERP-1",
    "customer_reference": "Enquiry 118",
    "introduction": "Thank you.\nWe are glad to offer:",
    "remarks": "With a certificate 3.1.",
    "delivery_terms": "Ex works",
    "terms": "Our own terms.",
    "notes": "Asked for by phone.",
    "discount.figure": "5",
    "discount.by": "rate",
    "discount.reason": "Repeat order",
    "lines.0.kind": "part",
    "lines.0.description": "Shaft\nhardened",
    "lines.0.part_number": "HC-7731",
    "lines.0.part_revision": "B",
    "lines.0.customer_part_number": "4711-09",
    "lines.0.unit": "set",
    "lines.0.lead_time_days": "12",
    "lines.0.tax_rate": "19",
    "lines.0.optional": "",
    "lines.0.quantities": "10, 25",
    "lines.0.tier": "standard",
    "lines.0.also": [],
    "lines.0.discount.figure": "12.50",
    "lines.0.discount.by": "amount",
    "lines.0.discount.reason": "Material is ours",
    "lines.0.specification.shape": "round",
    "lines.0.specification.material": "steel",
    "lines.0.specification.process": "",
    "lines.0.specification.diameter_mm": "60",
    "lines.0.specification.length_mm": "140.5",
    "lines.0.specification.geometric_complexity_score": "2.5",
    "lines.0.specification.volume_cm3": "300",
    "lines.0.specification.surface_cm2": "310",
    "lines.0.specification.part_weight_kg": "1.1",
    "lines.0.specification.shipping_distance_zone": "2",
    "lines.0.specification.customer_tier": "premium",
    "lines.0.specification.surface_finish": "bead blasted",
    "lines.0.specification.tolerance_class": "ISO 2768 fine",
    "lines.0.specification.special_requirements": "No burrs.",
    "lines.0.specification.operations.0.kind": "process",
    "lines.0.specification.operations.0.process": "cnc",
    "lines.0.specification.operations.0.set_up_hours": "0.5",
    "lines.0.specification.operations.0.hours_per_piece": "0.33",
    "lines.0.specification.operations.0.complexity": "1.5",
    "lines.0.specification.operations.1.kind": "outside",
    "lines.0.specification.operations.1.name": "Case hardening",
    "lines.0.specification.operations.1.cost_per_piece": "4.2",
    "lines.0.specification.operations.1.cost_per_batch": "10",
    "lines.0.specification.operations.1.minimum": "90",
    "lines.0.specification.operations.1.lead_time_days": "5",
    "lines.0.specification.operations.2.kind": "bought",
    "lines.0.specification.operations.2.name": "Dowel pin",
    "lines.0.specification.operations.2.cost_per_piece": "0.18",
    "lines.0.specification.operations.2.pieces_per_part": "2",
    "lines.1.kind": "part",
    "lines.1.description": "Sheet",
    "lines.1.quantities": "5",
    "lines.1.tier": "economy",
    "lines.1.override.figure": "99.00",
    "lines.1.override.by": "unit_price",
    "lines.1.override.reason": "Matched another offer",
    "lines.1.specification.shape": "sheet",
    "lines.1.specification.material": "aluminum",
    "lines.1.specification.process": "laser_cutting",
    "lines.1.specification.length_mm": "300",
    "lines.1.specification.width_mm": "200",
    "lines.1.specification.thickness_mm": "3",
    "lines.1.specification.geometric_complexity_score": "1",
    "lines.2.kind": "part",
    "lines.2.description": "Box at two tiers",
    "lines.2.quantities": "5",
    "lines.2.tier": "standard",
    "lines.2.also": ["expedited"],
    "lines.2.optional": "yes",
    "lines.2.specification.shape": "box",
    "lines.2.specification.material": "brass",
    "lines.2.specification.process": "cnc",
    "lines.2.specification.length_mm": "30",
    "lines.2.specification.width_mm": "20",
    "lines.2.specification.height_mm": "3",
    "lines.2.specification.geometric_complexity_score": "1",
    "lines.3.kind": "free",
    "lines.3.description": "Hours on site",
    "lines.3.quantity": "2.5",
    "lines.3.unit": "hour",
    "lines.3.unit_price": "85.00",
    "lines.4.kind": "free",
    "lines.4.description": "Credit",
    "lines.4.quantity": "1",
    "lines.4.unit_price": "-40.00",
}
"""Everything that a quote may say, as one types it."""
NEW_ALONE = {"contact", "external_id"}


async def test_every_field_makes_the_round_trip(desks: Desks, caller: Caller) -> None:
    """From the form by request and record to the form of the next version, unchanged; and from there as it was."""
    desk = desks[Role.SALES]
    contacts = [{"name": "Maria Huber", "email": "m@acme.example.com"}]
    customer = await caller.customer(contacts=contacts, customer_tier="premium", tax_rate="0.2")
    form = await opened(desk, f"/desk/quotes/new?customer={customer['id']}")
    priced = await form.send(desk, "price", EVERY_FIELD)
    quote = await quote_made(caller, await form.send(desk, "save", EVERY_FIELD))
    quote_id = quote["id"]
    assert f'id="total-amount">{money(quote["total_price"], quote["currency"])}<' in priced.answer.text
    assert number(quote["tax_total"]) not in {"", "0.00"}
    assert (quote["contact"], quote["external_id"]) == ("Maria Huber", "ERP-1")
    revised = await opened(desk, f"/desk/quotes/{quote_id}/revise")
    typed = {name: said for name, said in EVERY_FIELD.items() if said and name not in NEW_ALONE}
    assert {
        name: said if isinstance(said, list) else (revised.fields.get(name) or [""])[-1]
        for name, said in typed.items()
        if isinstance(said, list) is False or revised.fields[name] == said
    } == typed
    await quote_made(caller, await revised.send(desk, "save", {}))
    both = [(await caller.get(f"/quotes/{quote_id}/versions/{n}")).json() for n in (1, 2)]
    known = (
        "position",
        "description",
        "specification",
        "unit_price",
        "total",
        "override",
        "discount",
        "tax_rate",
    )
    first, second = ([{name: line[name] for name in known} for line in version["lines"]] for version in both)
    assert first == second
    assert both[0]["total_price"] == both[1]["total_price"]


async def test_a_customer_who_is_typed_is_made_with_the_draft(desks: Desks, caller: Caller) -> None:
    """Without a button of its own; where a line is wrong the customer is there, and is made once."""
    desk, email = desks[Role.SALES], f"{uuid4().hex[:8]}@new.example"
    form = await opened(desk)
    typed = PART | {"new_customer.name": "New & Sons", "new_customer.email": email}
    refused = await form.send(desk, "save", typed | {"lines.0.specification.material": ""})
    assert refused.answer.status_code == 422
    assert "is required" in refused.errors["lines.0.specification.material"]
    assert "New &amp; Sons" in refused.answer.text
    quote = await quote_made(caller, await refused.send(desk, "save", PART))
    assert quote["customer_id"] == refused.value("customer_id")
    known = (await caller.get(f"/customers?q={email}")).json()["data"]
    assert [each["id"] for each in known] == [quote["customer_id"]]


async def test_a_customer_who_is_typed_wrongly_is_said(desks: Desks) -> None:
    """Beside the field, as by the button."""
    form = await opened(desks[Role.SALES])
    typed = PART | {"new_customer.name": "New & Sons", "new_customer.email": "nowhere"}
    refused = await form.send(desks[Role.SALES], "save", typed)
    assert refused.answer.status_code == 422
    assert "must be an email address" in refused.errors["new_customer.email"]


async def test_a_further_part_begins_like_the_one_before(desks: Desks) -> None:
    """By material, process and service level; its own is what is asked of each part."""
    desk = desks[Role.SALES]
    form = await (await opened(desk)).send(desk, "add:part", PART | {"lines.0.tier": "expedited"})
    below = "lines.1.specification"
    assert form.value(f"{below}.material") == "aluminum"
    assert form.value(f"{below}.process") == "cnc"
    assert form.value("lines.1.tier") == "expedited"
    assert form.value(f"{below}.length_mm") == form.value("lines.1.description") == ""


async def test_of_many_lines_the_new_one_can_be_typed_at_once(desks: Desks) -> None:
    """The others are rows."""
    desk = desks[Role.SALES]
    form = await opened(desk)
    for _ in range(13):
        form = await form.send(desk, "add:part", {})
    assert "lines.0.folded" in form.fields
    assert "lines.13.description" in form.fields
    copied = await form.send(desk, "copy:0", {})
    assert "lines.1.description" in copied.fields
