"""The customer's page over HTTP, between a real PostgreSQL, a real Temporal server and a real worker."""

import asyncio
import re
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from adapters.db.quotes.links import list_links
from adapters.db.record.clocks import add_offset
from adapters.settings import Settings
from api.app import create_app
from api.customer.submit import network_address
from domain.quotes.events import EventType
from domain.quotes.status import QuoteStatus
from tests.api.caller import break_off
from tests.api.conftest import running
from tests.api.customer.reading import YES, counted, events_of, read, status_of
from tests.api.customer.shop import BUYER, SELLER, Shop


async def test_opening_a_page_changes_nothing(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that HEAD and GET, as link scanners send them, leave the record as it was."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    before = await counted(shop, quote_id)
    head = await customer.head(path)
    assert (head.status_code, head.content) == (200, b"")
    for _ in range(5):
        assert "Quote Q-" in read(await customer.get(path))
    assert await counted(shop, quote_id) == before


async def test_the_offer_shows_what_was_sent(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that seller, lines, words of the specification, total and validity are on the page."""
    (path,) = await shop.paths(await shop.sent_quote())
    words = read(await customer.get(path))
    for saying in (
        "Keller Präzision GmbH offers you EUR 4\u202f261.23",
        "Bearing block, left",
        "4711-A, revision C",
        "Aluminium, CNC machined",
        "finish: anodised natural",
        "Standard service, ready in 15 working days",
        "(Europe/Berlin)",
        SELLER.consent_text,
    ):
        assert saying in words


async def test_accepting_leads_to_a_thank_you(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves the main job: form, redirect, thank-you, and the evidence that is kept."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    answer = await customer.post(f"{path}/accept", data=YES)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    words = read(await customer.get(path))
    assert "Thank you for your order" in words
    assert "EUR 4\u202f261.23, was accepted on" in words
    assert await status_of(shop, quote_id) is QuoteStatus.ACCEPTED
    async with shop.database.read() as r:
        statement = sa.text(
            "SELECT actor, payload FROM commands WHERE quote_id = CAST(:id AS uuid) AND name = 'accept'"
        )
        (command,) = await r.rows(statement, {"id": quote_id})
        (link,) = await list_links(r, quote_id)
    assert command["actor"] == f"link:{link.id}"
    kept = command["payload"]
    assert kept["method"] == "online"
    assert (kept["signer_name"], kept["signer_email"]) == ("Jonathan Harker", BUYER)
    assert (kept["link_id"], kept["recipient"]) == (link.id, BUYER)
    assert (kept["purchase_order_number"], kept["consent_text"]) == ("PO-88121", SELLER.consent_text)
    assert (kept["ip"], kept["user_agent"]) == ("192.0.2.7", "Browser of a test")
    assert "page_opened_at" not in kept


async def test_a_double_click_is_one_acceptance(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that two posts at once, and a third later, all lead to the thank-you."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    answers = await asyncio.gather(*(customer.post(f"{path}/accept", data=YES) for _ in range(2)))
    answers.append(await customer.post(f"{path}/accept", data=YES))
    assert [answer.status_code for answer in answers] == [303] * 3


async def test_of_two_recipients_one_accepts_and_the_other_is_told(
    shop: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves that the second recipient's yes is answered with what holds already."""
    quote_id = await shop.new_quote()
    await shop.act(quote_id, "send", recipients=[BUYER, "boss@harker-hydraulics.example"])
    first, second = await shop.paths(quote_id)
    assert (await customer.post(f"{first}/accept", data=YES)).status_code == 303
    words = read(await customer.post(f"{second}/accept", data=YES), 409)
    assert "Your acceptance did not take effect: this quote had already been accepted." in words
    assert "Thank you for your order" in words


async def test_of_two_recipients_at_once_one_accepts(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that the record has one yes, and that the other hand is told so, whoever comes first."""
    quote_id = await shop.new_quote()
    await shop.act(quote_id, "send", recipients=[BUYER, "boss@harker-hydraulics.example"])
    paths = await shop.paths(quote_id)
    answers = await asyncio.gather(*(customer.post(f"{path}/accept", data=YES) for path in paths))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert len(await events_of(shop, quote_id, EventType.ACCEPTED)) == 1


async def test_declining_tells_the_shop_why(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that a reason is kept, that a second no is the same no, and that a yes then comes too late."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    no = {"reason": "Too late for us.\r\nJanuary!", "version": "1"}
    assert (await customer.post(f"{path}/reject", data=no)).status_code == 303
    assert "This quote has been declined" in read(await customer.get(path))
    assert (await customer.post(f"{path}/reject", data=no)).status_code == 303
    words = read(await customer.post(f"{path}/accept", data=YES), 409)
    assert "Your acceptance did not take effect" in words
    async with shop.database.read() as r:
        statement = sa.text(
            "SELECT data ->> 'reason' FROM messages WHERE quote_id = CAST(:id AS uuid) AND kind = 'rejected'"
        )
        assert await r.value(statement, {"id": quote_id}) == "Too late for us.\nJanuary!"


async def test_an_old_versions_form_is_answered_with_the_newer_version(
    shop: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves that page and form of a superseded version lead to the newer one, which can be accepted."""
    quote_id = await shop.sent_quote()
    await shop.revise(quote_id)
    (old,) = await shop.paths(quote_id)
    assert "Accept for EUR" in read(await customer.get(old))
    await shop.act(quote_id, "send", recipients=[BUYER])
    new = (await shop.paths(quote_id))[1]
    page = await customer.get(old)
    assert "There is a newer version" in read(page)
    assert f'href="{new}"' in page.text
    refused = await customer.post(f"{old}/accept", data=YES)
    assert "Your acceptance did not take effect: there is a newer version" in read(refused, 409)
    assert f'href="{new}"' in refused.text
    assert (await customer.post(f"{new}/accept", data=YES | {"version": "2"})).status_code == 303
    assert "version 2, for EUR 4\u202f261.23, was accepted" in read(await customer.get(old))


async def test_a_late_yes_is_refused_and_explained(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that after the deadline the page is closed, and that a form opened before it is too late."""
    quote_id = await shop.sent_quote(days=1)
    (path,) = await shop.paths(quote_id)
    async with shop.database.write() as w:
        await add_offset(w, quote_id, timedelta(days=3))
    assert "This quote has expired" in read(await customer.get(path))
    words = read(await customer.post(f"{path}/accept", data=YES), 409)
    assert "Your acceptance did not take effect: it reached us after the quote had expired." in words


async def test_a_click_that_nobody_answers_is_shown_as_received(
    shop: Shop, unanswered: httpx.AsyncClient
) -> None:
    """Proves that the page tells when the click was received, looks again, and shows the outcome then."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    answer = await unanswered.post(f"{path}/accept", data=YES)
    assert re.search(r"Received at \d\d:\d\d:\d\d CES?T, being processed\.", read(answer, 202))
    found = re.search(r'content="3; url=([^"]+)"', answer.text)
    assert found is not None
    again = unescape(found[1])
    assert "being processed" in read(await unanswered.get(again), 202)
    assert "being processed" in read(
        await unanswered.get(path), 202
    )  # the link opened anew asks nobody again
    (stored,) = await shop.desk.overdue_commands(quote_id, (await shop.quote(quote_id)).valid_until)
    await shop.decide(quote_id, stored)
    assert "Thank you for your order" in read(await unanswered.get(again))


@pytest.mark.parametrize(
    ("forwarded", "kept"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:50123", "203.0.113.9"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%" + "z" * 3_000, "fe80::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("198.51.100.66, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 192.0.2.7", "203.0.113.9"),
        ("unknown", None),
        ("_hidden", None),
        ("203.0.113.9.", None),
        ("1" * 3_031, None),
        ("<script>alert(1)</script>", None),
        (None, "192.0.2.7"),
    ],
)
async def test_the_evidence_holds_an_address_or_none(forwarded: str | None, kept: str | None) -> None:
    """Proves that only what a trusted proxy added counts, and that of it only an address is kept."""
    told: list[str | None] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        told.append(network_address(scope["client"][0]))

    header = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope: Any = {"type": "http", "client": ("192.0.2.7", 4711), "headers": header}
    nothing: Any = None
    await ProxyHeadersMiddleware(app, trusted_hosts="192.0.2.7")(scope, nothing, nothing)
    assert told == [kept]


async def test_what_is_no_address_is_not_kept(shop: Shop, page_settings: Settings) -> None:
    """Proves it with the whole page behind uvicorn's own reading of the header."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    unlistened = page_settings.model_copy(update={"task_queue": "nobody-listens"})
    async with running(create_app(settings=unlistened)) as app:
        behind: Any = ProxyHeadersMiddleware(app, trusted_hosts="127.0.0.1")  # type: ignore[arg-type]
        transport = httpx.ASGITransport(app=behind)
        async with httpx.AsyncClient(transport=transport, base_url="https://shop.test") as http:
            headers = {"X-Forwarded-For": "9" * 3_031}
            read(await http.post(f"{path}/reject", data={"version": "1"}, headers=headers), 202)
    async with shop.database.read() as r:
        statement = sa.text(
            "SELECT payload FROM commands WHERE quote_id = CAST(:id AS uuid) AND name = 'reject'"
        )
        kept = await r.value(statement, {"id": quote_id})
    assert "ip" not in kept
    assert kept["method"] == "online"


async def test_a_form_that_breaks_off_is_no_error(
    shop: Shop, page_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Proves that nothing is answered or stored, and that the log tells of no failure."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    before = await counted(shop, quote_id)
    async with running(create_app(settings=page_settings)) as app:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert await break_off(app, f"{path}/accept", headers) == []
    assert await counted(shop, quote_id) == before
    logged = capsys.readouterr().err
    assert '"status": 499' in logged
    assert "failed" not in logged
