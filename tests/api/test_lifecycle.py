"""A quote's life over HTTP, decided by the real workflow: what each action answers, and what one reads then."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

from tests.api.caller import PART, PRICES, SIGNER, Caller, problem, run_of


async def test_a_draft_has_every_member_and_can_be_read_at_once(caller: Caller) -> None:
    """201 means recorded: what was written can be read, with its address and its entity tag."""
    customer = await caller.customer(time_zone="America/New_York")
    answer = await caller.post(
        "/quotes",
        {
            "customer_id": customer["id"],
            "specification": PART,
            "tier": "economy",
            "valid_days": 10,
            "notes": "As discussed",
            "owner": "sales@shop.example.com",
            "description": "Bracket",
            "part_number": "BR-7",
            "part_revision": "C",
        },
    )
    quote = answer.json()
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == quote["links"]["self"] == f"/api/v1/quotes/{quote['id']}"
    assert answer.headers["etag"] == '"1"'
    assert quote["number"].startswith("Q-20")
    expected = {
        "status": "draft",
        "current_version": 1,
        "working_version": None,
        "total_price": PRICES["economy"],
        "currency": "EUR",
        "state_version": 1,
        "is_expired": False,
        "notes": "As discussed",
        "owner": "sales@shop.example.com",
        "customer_id": customer["id"],
        "sent_at": None,
        "decided_at": None,
    }
    assert {name: quote[name] for name in expected} == expected
    [line] = quote["lines"]
    shown = ("position", "kind", "description", "part_number", "part_revision", "tier", "quantity", "total")
    assert [line[name] for name in shown] == [
        1,
        "part",
        "Bracket",
        "BR-7",
        "C",
        "economy",
        20,
        PRICES["economy"],
    ]
    assert quote["allowed_actions"] == ["cancel", "send", "revise", "extend"]
    assert quote["next_events"] == [{"kind": "expiry", "at": quote["valid_until"]}]
    assert quote["links"]["temporal_ui"].endswith(f"/workflows/{run_of(quote)}")
    read = await caller.get(f"/quotes/{quote['id']}")
    assert (read.status_code, read.json(), read.headers["etag"]) == (200, quote, '"1"')


async def test_a_quote_from_a_stored_calculation_has_its_price(caller: Caller) -> None:
    """The price that was explained is the price that is offered."""
    calculation = await caller.calculation()
    customer = await caller.customer()
    body = {"customer_id": customer["id"], "pricing_calculation_id": calculation["id"], "tier": "expedited"}
    quote = (await caller.post("/quotes", body)).json()
    assert quote["total_price"] == PRICES["expedited"]
    assert quote["lines"][0]["pricing_calculation_id"] == calculation["id"]


async def test_a_quote_of_several_lines_adds_them_up(caller: Caller) -> None:
    """Each line with its own part, tier and source."""
    calculation = await caller.calculation()
    lines = [
        {"description": "Bracket", "specification": PART, "tier": "economy"},
        {"description": "Cover", "pricing_calculation_id": calculation["id"], "part_number": "C-1"},
    ]
    quote = await caller.draft(lines=lines)
    assert quote["total_price"] == "8030.61"
    assert [line["description"] for line in quote["lines"]] == ["Bracket", "Cover"]


async def test_a_draft_is_sent_and_accepted(caller: Caller) -> None:
    """The main story: sent to the customer, reminders planned, accepted on the customer's behalf, final."""
    sent = await caller.sent(valid_days=30)
    assert (sent["status"], sent["current_version"]) == ("sent", 1)
    assert [event["kind"] for event in sent["next_events"]] == ["reminder"] * 3 + ["expiry"]
    assert [event.get("days_left") for event in sent["next_events"]] == [7, 3, 1, None]
    assert sent["allowed_actions"] == ["accept", "reject", "cancel", "revise", "extend", "resend"]
    accepted = await caller.done(sent, "accept", {**SIGNER, "purchase_order_number": "PO-1"})
    assert (accepted["status"], accepted["allowed_actions"]) == ("accepted", ["resend", "annul", "hand_over"])
    assert accepted["next_events"] == []
    assert accepted["decided_at"] is not None


async def test_a_sent_quote_is_rejected_and_reopened_by_a_revision(caller: Caller) -> None:
    """A no is not the end: priced anew it is a draft again."""
    sent = await caller.sent()
    rejected = await caller.done(sent, "reject", {"reason": "Too dear", "method": "phone"})
    assert rejected["status"] == "rejected"
    answer = await caller.put(f"/quotes/{sent['id']}/pricing", {"specification": PART, "tier": "economy"})
    assert (answer.status_code, answer.json()["status"]) == (200, "draft")
    assert answer.json()["total_price"] == PRICES["economy"]


async def test_revising_a_sent_quote_keeps_what_the_customer_sees(caller: Caller) -> None:
    """Version 2 is in work until it is sent; then it is the one on offer."""
    sent = await caller.sent()
    path = f"/quotes/{sent['id']}/pricing"
    revised = (await caller.put(path, {"specification": PART, "tier": "economy"})).json()
    assert (revised["current_version"], revised["working_version"]) == (1, 2)
    assert revised["total_price"] == PRICES["standard"]
    again = await caller.done(revised, "send")
    assert (again["current_version"], again["working_version"]) == (2, None)
    assert again["total_price"] == PRICES["economy"]


