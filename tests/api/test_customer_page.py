"""The customer's page over HTTP, between a real PostgreSQL, a real Temporal server and a real worker."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa

from adapters.db.clocks import add_offset
from adapters.db.database import Database
from adapters.db.inbox import NewCommand, Stored, store
from adapters.db.links import list_links, revoke_link
from adapters.db.quotes import find_quote
from adapters.settings import Settings
from adapters.temporal.client import connect
from adapters.tokens import LinkTokens
from api.app import create_app
from api.customer.pages import STYLE_PATH
from cli.stack.mail import Mail
from cli.stack.postgres import Postgres
from cli.stack.temporal import Temporal
from domain.quotes.status import QuoteStatus
from tests.api.conftest import SECRET, prepared, running, settings_for
from tests.api.customer_shop import BUYER, INTERNAL, SELLER, Shop
from worker import running_worker

YES = {
    "signer_name": "Jonathan Harker",
    "signer_email": BUYER,
    "purchase_order_number": "PO-88121",
    "consent": "yes",
    "version": "1",
}


@pytest_asyncio.fixture(scope="module")
async def settings(postgres: Postgres, temporal: Temporal, mail_server: Mail) -> Settings:
    """Of a database and a task queue of this module's own."""
    url = await postgres.create_database("customer_page")
    await prepared(url)
    return settings_for(url, temporal.address, mail_server.smtp_url, queue="customer-page")


@pytest_asyncio.fixture(scope="module")
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The record, as the tests look into it."""
    opened = Database.connect(settings.database_url.get_secret_value())
    yield opened
    await opened.close()


@pytest_asyncio.fixture(scope="module")
async def shop(database: Database) -> Shop:
    """The shop with its buyer."""
    opened = Shop(database, LinkTokens(SECRET))
    await opened.open()
    return opened


async def browser(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A browser before the app with these settings."""
    async with running(create_app(settings=settings)) as app:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=("192.0.2.7", 4711))
        headers = {"User-Agent": "Browser of a test"}
        async with httpx.AsyncClient(
            transport=transport, base_url="https://shop.test", headers=headers
        ) as http:
            yield http


