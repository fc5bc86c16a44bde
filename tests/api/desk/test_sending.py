"""Before an offer goes out: what is shown, what is refused, what is sent."""

import asyncio

import pytest

from domain.people.roles import Role
from tests.api.caller import Caller
from tests.api.desk.conftest import Desks
from tests.api.desk.drafting import opened
from tests.api.desk.forms import words
from tests.api.desk.test_drafting import PART, quote_made
from tests.waiting import eventually

FRAMES = ("page", "pdf", "mail")


async def test_what_would_go_out_is_what_the_api_previews(desks: Desks, caller: Caller) -> None:
    """The same three, by the same words; nobody else may frame them, and the quote stays a draft."""
    desk = desks[Role.SALES]
    draft = await caller.draft()
    path = f"/desk/quotes/{draft['id']}/send"
    page = await opened(desk, path)
    assert "frame-src 'self'" in page.answer.headers["content-security-policy"]
    assert page.fields["as"] == ["accepts"]
    typed = {
        **page.fields,
        "message": ["The oven is free."],
        "typed": ["b@acme.example.com"],
        "typed_as": ["reads"],
    }
    for frame in FRAMES:
        shown = await desk.post(f"{path}/{frame}", data=typed)
        assert shown.status_code == 200, (frame, shown.text[:500])
        if frame != "pdf":
            assert "frame-ancestors 'self'" in shown.headers["content-security-policy"]
            assert "script-src" not in shown.headers["content-security-policy"]
    body = {"recipients": ["buyer@acme.example.com"], "message": "The oven is free."}
    by_api = (await caller.post(f"/quotes/{draft['id']}/preview/email", body)).json()
    mail = await desk.post(f"{path}/mail", data=typed)
    assert by_api["subject"] in mail.text
    assert "The oven is free." in mail.text
    assert (await caller.get(f"/quotes/{draft['id']}")).json()["status"] == "draft"


async def test_it_is_sent_to_those_who_were_chosen(desks: Desks, caller: Caller) -> None:
    """Known and typed ones; who may only read, may only read."""
    desk = desks[Role.SALES]
    draft = await caller.draft()
    page = await opened(desk, f"/desk/quotes/{draft['id']}/send")
    typed = {
        "typed": "chief@acme.example.com, boss@acme.example.com",
        "typed_as": "reads",
        "valid_days": "14",
    }
    quote = await quote_made(caller, await page.send(desk, "", typed))
    async with asyncio.timeout(60):  # where it was received and not decided yet
        while quote["status"] != "sent":
            await asyncio.sleep(0.1)
            quote = (await caller.get(f"/quotes/{draft['id']}")).json()
    assert {each["address"]: each["may_accept"] for each in quote["readers"]} == {
        "buyer@acme.example.com": True,
        "chief@acme.example.com": False,
        "boss@acme.example.com": False,
    }


@pytest.mark.parametrize(
    ("name", "typed", "rule"),
    [
        ("typed", "nobody", "must be an email address"),
        ("valid_days", "soon", "must be a whole number"),
        ("valid_days", "0", ""),
        ("valid_until", "2001-01-01", ""),
        ("message", "x" * 5001, "must have at most 5000 characters"),
    ],
)
async def test_bad_input_keeps_what_was_typed(
    desks: Desks, caller: Caller, name: str, typed: str, rule: str
) -> None:
    """And is said beside its field; nothing is sent. A preview says the same, in its frame."""
    desk = desks[Role.SALES]
    draft = await caller.draft()
    page = await opened(desk, f"/desk/quotes/{draft['id']}/send")
    refused = await page.send(desk, "", {"message": "Kept", "typed_as": "reads", name: typed})
    assert refused.answer.status_code == 422
    assert refused.value("typed_as") == "reads"
    assert rule in refused.errors[name], refused.errors
    assert refused.value(name) == typed
    framed = await desk.post(f"/desk/quotes/{draft['id']}/send/page", data={**page.fields, name: typed})
    assert framed.status_code == 422
    assert "frame-ancestors 'self'" in framed.headers["content-security-policy"]
    assert (await caller.get(f"/quotes/{draft['id']}")).json()["status"] == "draft"