async def test_extending_moves_the_deadline_by_days_date_or_instant(caller: Caller) -> None:
    """In all three forms."""
    quote = await caller.draft()
    day = (datetime.now(UTC) + timedelta(days=100)).date()
    assert (await caller.done(quote, "extend", {"valid_until": f"{day}"}))["valid_until"].startswith(
        f"{day}T23:59:59"
    )
    instant = f"{day}T10:00:00Z"
    assert (await caller.done(quote, "extend", {"valid_until": instant}))["valid_until"] == instant
    assert (await caller.done(quote, "extend", {"valid_days": 3}))["valid_until"] < instant


async def test_resending_keeps_the_version(caller: Caller) -> None:
    """Same version, to somebody else as well."""
    sent = await caller.sent()
    again = await caller.done(
        sent, "resend", {"recipients": ["boss@acme.example.com"], "message": "Please see"}
    )
    assert (again["status"], again["current_version"]) == ("sent", 1)
    assert again["state_version"] == sent["state_version"] + 1


async def test_a_cancelled_quote_stays_readable(caller: Caller) -> None:
    """Cancelling is final and keeps the record."""
    sent = await caller.sent()
    cancelled = await caller.done(sent, "cancel", {"reason": "No material"})
    assert (cancelled["status"], cancelled["allowed_actions"]) == ("cancelled", [])
    problem(await caller.post(f"/quotes/{sent['id']}/accept", SIGNER), 409, "quote_not_acceptable")


async def test_a_draft_is_deleted_but_not_removed(caller: Caller) -> None:
    """204, and it reads as cancelled."""
    draft = await caller.draft()
    answer = await caller.delete(f"/quotes/{draft['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await caller.get(f"/quotes/{draft['id']}")).json()["status"] == "cancelled"


async def test_the_mail_goes_to_the_customer_unless_others_are_named(caller: Caller) -> None:
    """Without recipients the customer's own address is taken."""
    quote = await caller.sent()
    other = await caller.draft()
    await caller.done(other, "send", {"recipients": ["a@acme.example.com", "b@acme.example.com"]})
    first = (await caller.get(f"/quotes/{quote['id']}/messages")).json()["data"]
    second = (await caller.get(f"/quotes/{other['id']}/messages")).json()["data"]
    assert [message["recipient"] for message in first] == ["buyer@acme.example.com"]
    assert {message["recipient"] for message in second} == {"a@acme.example.com", "b@acme.example.com"}


async def test_the_second_acceptance_of_the_same_signer_is_the_first(caller: Caller) -> None:
    """200 again, and nothing changes; another signer is told that it is decided."""
    sent = await caller.sent()
    first = await caller.done(sent, "accept", SIGNER)
    second = await caller.done(sent, "accept", SIGNER)
    assert second["state_version"] == first["state_version"]
    other = {**SIGNER, "signer_email": "other@acme.example.com"}
    problem(await caller.post(f"/quotes/{sent['id']}/accept", other), 409, "already_decided")


async def test_the_workflow_tells_its_own_view(caller: Caller) -> None:
    """Status as the run knows it, what is due next, and where a person can watch it."""
    sent = await caller.sent()
    live = (await caller.get(f"/quotes/{sent['id']}/live")).json()
    assert (live["status"], live["state_version"]) == ("sent", sent["state_version"])
    assert live["next_due"] is not None
    assert live["waiting_commands"] == []
    assert live["workflow_id"] == run_of(sent)
    assert live["temporal_ui_url"] == f"http://temporal-ui.test/namespaces/default/workflows/{run_of(sent)}"


async def test_the_largest_quote_is_decided(caller: Caller) -> None:
    """A hundred lines full of text, close to the largest body, are priced, recorded and can be read."""
    customer = await caller.customer()
    text = "\u9244" * 1000
    part = {**PART, "surface_finish": text, "tolerance_class": text, "special_requirements": text}
    lines = [{"description": f"Part {number}", "specification": part} for number in range(100)]
    body = json.dumps({"customer_id": customer["id"], "lines": lines}, ensure_ascii=False).encode()
    assert 900_000 < len(body) < 1_048_576
    answer = await caller.raw("/quotes", body)
    assert answer.status_code in {201, 202}, answer.text
    recorded = await caller.get(f"/quotes/customer/{customer['id']}")
    async with asyncio.timeout(60):
        while not recorded.json():
            await asyncio.sleep(0.2)
            recorded = await caller.get(f"/quotes/customer/{customer['id']}")
    [quote] = recorded.json()
    assert (quote["status"], len(quote["lines"])) == ("draft", 100)


async def test_nothing_is_pending_where_nothing_is_set(caller: Caller) -> None:
    """The default; a reference that somebody writes hands it over all the same."""
    quote = await caller.done(await caller.sent(), "accept", SIGNER)
    assert quote["order"] == {"status": "none", "reference": None, "at": None, "last_error": None}
    done = (await caller.put(f"/quotes/{quote['id']}/order", {"reference": "SO-5"})).json()
    assert (done["order"]["status"], done["order"]["reference"]) == ("handed_over", "SO-5")
    problem(await caller.post(f"/quotes/{quote['id']}/order/retry"), 409, "order_not_failed")