@pytest_asyncio.fixture(scope="module")
async def customer(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A customer's browser, with a worker behind the page."""
    database = Database.connect(settings.database_url.get_secret_value())
    async with running_worker(await connect(settings, lazy=False), settings, database):
        async for http in browser(settings):
            yield http
    await database.close()


@pytest_asyncio.fixture(scope="module")
async def unanswered(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A customer's browser, where no worker runs."""
    async for http in browser(settings.model_copy(update={"task_queue": "nobody-listens"})):
        yield http


def read(answer: httpx.Response, status: int = 200) -> str:
    """The words of a page, which is HTML, closed to others, and free of internal figures."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert INTERNAL not in answer.text
    assert "1350.11" not in answer.text
    return " ".join(unescape(re.sub(r"<[^>]+>", "", answer.text)).split())


async def counted(shop: Shop) -> list[Any]:
    """All that is on record."""
    counts = [
        sa.text("SELECT count(*) FROM quote_events"),
        sa.text("SELECT count(*) FROM commands"),
        sa.text("SELECT count(*) FROM messages"),
        sa.text("SELECT count(*) FROM acceptances"),
        sa.text("SELECT sum(state_version) FROM quotes"),
    ]
    async with shop.database.read() as r:
        return [await r.value(count, {}) for count in counts]


async def status_of(shop: Shop, quote_id: str) -> QuoteStatus:
    """The status on record."""
    async with shop.database.read() as r:
        view = await find_quote(r, quote_id)
    assert view is not None
    return view.quote.status


async def test_opening_a_page_changes_nothing(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that HEAD and GET, as link scanners send them, leave the record as it was."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    before = await counted(shop)
    head = await customer.head(path)
    assert (head.status_code, head.content) == (200, b"")
    for _ in range(5):
        assert "Quote Q-" in read(await customer.get(path))
    assert await counted(shop) == before


async def test_the_offer_shows_what_was_sent(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that seller, lines, words of the specification, total and validity are on the page."""
    (path,) = await shop.paths(await shop.sent_quote())
    words = read(await customer.get(path))
    for saying in (
        "Keller Präzision GmbH offers you EUR 4,261.23",
        "Bearing block, left",
        "4711-A, revision C",
        "Aluminium, CNC machined",
        "finish: anodised natural",
        "Ready in 15 working days",
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
    assert "EUR 4,261.23 was accepted on" in words
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
    assert "Your acceptance did not take effect: this quote had been accepted already." in words
    assert "Thank you for your order" in words


async def test_declining_tells_the_shop_why(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that a reason is kept, that a second no is the same no, and that a yes then comes too late."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    no = {"reason": "Too late for us.\r\nJanuary!", "version": "1"}
    assert (await customer.post(f"{path}/reject", data=no)).status_code == 303
    assert "This quote was declined" in read(await customer.get(path))
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
    assert "version 2, over EUR 4,261.23 was accepted" in read(await customer.get(old))


async def test_a_late_yes_is_refused_and_explained(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that after the deadline the page is closed, and that a form opened before it is too late."""
    quote_id = await shop.sent_quote(days=1)
    (path,) = await shop.paths(quote_id)
    async with shop.database.write() as w:
        await add_offset(w, quote_id, timedelta(days=3))
    assert "This quote has expired" in read(await customer.get(path))
    words = read(await customer.post(f"{path}/accept", data=YES), 409)
    assert "Your acceptance did not take effect: it reached us after the quote had expired." in words


@pytest.mark.parametrize(
    ("last", "saying"),
    [
        ("expire", "This quote has expired"),
        ("cancel", "This quote was withdrawn"),
        ("revise", "is being revised"),
    ],
)
async def test_every_other_state_has_a_page_that_answers_forms_too(
    shop: Shop, customer: httpx.AsyncClient, last: str, saying: str
) -> None:
    """Proves that a quote which is no longer open says why, to whoever opens it or answers it."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    if last == "expire":
        await shop.expire(quote_id)
    elif last == "cancel":
        await shop.act(quote_id, "cancel", reason=INTERNAL)
    else:
        await shop.act(quote_id, "reject")
        await shop.revise(quote_id)
    assert saying in read(await customer.get(path))
    for answer, form in (("accept", YES), ("reject", {"version": "1"})):
        words = read(await customer.post(f"{path}/{answer}", data=form), 409)
        assert saying in words
        assert "did not take effect" in words


async def test_a_form_with_errors_stores_nothing_and_keeps_what_was_typed(
    shop: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves that a wrong form is told field by field before anything is stored."""
    (path,) = await shop.paths(await shop.sent_quote())
    before = await counted(shop)
    answer = await customer.post(f"{path}/accept", data=YES | {"signer_email": "harker", "consent": ""})
    words = read(answer, 422)
    assert "It should look like name@example.com." in words
    assert "Please tick the box to confirm." in words
    assert 'value="Jonathan Harker"' in answer.text
    for bad in ({"version": "2"}, {"signer_name": "Jon\u202eathan"}, {"signer_name": "=?utf-8?q?x?="}):
        read(await customer.post(f"{path}/accept", data=YES | bad), 422)
    assert await counted(shop) == before


async def test_a_name_of_ten_megabytes_is_refused_with_a_page(
    shop: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves that a flood ends in a clean page."""
    (path,) = await shop.paths(await shop.sent_quote())
    words = read(await customer.post(f"{path}/accept", data=YES | {"signer_name": "a" * 10_000_000}), 413)
    assert "more text than this form can take" in words
    read(await customer.post(f"{path}/accept", json=YES), 415)


@pytest.mark.parametrize(
    "token",
    ["x", "a" * 43, "a" * 5_000, "%00", "%F0%9F%98%80", "..%2f..", "'; DROP TABLE quotes; --", "assets"],
)
async def test_an_unknown_link_is_a_page_for_every_method(customer: httpx.AsyncClient, token: str) -> None:
    """Proves that garbage is answered with a page and never with a problem."""
    for method, rest in (("GET", ""), ("POST", "/accept"), ("POST", "/reject"), ("PUT", ""), ("GET", "/x/y")):
        answer = await customer.request(method, f"/q/{token}{rest}", data=YES if method == "POST" else None)
        assert "There is nothing at this address" in read(answer, 404)


async def test_a_revoked_link_is_gone(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that a closed link shows nothing of the quote and takes no form."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    async with shop.database.write() as w:
        (link,) = await list_links(w, quote_id)
        assert await revoke_link(w, link.id)
    for answer in (await customer.get(path), await customer.post(f"{path}/accept", data=YES)):
        words = read(answer, 410)
        assert "This link is no longer valid" in words
        assert "4,261.23" not in words
    assert await status_of(shop, quote_id) is QuoteStatus.SENT


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
    (stored,) = await shop.quotes.overdue_commands(quote_id, (await shop.quote(quote_id)).valid_until)
    await shop.decide(quote_id, stored)
    assert "Thank you for your order" in read(await unanswered.get(again))


async def test_a_foreign_command_in_the_address_is_ignored(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that `?c=` tells nothing about commands of other quotes, and that garbage in it is nothing."""
    other = await shop.sent_quote()
    async with shop.database.write_each() as w:
        foreign = await store(w, NewCommand(name="cancel", quote_id=other, actor="key:test"))
    assert isinstance(foreign, Stored)
    (path,) = await shop.paths(await shop.sent_quote())
    for named in (foreign.envelope.command_id, "x", "", "00000000-0000-0000-0000-000000000000"):
        assert "Accept for EUR" in read(await customer.get(path, params={"c": named}))


async def test_no_log_line_holds_a_token_or_a_name(
    shop: Shop, customer: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Proves that whoever reads the logs can neither open a page nor learn who signed."""
    caplog.set_level("DEBUG")
    (path,) = await shop.paths(await shop.sent_quote())
    await customer.get(path)
    await customer.post(f"{path}/accept", data=YES)
    own = [
        r.getMessage()
        for r in caplog.records
        if r.name.partition(".")[0] in {"api", "activities", "adapters"}
    ]
    assert any("/q/{token}" in line for line in own)
    for secret in (path.removeprefix("/q/"), "Harker", BUYER):
        assert not [line for line in own if secret in line]


async def test_a_database_that_is_away_is_a_page_too(settings: Settings) -> None:
    """Proves 503 with a hint when to come back, and no word about what is broken."""
    nowhere = Settings.model_validate(
        {
            "DATABASE_URL": "postgresql://nobody:x@127.0.0.1:1/none",
            "TEMPORAL_ADDRESS": settings.temporal_address,
            "FIRM_OFFER_SECRET": SECRET,
        }
    )
    async for http in browser(nowhere):
        for answer in (await http.get("/q/" + "a" * 43), await http.post("/q/x/accept", data=YES)):
            assert "Nothing is lost." in read(answer, 503)
            assert answer.headers["retry-after"] == "30"


async def test_the_style_sheet_is_served_for_ever(customer: httpx.AsyncClient) -> None:
    """Proves type and caching of the one file that a page loads."""
    answer = await customer.get(STYLE_PATH)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in answer.headers["cache-control"]
    assert (await customer.head(STYLE_PATH)).status_code == 200
