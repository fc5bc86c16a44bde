"""What a quote's state does not allow is 409 with the rule, the status, and what is allowed instead."""

from typing import Any

import pytest

from tests.api.caller import PART, SIGNER, Caller, places, problem

BODIES: dict[str, Any] = {
    "accept": SIGNER,
    "extend": {"valid_days": 5},
    "send": {},
    "resend": {},
    "reject": {},
    "cancel": {},
}


async def _refused(caller: Caller, quote: dict[str, Any], action: str, code: str) -> dict[str, Any]:
    body = problem(await caller.post(f"/quotes/{quote['id']}/{action}", BODIES[action]), 409, code)
    now = (await caller.get(f"/quotes/{quote['id']}")).json()
    assert body["current_status"] == now["status"] == quote["status"]
    assert body["allowed_actions"] == now["allowed_actions"]
    assert now["state_version"] == quote["state_version"]
    return body


async def test_a_draft_cannot_be_accepted_rejected_or_resent(caller: Caller) -> None:
    """Nothing has been offered yet."""
    draft = await caller.draft()
    await _refused(caller, draft, "accept", "quote_not_acceptable")
    await _refused(caller, draft, "reject", "quote_not_rejectable")
    await _refused(caller, draft, "resend", "quote_not_resendable")


async def test_a_sent_quote_without_changes_cannot_be_sent(caller: Caller) -> None:
    """That would be resending."""
    await _refused(caller, await caller.sent(), "send", "quote_not_sendable")


async def test_an_accepted_quote_is_final(caller: Caller) -> None:
    """No action changes it, and each says why; that it is confirmed again is no change."""
    accepted = await caller.done(await caller.sent(), "accept", SIGNER)
    for action, code in {
        "reject": "already_decided",
        "send": "quote_not_sendable",
        "extend": "quote_not_extendable",
        "cancel": "quote_not_cancellable",
    }.items():
        await _refused(caller, accepted, action, code)
    answer = await caller.put(f"/quotes/{accepted['id']}/pricing", {"specification": PART})
    problem(answer, 409, "quote_not_modifiable")


async def test_only_a_draft_can_be_deleted(caller: Caller) -> None:
    """What a customer has seen is cancelled, not deleted."""
    sent = await caller.sent()
    body = problem(await caller.delete(f"/quotes/{sent['id']}"), 409, "quote_not_cancellable")
    assert body["current_status"] == "sent"


async def test_an_old_version_s_form_is_refused(caller: Caller) -> None:
    """Whoever accepts says which version was shown."""
    sent = await caller.sent()
    await caller.put(f"/quotes/{sent['id']}/pricing", {"specification": PART, "tier": "economy"})
    again = await caller.done(sent, "send")
    answer = await caller.post(f"/quotes/{again['id']}/accept", {**SIGNER, "version": 1})
    problem(answer, 409, "version_superseded")
    accepted = await caller.done(again, "accept", {**SIGNER, "version": 2})
    assert accepted["status"] == "accepted"


@pytest.mark.parametrize(
    ("validity", "pointer", "code"),
    [
        ({"valid_days": 0}, "/valid_days", "validity_out_of_range"),
        ({"valid_days": 366}, "/valid_days", "validity_out_of_range"),
        ({"valid_days": 999_999_999_999}, "/valid_days", "validity_out_of_range"),
        ({"valid_days": -1}, "/valid_days", "validity_out_of_range"),
        ({"valid_until": "2020-01-01"}, "/valid_until", "validity_in_past"),
        ({"valid_until": "2020-01-01T00:00:00Z"}, "/valid_until", "validity_in_past"),
        ({"valid_until": "9999-12-31"}, "/valid_until", "validity_out_of_range"),
        ({"valid_until": "9999-12-31T23:59:59Z"}, "/valid_until", "validity_out_of_range"),
    ],
)
async def test_an_absurd_validity_is_refused_and_leaves_no_quote(
    caller: Caller, validity: dict[str, Any], pointer: str, code: str
) -> None:
    """422 with the field; nothing half done."""
    customer = await caller.customer()
    body = {"customer_id": customer["id"], "specification": PART, **validity}
    answer = await caller.post("/quotes", body)
    problem(answer, 422, code)
    assert places(answer) == {(pointer, code)}
    assert (await caller.get(f"/quotes/customer/{customer['id']}")).json() == []


@pytest.mark.parametrize("action", ["accept", "reject"])
async def test_a_key_answers_for_nobody_online(caller: Caller, action: str) -> None:
    """422 by the field, with the methods that there are; the quote stays on offer, and its log tells of it."""
    sent = await caller.sent()
    body = {
        "method": "online",
        **({k: v for k, v in SIGNER.items() if k != "method"} if action == "accept" else {}),
    }
    answer = await caller.post(f"/quotes/{sent['id']}/{action}", body)
    problem(answer, 422, "online_needs_link")
    assert places(answer) == {("/method", "online_needs_link")}
    assert "purchase_order" in answer.json()["detail"]
    assert (await caller.get(f"/quotes/{sent['id']}")).json()["status"] == "sent"
    events = (await caller.get(f"/quotes/{sent['id']}/events")).json()["data"]
    assert [event["data"]["code"] for event in events if event["type"] == "quote.command_refused"] == [
        "online_needs_link"
    ]


async def test_nobody_to_send_to_is_refused(caller: Caller) -> None:
    """An empty list is not the customer's address."""
    draft = await caller.draft()
    answer = await caller.post(f"/quotes/{draft['id']}/send", {"recipients": []})
    problem(answer, 422, "no_recipient")
    assert places(answer) == {("/recipients", "no_recipient")}
    assert (await caller.get(f"/quotes/{draft['id']}")).json()["status"] == "draft"


async def test_a_refused_create_never_was_a_quote(caller: Caller) -> None:
    """Its command can still be asked for, its quote is not found."""
    customer = await caller.customer()
    answer = await caller.post(
        "/quotes", {"customer_id": customer["id"], "specification": PART, "valid_days": 999}
    )
    command = (await caller.get(f"/commands/{answer.json()['command_id']}")).json()
    assert (command["status"], command["code"], command["quote"]) == (
        "refused",
        "validity_out_of_range",
        None,
    )
    problem(await caller.get(f"/quotes/{command['quote_id']}"), 404, "quote_not_found")


async def test_an_external_id_is_unique(caller: Caller) -> None:
    """The caller's own reference leads to one quote."""
    first = await caller.draft(external_id=f"ext-{(await caller.customer())['id']}")
    body = {"customer_id": first["customer_id"], "specification": PART, "external_id": first["external_id"]}
    answer = await caller.post("/quotes", body)
    problem(answer, 409, "external_id_taken")
    assert places(answer) == {("/external_id", "external_id_taken")}
