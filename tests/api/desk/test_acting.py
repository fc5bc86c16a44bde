"""What can be done with a quote at the desk, and everything that can go wrong with it."""

import hashlib
import html
import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from domain.people.roles import Role
from tests.api.caller import IN_TEXT, SIGNER, Caller
from tests.api.desk.conftest import Desks
from tests.api.desk.forms import hidden, post, words
from tests.waiting import eventually

HTML = "<img src=x onerror=alert(1)>"
ORDER = b"%PDF-1.7 an order"


def address(quote: dict[str, Any], step: str = "") -> str:
    """The quote's page, or a form of it."""
    return f"/desk/quotes/{quote['id']}{f'/{step}' if step else ''}"


async def now(caller: Caller, quote: dict[str, Any]) -> dict[str, Any]:
    """The quote as the API tells it."""
    found: dict[str, Any] = (await caller.get(f"/quotes/{quote['id']}")).json()
    return found


async def last_event(caller: Caller, quote: dict[str, Any], kind: str) -> dict[str, Any]:
    """The last of its kind."""
    events = (await caller.get(f"/quotes/{quote['id']}/events", params={"limit": 100})).json()["data"]
    found: dict[str, Any] = [event for event in events if event["type"] == kind][-1]
    return found


async def done(desk: httpx.AsyncClient, quote: dict[str, Any], step: str, **fields: str) -> str:
    """The words of the page to which a form that counts leads."""
    answer = await post(desk, address(quote, step), fields)
    assert answer.status_code == 303, words(answer.text)[:1500]
    return words((await desk.get(answer.headers["location"])).text)


async def test_extend(caller: Caller, desks: Desks) -> None:
    """By a date; the actor is the user."""
    quote = await caller.sent()
    page = await done(desks[Role.SALES], quote, "extend", valid_until="2027-01-15")
    assert "The deadline is changed." in page
    assert (await now(caller, quote))["valid_until"].startswith("2027-01-15")
    event = await last_event(caller, quote, "quote.extended")
    assert event["actor"].startswith("user:")
    assert "The deadline was moved later" in page
    assert "by sales" in page


async def test_resend_adds_readers(caller: Caller, desks: Desks) -> None:
    """Some who may accept and some who may only read."""
    quote = await caller.sent()
    fields = {"recipients": "a@acme.example.com\nb@acme.example.com", "read_only": "c@acme.example.com"}
    page = await done(desks[Role.SALES], quote, "resend", **fields, message="As discussed.")
    assert "It goes out again." in page
    readers = {each["address"]: each["may_accept"] for each in (await now(caller, quote))["readers"]}
    assert readers["a@acme.example.com"] is readers["b@acme.example.com"] is True
    assert readers["c@acme.example.com"] is False
    assert "c@acme.example.com may only read" in page
    assert "As discussed." in page


async def test_resend_without_names_goes_to_all_readers(caller: Caller, desks: Desks) -> None:
    """As the API's."""
    quote = await caller.sent()
    await done(desks[Role.SALES], quote, "resend")
    assert (await last_event(caller, quote, "quote.resent"))["data"]["recipients"] == 1


async def test_withdraw_reject_delete_and_hand_over(caller: Caller, desks: Desks) -> None:
    """Each leads where the API's command leads."""
    desk = desks[Role.SALES]
    sent = await caller.sent()
    assert "No material" in await done(desk, sent, "cancel", reason="No material")
    assert (await now(caller, sent))["status"] == "cancelled"
    declined = await caller.sent()
    await done(desk, declined, "reject", method="phone", reason="Too dear")
    assert (await now(caller, declined))["status"] == "rejected"
    draft = await caller.draft()
    assert "The draft was deleted." in await done(desk, draft, "delete")
    ordered = await caller.done(await caller.sent(), "accept", SIGNER)
    assert "handed over as SO-4711" in await done(desk, ordered, "order", reference="SO-4711")


async def test_annul_is_an_admins(caller: Caller, desks: Desks) -> None:
    """Sales neither see the form nor can they post it."""
    quote = await caller.done(await caller.sent(), "accept", SIGNER)
    fields = {"reason": "The machine is not built.", "agreed_with": "Maria Huber"}
    for answer in (
        await desks[Role.MANAGER].get(address(quote, "annul")),
        await desks[Role.MANAGER].post(address(quote, "annul"), data=fields),
    ):
        assert answer.status_code == 403
    page = await done(desks[Role.ADMIN], quote, "annul", **fields)
    assert "annulled, as agreed with Maria Huber" in page
    assert (await now(caller, quote))["status"] == "cancelled"


