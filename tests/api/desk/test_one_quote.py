"""The page of one quote: what it says, by role and by state."""

from uuid import uuid4

import httpx
import pytest

from domain.people.roles import Role
from tests.api.caller import IN_TEXT, SIGNER, Caller
from tests.api.desk.conftest import Desks
from tests.api.desk.forms import words
from tests.api.test_documents import made

HTML = "<script>alert('x')</script>"


async def shown(desk: httpx.AsyncClient, path: str, *, status: int = 200) -> str:
    """The page at that path."""
    answer = await desk.get(path)
    assert answer.status_code == status, answer.text[:2000]
    return answer.text


async def read(desks: Desks, quote: dict[str, str], more: str = "", *, role: Role = Role.SALES) -> str:
    """What a person reads on the quote's page, or on one below it."""
    return words(await shown(desks[role], f"/desk/quotes/{quote['id']}{more}"))


async def test_a_draft_says_what_happens_next_and_what_can_be_done(caller: Caller, desks: Desks) -> None:
    """By itself it only expires; its prices are explained, and nobody can accept it."""
    quote = await caller.draft()
    page = await read(desks, quote)
    assert quote["number"] in page
    assert "It waits for you to send it; as a draft it expires on" in page
    assert "Delete the draft" in page
    assert "Record a yes" not in page
    assert f"Quote {quote['number']} was drafted: EUR 4\u202f261.23" in page
    assert "by API key tests" in page
    assert "How line 1 is priced" in page
    assert "Margin" in page
    assert "Time machine" not in page


async def test_a_sent_quote_tells_the_next_reminder_and_the_end(caller: Caller, desks: Desks) -> None:
    """By the same rules as `next_events` of the API."""
    quote = await caller.sent()
    page = await read(desks, quote)
    assert "The customer is reminded on" in page
    assert "7 days before the end. If nobody answers, it expires on" in page
    assert "in 30 days" in page or "in 29 days" in page
    assert "Record a yes" in page
    assert f"was sent to {quote['readers'][0]['address']}" in page
    assert "may accept, version 1" in page
    assert "http://temporal-ui.test/" in await shown(desks[Role.VIEWER], f"/desk/quotes/{quote['id']}")


async def test_a_viewer_reads_everything_and_can_do_nothing(caller: Caller, desks: Desks) -> None:
    """No way to act is shown to who may not."""
    quote = await caller.sent()
    page = await read(desks, quote, role=Role.VIEWER)
    assert "You can read this quote" in page
    assert "Withdraw" not in page
    assert "Close this link" not in page


async def test_an_accepted_quote_shows_its_evidence_and_only_an_admin_may_annul(
    caller: Caller, desks: Desks
) -> None:
    """Evidence in words; the grave step is an admin's."""
    quote = await caller.done(await caller.sent(), "accept", {**SIGNER, "purchase_order_number": "PO-4711"})
    page = await read(desks, quote)
    assert "Accepted by Maria Huber, maria@acme.example.com" in page
    assert "PO-4711" in page
    assert "was accepted by Maria Huber, by phone" in page
    assert "Recorded by API key tests" in page
    assert "Annul the acceptance" not in page
    assert "Annul the acceptance" in await read(desks, quote, role=Role.ADMIN)


async def test_what_was_chosen_stands_in_the_evidence_and_the_next_step_comes_first(
    caller: Caller, desks: Desks
) -> None:
    """Of what was offered side by side; before a yes there is no total. The owner is told by name."""
    line = {"description": "Block", "specification": {**IN_TEXT, "quantity": 20}, "quantities": [20, 40]}
    quote = await caller.sent(lines=[line], owner="sales@tooling.example.com")
    page = await read(desks, quote)
    assert "Total to be chosen Valid until" in page
    assert "Owner sales What happens next" in page
    yes = {**SIGNER, "selection": [{"position": 1, "quantity": 40, "tier": "standard"}]}
    accepted = await read(desks, await caller.done(quote, "accept", yes))
    assert "Ordered 1. Block: 40 pieces, Standard service, ready in 10 working days, EUR" in accepted
    assert accepted.index("Hand the order over") < accepted.index("Send the confirmation again")


async def test_versions_stand_side_by_side(caller: Caller, desks: Desks) -> None:
    """What differs, both values, and by how much; the customer goes on seeing the first."""
    quote = await caller.sent()
    line = {"description": "Block", "specification": {**IN_TEXT, "quantity": 40}}
    assert (await caller.put(f"/quotes/{quote['id']}/pricing", {"lines": [line]})).status_code == 200
    page = await read(desks, quote)
    assert "1 with the customer, 2 in preparation" in page
    assert "Version 2 waits for you to send it" in page
    assert "in revision" in page
    compared = await read(desks, quote, "/compare")
    assert "Quantity 20 40" in compared
    assert compared.count("Quantity 20 40") == 1
    assert "Subtotal" not in compared  # it would say what the total says
    assert "EUR 4\u202f261.23" in compared
    assert "No difference" in await read(desks, quote, "/compare?old=2&new=2")
    assert "Quantity 40 20" in await read(desks, quote, "/compare?old=2&new=1")
    assert (await desks[Role.SALES].get(f"/desk/quotes/{quote['id']}/compare?old=9")).status_code == 404
    assert "40 pieces" in await read(desks, quote, "/versions/2")