async def test_nobody_chosen_is_named(desks: Desks, caller: Caller) -> None:
    """An offer goes to somebody."""
    desk = desks[Role.SALES]
    draft = await caller.draft()
    page = await opened(desk, f"/desk/quotes/{draft['id']}/send")
    refused = await page.send(desk, "", {"as": ""})
    assert refused.answer.status_code == 422
    assert "at least one address" in refused.answer.text


async def test_the_back_button_sends_nothing_twice(desks: Desks, caller: Caller) -> None:
    """The same form again counts once; another tab's form is told what happened meanwhile, and keeps its words."""
    desk = desks[Role.SALES]
    draft = await caller.draft()
    first = await opened(desk, f"/desk/quotes/{draft['id']}/send")
    second = await opened(desk, f"/desk/quotes/{draft['id']}/send")
    for _ in range(2):
        await quote_made(caller, await first.send(desk, "", {}))
    late = await second.send(desk, "", {"message": "Kept"})
    assert late.answer.status_code == 412, late.answer.text[:1500]
    assert "Meanwhile: Version 1 was sent to" in late.answer.text
    assert late.value("message") == "Kept"
    again = await desk.get(f"/desk/quotes/{draft['id']}/send")
    assert again.status_code == 409
    assert "cannot be sent" in again.text
    events = (await caller.get(f"/quotes/{draft['id']}/events")).json()["data"]
    assert [each["type"] for each in events].count("quote.sent") == 1


async def test_what_is_not_there_is_said(desks: Desks) -> None:
    """An id of nothing, and one that is none."""
    desk = desks[Role.SALES]
    for path in ("01890a5d-ac96-774b-bcce-b302099a8057/send", "nothing/send", "nothing/revise"):
        assert (await desk.get(f"/desk/quotes/{path}")).status_code == 404


async def test_a_viewer_sends_nothing(desks: Desks, caller: Caller) -> None:
    """Nor looks at what would go out."""
    draft = await caller.draft()
    for path in ("send", "revise", *(f"send/{frame}" for frame in FRAMES)):
        for method in ("GET", "POST"):
            answer = await desks[Role.VIEWER].request(method, f"/desk/quotes/{draft['id']}/{path}")
            assert answer.status_code == 403, (method, path)


async def test_a_price_below_cost_is_sent_only_when_it_is_confirmed(desks: Desks, caller: Caller) -> None:
    """The live price warns; the page has a box for it; without it nothing is sent, and what was typed stays."""
    desk = desks[Role.SALES]
    customer = await caller.customer()
    form = await opened(desk, f"/desk/quotes/new?customer={customer['id']}")
    by_hand = {"figure": "1.00", "by": "unit_price", "reason": "A sample"}
    low = {**PART, **{f"lines.0.override.{name}": said for name, said in by_hand.items()}}
    assert "below the cost" in (await form.send(desk, "price", low)).answer.text
    quote = await quote_made(caller, await form.send(desk, "save", low))
    page = await opened(desk, f"/desk/quotes/{quote['id']}/send")
    assert (await desk.get(f"/desk/quotes/{quote['id']}/send/page")).status_code == 200
    refused = await page.send(desk, "", {"message": "Kept"})
    assert (refused.answer.status_code, refused.value("message")) == (409, "Kept")
    sent = await page.send(desk, "", {"confirm": "below_cost"})
    assert sent.answer.status_code == 303

    async def is_told() -> bool:
        history = words((await desk.get(f"/desk/quotes/{quote['id']}")).text)
        return "Confirmed by sales: a line is sold for less than it costs." in history

    await eventually(is_told, "the history names what was confirmed, and by whom")