async def test_a_yes_with_its_proof(caller: Caller, desks: Desks) -> None:
    """Method, who, order number and file; the file is kept once and comes back as it was."""
    quote, desk = await caller.sent(), desks[Role.SALES]
    fields = {**SIGNER, "method": "purchase_order", "purchase_order_number": "PO-4711"}
    page = (await desk.get(address(quote, "accept"))).text
    files = {"proof": ("order.pdf", ORDER, "application/pdf")}
    answer = await desk.post(address(quote, "accept"), data={**hidden(page), **fields}, files=files)
    assert answer.status_code == 303, words(answer.text)
    evidence = (await caller.get(f"/quotes/{quote['id']}/evidence")).json()
    assert evidence["proof_sha256"] == hashlib.sha256(ORDER).hexdigest()
    assert evidence["recorded_by"].startswith("user:")
    got = await desk.get(address(quote, "proof"))
    assert got.content == ORDER
    assert got.headers["content-disposition"] == f'attachment; filename="{quote["number"]}-proof.pdf"'


async def test_a_proof_is_not_lost_where_something_else_is_wrong(caller: Caller, desks: Desks) -> None:
    """No browser keeps a file when a form comes back: so the shop does."""
    quote, desk = await caller.sent(), desks[Role.SALES]
    page = (await desk.get(address(quote, "accept"))).text
    files = {"proof": ("order.pdf", ORDER, "application/pdf")}
    wrong = {**SIGNER, "signer_email": "nobody"}
    back = await desk.post(address(quote, "accept"), data={**hidden(page), **wrong}, files=files)
    assert back.status_code == 422
    assert "order.pdf is kept already" in words(back.text)
    assert 'value="Maria Huber"' in back.text
    again = await post(desk, address(quote, "accept"), SIGNER, page=back.text)
    assert again.status_code == 303
    evidence = (await caller.get(f"/quotes/{quote['id']}/evidence")).json()
    assert evidence["proof_sha256"] == hashlib.sha256(ORDER).hexdigest()


@pytest.mark.parametrize(
    ("name", "content"), [("order.exe", b"MZ\0\0"), ("order.eml", b"no mail"), ("empty.pdf", b"")]
)
async def test_what_is_no_proof_is_refused(caller: Caller, desks: Desks, name: str, content: bytes) -> None:
    """By its bytes, beside the field."""
    quote, desk = await caller.sent(), desks[Role.SALES]
    page = (await desk.get(address(quote, "accept"))).text
    answer = await desk.post(
        address(quote, "accept"), data={**hidden(page), **SIGNER}, files={"proof": (name, content)}
    )
    assert answer.status_code == 422
    assert "must be a PDF" in answer.text
    assert (await now(caller, quote))["status"] == "sent"


async def test_a_yes_chooses_among_tiers_quantities_and_options(caller: Caller, desks: Desks) -> None:
    """What was chosen is what is ordered; without a choice the page says what is missing, beside it."""
    lines = [
        {
            "description": "Block",
            "specification": IN_TEXT,
            "quantities": [20, 40],
            "tiers": ["standard", "economy"],
        },
        {"description": "Packing", "quantity": 1, "unit_price": "10.00", "optional": True},
    ]
    quote = await caller.sent(lines=lines)
    desk = desks[Role.SALES]
    calculations = re.findall(r"/calculations/([0-9a-f-]{36})", (await desk.get(address(quote))).text)
    assert len(calculations) == 2
    explained = words((await desk.get(address(quote, f"calculations/{calculations[1]}"))).text)
    assert "40 pieces" in explained
    assert "Economy: EUR" in explained
    assert "Margin" in explained
    other = await caller.draft()
    assert (await desk.get(address(other, f"calculations/{calculations[1]}"))).status_code == 404
    missing = await post(desk, address(quote, "accept"), SIGNER)
    assert missing.status_code == 422
    assert "Please choose a quantity and service" in missing.text
    fields = {**SIGNER, "line-1": "40 economy", "line-2": "none"}
    assert (await post(desk, address(quote, "accept"), fields, page=missing.text)).status_code == 303
    chosen = (await now(caller, quote))["selection"]
    assert chosen == [{"position": 1, "quantity": 40, "tier": "economy"}]


async def test_a_copy_is_a_quote_of_its_own(caller: Caller, desks: Desks) -> None:
    """At the old prices or new ones; once, however often the form is sent."""
    quote, desk = await caller.sent(), desks[Role.SALES]
    page = (await desk.get(address(quote, "copy"))).text
    fields = {"pricing": "as_it_was", "copied_version": "1"}
    first = await post(desk, address(quote, "copy"), fields, page=page)
    second = await post(desk, address(quote, "copy"), fields, page=page)
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    assert quote["id"] not in first.headers["location"]
    assert "This is the copy" in words((await desk.get(first.headers["location"])).text)