async def test_verify_now_says_that_all_holds(caller: Caller, desks: Desks) -> None:
    """By the domain's rules, in words, with what was looked at."""
    quote = await caller.done(await caller.sent(), "accept", SIGNER)
    page = await read(desks, quote, "/verify")
    assert "Everything holds together." in page
    assert "1 version" in page


async def test_the_run_is_asked_on_a_page_of_its_own(caller: Caller, desks: Desks) -> None:
    """The run's own word; no other page waits for it."""
    quote = await caller.sent()
    assert "Reminder, 7 days left" in await read(desks, quote, "/run")


async def test_documents_and_files_come_through_the_desk(caller: Caller, desks: Desks) -> None:
    """The same bytes and digests as by the API, and only what belongs to the quote."""
    drawing = b"%PDF-1.7 a drawing"
    stored = (await caller.raw("/files", drawing, "application/pdf")).json()
    files = [{"sha256": stored["sha256"], "name": "Zeichnung ä.pdf", "line": 1}]
    quote = await caller.sent(files=files)
    other = await caller.draft()
    page = await shown(desks[Role.VIEWER], f"/desk/quotes/{quote['id']}")
    assert f"/desk/quotes/{quote['id']}/files/{stored['sha256']}" in page
    got = await desks[Role.VIEWER].get(f"/desk/quotes/{quote['id']}/files/{stored['sha256']}")
    assert (got.content, got.headers["content-type"]) == (drawing, "application/pdf")
    assert got.headers["content-disposition"].startswith("attachment; ")
    assert "sandbox" in got.headers["content-security-policy"]
    foreign = f"/desk/quotes/{other['id']}/files/{stored['sha256']}"
    assert (await desks[Role.VIEWER].get(foreign)).status_code == 404
    pdf = await made(caller, quote, 1)
    mine = await desks[Role.VIEWER].get(f"/desk/quotes/{quote['id']}/versions/1/pdf")
    assert mine.content == pdf.content
    assert mine.headers["content-digest"] == pdf.headers["content-digest"]


@pytest.mark.parametrize(
    "path",
    [
        *("", "/run", "/verify", "/compare", "/history", "/versions/1", "/versions/1/pdf", "/certificate"),
        *("/proof", "/extend", "/accept", "/links/00000000-0000-7000-8000-000000000000/close"),
    ],
)
@pytest.mark.parametrize("quote_id", ["garbage", "01890a5d-ac96-774b-bcce-b302099a8057", "%3Cscript%3E"])
async def test_what_is_not_there_is_a_page_that_says_so(desks: Desks, path: str, quote_id: str) -> None:
    """For ids of nothing and for no ids at all."""
    page = await shown(desks[Role.ADMIN], f"/desk/quotes/{quote_id}{path}", status=404)
    assert "<script>" not in page


async def test_markup_in_every_text_stays_text(caller: Caller, desks: Desks) -> None:
    """Names, lines, notes, reasons: what somebody typed is never read as a page."""
    customer = await caller.customer(name=f"Harker {HTML}")
    line = {"description": HTML, "part_number": HTML[:40], "specification": IN_TEXT}
    texts = dict.fromkeys(("notes", "introduction", "remarks", "terms", "customer_reference"), HTML)
    quote = await caller.draft(
        customer_id=customer["id"], lines=[line], external_id=f"{HTML}{uuid4()}", **texts
    )
    quote = await caller.done(quote, "send", {"message": HTML})
    quote = await caller.done(quote, "reject", {"reason": HTML, "method": "phone"})
    for more in ("", "/history", "/compare", "/versions/1", "/cancel", "/copy"):
        page = await shown(desks[Role.SALES], f"/desk/quotes/{quote['id']}{more}")
        assert "<script>alert" not in page
    assert HTML in await read(desks, quote)


async def test_history_goes_on_behind_the_page(
    caller: Caller, desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page by page, nothing twice and nothing left out."""
    for module in ("facts", "routes"):
        monkeypatch.setattr(f"api.desk.quotes.one.{module}.MOST_HAPPENINGS", 2)
    quote = await caller.done(await caller.sent(), "cancel", {"reason": "No material"})
    page = await shown(desks[Role.SALES], f"/desk/quotes/{quote['id']}")
    assert "What happened before" in page
    assert "was drafted" not in words(page)
    assert "was drafted" in await read(desks, quote, "/history?before=3")
