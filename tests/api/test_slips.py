"""A slip in a price is told to staff, stops the sending until it is confirmed, and is never told to a customer."""

import json
from typing import Any

from tests.api.caller import PART, Caller, places, problem
from tests.api.test_choices import document as sent_document
from tests.api.test_own_cards import admin, own_app, own_card, own_settings, own_url
from tests.api.test_previews import draft, mail_of, path
from tests.unit.pdf.test_quote_pdf import pages

__all__ = ["admin", "own_app", "own_settings", "own_url"]
CHEAP = {
    "description": "Bracket",
    "specification": PART,
    "tier": "standard",
    "override": {"unit_price": "100.00", "reason": "As in spring"},
}
GAUGE = {"description": "Gauge", "quantity": 1, "unit_price": "0.10"}
SECRETS = ("below", "cost of", "least margin", "confirm", "largest discount")


async def test_a_slip_is_sent_once_it_is_confirmed(caller: Caller) -> None:
    """Told with line, code and figures where the draft is made, where it is read and where it is refused; who confirmed it is
    in the event, and the revision needs its own.
    """
    quote = await caller.draft(lines=[GAUGE, CHEAP])
    address = f"/quotes/{quote['id']}"
    [warning] = quote["warnings"]
    assert warning == {
        "line": 2,
        "code": "below_cost",
        "message": warning["message"],
        "needs_confirmation": True,
    }
    # 3,000.24 and 41.39 of shipping: worked out by hand in the guide to prices.
    assert warning["message"].startswith(
        "20 pieces, Standard: the price of EUR 2\u202f000.00 is EUR 1\u202f041.63 below"
    )
    assert quote["to_confirm"] == ["below_cost"]
    assert (await caller.get(f"{address}/versions/1")).json()["warnings"] == [warning]

    refused = problem(await caller.post(f"{address}/send"), 409, "price_needs_confirmation")
    assert refused["warnings"] == [warning]
    assert "below_cost" in refused["detail"]
    assert refused["current_status"] == "draft"
    assert "send" in refused["allowed_actions"]
    told = (await caller.get(f"/commands/{refused['command_id']}")).json()
    assert (told["code"], told["detail"]) == ("price_needs_confirmation", refused["detail"])

    unknown = await caller.post(f"{address}/send", {"confirm": ["too_cheap"]})
    assert places(unknown) == {("/confirm/0", "not_allowed")}
    assert set(unknown.json()["errors"][0]["allowed"]) >= {"below_cost", "beyond_largest_discount"}
    other = await caller.post(f"{address}/send", {"confirm": ["below_cost", "below_least_margin"]})
    assert problem(other, 422, "nothing_to_confirm")["errors"][0]["pointer"] == "/confirm"

    sent = await caller.done(quote, "send", {"confirm": ["below_cost"]})
    assert sent["status"] == "sent"
    events = (await caller.get(f"{address}/events")).json()["data"]
    [event] = [each for each in events if each["type"] == "quote.sent"]
    assert event["data"]["confirmed"] == ["below_cost"]
    assert event["actor"].startswith("key:")
    await caller.done(quote, "resend")
    await caller.done(quote, "extend", {"valid_days": 60})

    revised = (await caller.put(f"{address}/pricing", {"lines": [CHEAP]})).json()
    assert revised["to_confirm"] == ["below_cost"]
    again = problem(await caller.post(f"{address}/send"), 409, "price_needs_confirmation")
    assert [each["line"] for each in again["warnings"]] == [1]
    mended = (await caller.put(f"{address}/pricing", {"lines": [{**CHEAP, "override": None}]})).json()
    assert mended["to_confirm"] == []
    assert (await caller.done(quote, "send"))["current_version"] == 3


async def test_no_customer_reads_of_a_slip(caller: Caller, mail_server: Any) -> None:
    """Previews need no confirmation, and nothing of it is in page, document and email, before and after the sending."""
    quote, buyer = await draft(caller)
    answer = await caller.put(f"/quotes/{quote['id']}/pricing", {"lines": [CHEAP]})
    assert answer.json()["to_confirm"] == ["below_cost"]
    body = {"recipients": [buyer]}
    page = (await caller.post(path(quote, "page"), body)).text
    document = (await caller.post(path(quote, "pdf"), body)).content
    email = (await caller.post(path(quote, "email"), body)).json()
    shown = [page, " ".join(pages(document)), email["text"], email["html"]]
    await caller.done(quote, "send", {**body, "confirm": ["below_cost"]})
    mail = await mail_of(mail_server, quote, buyer, 2)
    shown.append(json.dumps(mail))
    shown.append(" ".join(pages(await sent_document(caller, f"/quotes/{quote['id']}/versions/2/pdf"))))
    for text in shown:
        assert "100.00" in text or "2\u202f000.00" in text
        assert [word for word in SECRETS if word in text.lower()] == []


async def test_limits_are_those_of_the_card(admin: Caller) -> None:
    """Stored with the calculation, told with it, and held against every price that is offered by it."""
    tiers = own_card()["tiers"]
    tiers["three weeks"]["margin"] = "0.1"
    stored = await admin.post(
        "/rate-cards", {"card": own_card(tiers=tiers, least_margin="0.2", largest_discount="0.05")}
    )
    assert stored.status_code == 201, stored.text
    assert [each["code"] for each in stored.json()["warnings"]][-1:] == ["below_least_margin"]
    made = (await admin.post("/pricing/calculations", {"specification": PART})).json()
    assert made["limits"] == {"least_margin": "0.2", "largest_discount": "0.05"}
    codes = [each["code"] for each in made["warnings"] if each["message"].startswith("Drei Wochen: ")]
    assert codes == ["below_cost"]
    batch = await admin.post("/pricing/calculations:batch", {"specifications": [PART], "explain": False})
    [entry] = batch.json()["data"]
    assert entry["calculation"]["warnings"] == made["warnings"]
    assert entry["calculation"]["limits"] == made["limits"]

    line = {"description": "Block", "specification": PART, "tier": "24h"}
    discount = {"rate": "0.06", "reason": "Fair"}
    customer = (await admin.post("/customers", {"name": "A", "email": "a@x.example"})).json()
    body = {"customer_id": customer["id"], "lines": [line], "discount": discount}
    quote = (await admin.post("/quotes", body)).json()
    assert [(each["line"], each["code"]) for each in quote["warnings"]] == [(None, "beyond_largest_discount")]
    refused = problem(await admin.post(f"/quotes/{quote['id']}/send"), 409, "price_needs_confirmation")
    assert refused["warnings"] == quote["warnings"]
    sent = await admin.done(quote, "send", {"confirm": quote["to_confirm"]})
    assert sent["status"] == "sent"