async def test_closing_a_readers_link(caller: Caller, desks: Desks) -> None:
    """It is asked once more, and closing it twice changes nothing; another quote's link is not there."""
    quote, other, desk = await caller.sent(), await caller.sent(), desks[Role.SALES]
    link = (await caller.get(f"/quotes/{quote['id']}/links")).json()["data"][0]["id"]
    step = f"links/{link}/close"
    assert (await desk.get(address(other, step))).status_code == 404
    assert (await desk.post(address(other, step), data={"x": "y"})).status_code == 404
    for _ in range(2):
        answer = await desk.post(address(quote, step), data={"x": "y"})
        assert answer.status_code == 303
    page = words((await desk.get(answer.headers["location"])).text)
    assert "The link is closed." in page
    assert "was closed. by sales" in page
    assert (await now(caller, quote))["readers"] == []


@pytest.mark.parametrize(
    ("step", "fields", "says"),
    [
        ("extend", {"valid_until": ""}, "give valid_days or valid_until"),
        ("extend", {"valid_until": "tomorrow"}, "must be a date"),
        ("extend", {"valid_until": "2019-01-01"}, "in the past"),
        ("resend", {"recipients": "a@b.example\nnobody"}, "number 2 must be an email address"),
        ("resend", {"read_only": "nobody"}, "number 1 must be an email address"),
        ("accept", {**SIGNER, "method": "online"}, "can answer online"),
        ("accept", {**SIGNER, "method": "pigeon"}, "must be"),
        ("accept", {**SIGNER, "signer_name": "\x07"}, "must be one line without control characters"),
        ("cancel", {"reason": "x" * 5001}, "must have at most 5000 characters"),
    ],
)
async def test_wrong_fields_come_back_as_typed(
    caller: Caller, desks: Desks, step: str, fields: dict[str, str], says: str
) -> None:
    """Field and rule, nothing lost, nothing changed."""
    quote = await caller.sent()
    typed = {**fields, "message": HTML} if step == "resend" else fields
    answer = await post(desks[Role.SALES], address(quote, step), typed)
    assert answer.status_code == 422, words(answer.text)
    page = words(answer.text).replace("&#39;", "'")
    assert says in page
    assert "Nothing was changed" in page
    assert HTML not in answer.text
    kept = hidden(answer.text)
    assert kept["state_version"] == str(quote["state_version"])
    assert (await now(caller, quote))["state_version"] == quote["state_version"]


@pytest.mark.parametrize(
    "step", ["extend", "accept", "cancel", "resend", "reject", "copy", "order", "delete"]
)
async def test_a_viewer_can_post_none_of_it(caller: Caller, desks: Desks, step: str) -> None:
    """403, and nothing has changed."""
    quote = await caller.sent()
    answer = await desks[Role.VIEWER].post(
        address(quote, step), data={"reason": "x", "valid_until": "2027-01-15", **SIGNER}
    )
    assert answer.status_code == 403
    assert (await now(caller, quote))["state_version"] == quote["state_version"]


async def test_two_tabs_and_two_people(caller: Caller, desks: Desks) -> None:
    """Who comes second is told who did what meanwhile, and keeps what was typed; read and sent again, it counts."""
    quote = await caller.sent()
    mine = (await desks[Role.SALES].get(address(quote, "extend"))).text
    await done(desks[Role.MANAGER], quote, "extend", valid_until="2027-01-15")
    answer = await post(desks[Role.SALES], address(quote, "extend"), {"valid_until": "2027-01-20"}, page=mine)
    assert answer.status_code == 412
    page = words(answer.text)
    assert "Meanwhile: The deadline was moved later" in page
    assert "by manager" in page
    assert 'value="2027-01-20"' in answer.text
    again = await post(
        desks[Role.SALES], address(quote, "extend"), {"valid_until": "2027-01-20"}, page=answer.text
    )
    assert again.status_code == 303
    assert (await now(caller, quote))["valid_until"].startswith("2027-01-20")


async def test_withdrawn_while_somebody_records_a_yes(caller: Caller, desks: Desks) -> None:
    """What was typed is still there, why it cannot be done too, and no button that could not work."""
    quote = await caller.sent()
    mine = (await desks[Role.SALES].get(address(quote, "accept"))).text
    await done(desks[Role.MANAGER], quote, "cancel", reason="No material")
    answer = await post(desks[Role.SALES], address(quote, "accept"), SIGNER, page=mine)
    assert answer.status_code in {409, 412}
    page = words(answer.text)
    assert "The quote was withdrawn. by manager" in page
    assert 'value="Maria Huber"' in answer.text
    assert '<button type="submit" class="primary">Record the yes' not in answer.text
    late = await desks[Role.SALES].get(address(quote, "accept"))
    assert late.status_code == 409
    assert "<form method" not in late.text.split("<main")[1]


async def test_the_back_button_after_sending_does_no_harm(caller: Caller, desks: Desks) -> None:
    """The same form again is the same request: one event, one outcome."""
    quote, desk = await caller.sent(), desks[Role.SALES]
    page = (await desk.get(address(quote, "extend"))).text
    for _ in range(3):
        answer = await post(desk, address(quote, "extend"), {"valid_until": "2027-01-15"}, page=page)
        assert answer.status_code == 303
    assert (await now(caller, quote))["state_version"] == quote["state_version"] + 1
    other = await post(desk, address(quote, "extend"), {"valid_until": "2027-01-16"}, page=page)
    assert other.status_code == 412


async def test_what_somebody_does_shows_on_an_open_form(caller: Caller, desks: Desks) -> None:
    """The part of a form's page that follows."""
    quote = await caller.sent()
    await done(desks[Role.MANAGER], quote, "extend", valid_until="2027-01-15")
    page = words(
        (await desks[Role.SALES].get(address(quote, "cancel"), params={"seen": quote["state_version"]})).text
    )
    assert "Meanwhile: The deadline was moved" in page


@pytest.mark.parametrize("step", ["extend", "accept", "copy"])
async def test_garbage_in_hidden_fields_is_no_fault(caller: Caller, desks: Desks, step: str) -> None:
    """Whatever a program posts: an answer, never a fault."""
    quote = await caller.sent()
    garbage = {
        "state_version": "9" * 40,
        "version": "x",
        "form_id": "\u0000",
        "copied_version": "-1",
        "seen": "x",
    }
    answer = await desks[Role.SALES].post(address(quote, step), data=garbage)
    assert answer.status_code in {303, 409, 412, 422}, words(answer.text)


async def test_what_cannot_be_decided_yet_is_followed_and_kept(
    caller: Caller, app: FastAPI, desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Temporal is away: the page says that it was received, and by whom it is asked; decided later, it says how."""
    quote, desk = await caller.sent(), desks[Role.SALES]
    commands = app.state.services.commands

    async def away(*_: object) -> bool:
        return False

    with monkeypatch.context() as patched:
        patched.setattr(commands, "_signal", away)
        answer = await post(desk, address(quote, "cancel"), {"reason": "No material"})
    assert answer.status_code == 303
    where = answer.headers["location"]
    assert "waits=" in where
    page = (await desk.get(where)).text
    if "Received, being decided." in page:  # the relay may have been quicker
        assert "“Withdraw” by sales was received at" in words(page)
        assert "data-live" in page

    async def is_over() -> bool:
        return "“Withdraw”, received at" in words((await desk.get(where)).text)

    await eventually(is_over, "the outcome")
    assert "is done." in words((await desk.get(where)).text)


async def test_a_refusal_that_came_later_leads_back_to_what_was_typed(
    caller: Caller, app: FastAPI, desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form is kept until its outcome is known."""
    quote, desk = await caller.sent(), desks[Role.SALES]
    page = (await desk.get(address(quote, "cancel"))).text
    await caller.done(quote, "extend", {"valid_days": 20})

    async def away(*_: object) -> bool:
        return False

    with monkeypatch.context() as patched:
        patched.setattr(app.state.services.commands, "_signal", away)
        answer = await post(desk, address(quote, "cancel"), {"reason": "No material at all"}, page=page)
    where = answer.headers["location"]

    async def is_refused() -> bool:
        return "was refused" in words((await desk.get(where)).text)

    await eventually(is_refused, "the refusal")
    found = re.search(r'<a href="([^"]+)">What you typed', (await desk.get(where)).text)
    assert found is not None
    back = (await desk.get(html.unescape(found[1]))).text
    assert "No material at all" in back
    assert "Meanwhile: The deadline was moved" in words(back)


async def test_without_a_worker_it_is_received_and_followed(
    silent: Caller, app: FastAPI, desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quote that is asked for has a page before it is made: it says so, and follows."""
    customer = await silent.customer()
    body = {"customer_id": customer["id"], "lines": [{"description": "Block", "specification": IN_TEXT}]}
    monkeypatch.setattr("api.dispatch.submit.BUDGET_SECONDS", 0.5)
    monkeypatch.setattr(app.state.services.runs, "_task_queue", "nobody-listens-here")
    made = (await silent.post("/quotes", body)).json()
    answer = await desks[Role.SALES].get(f"/desk/quotes/{made['quote_id']}")
    assert answer.status_code == 202
    assert "Received, being decided" in answer.text
    assert "data-live" in answer.text
