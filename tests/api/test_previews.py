"""What a preview shows is what is sent then, and nothing comes of it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa
from fastapi import FastAPI

from adapters.db.database import Database
from adapters.db.parties.seller import Seller, put_seller
from adapters.db.parties.staff import StaffUser, put_staff
from adapters.db.tables import metadata
from adapters.tokens import LinkTokens
from api.app import create_app
from api.v1.quotes.previews import LINK_TO_BE
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from domain.presentation.images import image_bytes
from tests.api.caller import PART, SIGNER, Caller, places, problem
from tests.api.conftest import SECRET, api_key, calling, prepared, running, settings_for
from tests.api.customer.shop import BUYER, Shop
from tests.unit.pdf.test_quote_pdf import pages, png
from tests.waiting import eventually

KINDS = ("page", "pdf", "email")
SELLER = Seller(name="ACME Tooling", email="quotes@tooling.example.com")
KEEPER = StaffUser(address="marta@tooling.example.com", name="Marta Keller", phone="+49 7")
LOGO = png(240, 64)
LINES: list[dict[str, Any]] = [
    {"description": f"Bearing block {number}", "specification": PART, "tax_rate": "0.19"}
    for number in range(1, 13)
]
each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest_asyncio.fixture(autouse=True)
async def keeper(database_url: str) -> None:
    """Somebody in the shop who is in charge."""
    database = Database.connect(database_url)
    async with database.write() as w:
        await put_staff(w, KEEPER)
    await database.close()


def path(quote: Mapping[str, Any], kind: str) -> str:
    """The address of a preview."""
    return f"/quotes/{quote['id']}/preview/{kind}"


async def preview(caller: Caller, quote: Mapping[str, Any], kind: str, body: Any = None) -> httpx.Response:
    """A preview that is shown."""
    answer = await caller.post(path(quote, kind), body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    return answer


async def draft(caller: Caller, **fields: Any) -> tuple[dict[str, Any], str]:
    """A draft of several pages with all that is copied when it is sent; and its buyer's address."""
    buyer = f"buyer-{uuid4().hex[:8]}@acme.example.com"
    customer = await caller.customer(
        email=buyer,
        address=["Dock 4", "Sheffield"],
        tax_id="GB 123456789",
        contacts=[{"name": "Jonathan Harker", "email": buyer, "phone": "+44 1"}],
        time_zone="Europe/London",
    )
    picture = await caller.raw("/files", image_bytes(LOGO) or b"", "image/png")
    files = [{"sha256": picture.json()["sha256"], "name": "block.png", "audience": "customer"}]
    texts = {"introduction": "As discussed.", "remarks": "Handle with care.", "customer_reference": "ANF-1"}
    quote = await caller.draft(
        customer_id=customer["id"], lines=LINES, files=files, owner=KEEPER.address, **texts, **fields
    )
    return quote, buyer


async def mail_of(mail_server: MailServer, quote: Mapping[str, Any], to: str, version: int) -> dict[str, Any]:
    """The email with that version to that reader, once it is there."""
    found: list[dict[str, Any]] = []

    async def has_come() -> bool:
        mails = await mail_server.messages(subject=quote["number"], to=to)
        name = f"{quote['number']}-v{version}.pdf"
        found[:] = [each for each in mails if name in str(each["attachments"]) and each["to"] == to]
        return bool(found)

    await eventually(has_come, "the email")
    return found[-1]


async def held(database: Database) -> dict[str, Any]:
    """How many rows each table has, and what all of them add up to."""
    async with database.read() as r:
        return {
            name: dict(await r.row(sa.select(sa.func.count(), _sum_of(table)).select_from(table)) or {})
            for name, table in metadata.tables.items()
            if name != "api_keys"  # when a key was used is noted beside the request
        }


def _sum_of(table: sa.Table) -> sa.ColumnElement[Any]:
    row = sa.cast(sa.func.row(*table.c), sa.Text)
    return sa.func.sum(sa.func.hashtextextended(row, 0))


async def test_an_email_is_as_it_is_sent_then(caller: Caller, mail_server: MailServer) -> None:
    """Headers, both halves and the attachment's name, for whom may answer and who may only read, of the first version and
    of the next; but for the link, which reads as none and leads nowhere.
    """
    quote, buyer = await draft(caller)
    to = [buyer, f"reads-{buyer}"]
    body: dict[str, Any] = {
        "recipients": to,
        "read_only": to[1:],
        "message": "As discussed on the phone.",
        "valid_until": "2027-06-30",
    }
    for version in (1, 2):
        shown = {
            reader: (await preview(caller, quote, "email", {**body, "reader": reader})).json()
            for reader in to
        }
        await caller.done(quote, "send", body)
        for reader in to:
            is_as_sent(shown[reader], await mail_of(mail_server, quote, reader, version))
        assert "Dear Jonathan Harker" in shown[buyer]["text"]
        assert KEEPER.name in shown[buyer]["reply_to"]
        assert "accept or decline it" in shown[buyer]["text"]
        assert "accept or decline it" not in shown[to[1]]["text"]
        assert (await caller.put(f"/quotes/{quote['id']}/pricing", {"reprice": True})).status_code == 200
    assert (await caller.http.get(f"/q/{LINK_TO_BE}")).status_code == 404


def is_as_sent(shown: dict[str, Any], sent: dict[str, Any]) -> None:
    """The same email, but for its link."""
    link = re.search(r"http://\S+/q/[\w-]{43}\b", sent["text"])
    assert link is not None
    placeholder = f"{link[0].rpartition('/')[0]}/{LINK_TO_BE}"
    assert placeholder in shown["text"]
    for half in ("text", "html"):
        assert shown[half].strip() == sent[half].replace(link[0], placeholder).replace("\r\n", "\n").strip()
    assert (shown["from"], shown["to"], shown["subject"]) == (sent["from"], sent["to"], sent["subject"])
    assert shown["reply_to"] == sent["headers"]["Reply-To"]
    assert shown["attachments"] == [each["filename"] for each in sent["attachments"]]


async def test_a_document_is_as_it_is_sent_then_and_every_page_says_draft(caller: Caller) -> None:
    """The same words on the same pages, and one more across each."""
    quote, _ = await draft(caller)
    answer = await preview(caller, quote, "pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'inline; filename="{quote["number"]}-v1-draft.pdf"'
    shown = [*pages(answer.content)]
    await caller.done(quote, "send")
    document: list[httpx.Response] = []

    async def is_made() -> bool:
        document[:] = [await caller.get(f"/quotes/{quote['id']}/versions/1/pdf")]
        return document[0].status_code == 200

    await eventually(is_made, "the document")
    sent = [*pages(document[0].content)]
    assert len(sent) > 1
    assert not any("DRAFT" in page for page in sent)
    assert [page.count("DRAFT") for page in shown] == [1] * len(sent)
    assert [page.replace("DRAFT", "").strip() for page in shown] == sent


def words(html: str) -> str:
    """What the page's main part says; what differs from reader to reader and moment to moment taken out."""
    main = html.partition("<main>")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main)).strip()


async def test_a_page_is_as_its_reader_sees_it_then(caller: Caller) -> None:
    """The same words; for a version after the first with what is new; for whom may only read without the forms."""
    quote, buyer = await draft(caller)
    to = [buyer, "reads@acme.example.com"]
    body: dict[str, Any] = {"recipients": to, "read_only": to[1:]}
    for version in (1, 2):
        shown = [
            words((await preview(caller, quote, "page", {**body, "reader": reader})).text) for reader in to
        ]
        assert words((await preview(caller, quote, "page", body)).text) == shown[0]
        await caller.done(quote, "send", body)
        links = (await caller.get(f"/quotes/{quote['id']}/links")).json()["data"]
        of_version = {link["recipient"]: link["id"] for link in links if link["version"] == version}
        for reader, page in zip(to, shown, strict=True):
            token = LinkTokens(SECRET).token(of_version[reader])
            assert page == words((await caller.http.get(f"/q/{token}")).text)
        assert ("Accept this quote" in shown[0], "Accept this quote" in shown[1]) == (True, False)
        assert ("New since version 1, which you had before" in shown[0]) is (version == 2)
        revised = {"lines": LINES[:5], "remarks": "Handle with more care."}
        assert (await caller.put(f"/quotes/{quote['id']}/pricing", revised)).status_code == 200


async def test_a_page_leads_nowhere_and_loads_nothing(caller: Caller, database_url: str) -> None:
    """No script, no address but places in the page itself, no form that can be sent, the logo in it; by its policy too."""
    database = Database.connect(database_url)
    async with database.write() as w:
        await put_seller(w, replace(SELLER, logo=LOGO, phone="+44 2"))
    try:
        quote, buyer = await draft(caller)
        answer = await preview(caller, quote, "page")
    finally:
        async with database.write() as w:
            await put_seller(w, SELLER)
        await database.close()
    html = answer.text
    assert f'src="{LOGO}"' in html
    assert 'aria-disabled="true"><bdi>block.png</bdi></a>' in html
    assert "Preview: nothing was sent." in html
    assert buyer in html
    assert "<script" not in html
    assert "<link" not in html
    assert {address[:1] for address in re.findall(r'href="([^"]*)"', html)} == {"#"}
    assert set(re.findall(r'(?:form)?action="([^"]*)"', html)) <= {
        f"/q/preview/{name}" for name in ("accept", "change", "reject", "share")
    }
    assert re.search(r'<main>\s*<fieldset class="inert" disabled>', html)
    assert re.findall(r'name="(?:content_hash|opened_at|form_id|slip)" value="(.+?)"', html) == []
    header = answer.headers["content-security-policy"]
    [within] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert header == within.replace("&#39;", "'") + "; frame-ancestors 'none'"
    assert re.sub(r"'sha256-[^']+'", "#", header) == (
        "default-src 'none'; style-src # #; img-src data:; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


async def test_nothing_comes_of_it(postgres: Postgres, temporal: Temporal, mail_server: MailServer) -> None:
    """In no table is there a row more or another one, of a draft and of a quote that is out; beside it nothing else happens."""
    url = await postgres.create_database("previews")
    await prepared(url)
    database = Database.connect(url)
    shop = Shop(database, LinkTokens(SECRET))
    await shop.open()
    quotes = [await shop.new_quote(), await shop.sent_quote()]
    await shop.revise(quotes[1])
    settings = settings_for(url, temporal.address, mail_server.smtp_url, queue="nobody-listens")
    async with (
        running(create_app(settings=settings)) as app,
        calling(app, await api_key(url, "quote")) as caller,
    ):
        before = await held(database)
        assert before["quote_events"]["count_1"] > 2
        for quote, kind in product([{"id": each} for each in quotes], KINDS):
            await preview(caller, quote, kind, {"recipients": ["new@acme.example.com"], "valid_days": 9})
            problem(await caller.post(path(quote, kind), {"recipients": []}), 422, "no_recipient")
        assert await held(database) == before
    await shop.act(quotes[0], "send", recipients=[BUYER])
    assert await held(database) != before
    await database.close()


WRONG: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "no recipients": ({"recipients": []}, {}),
    "no address": ({"recipients": ["nobody"]}, {}),
    "who reads alone is nobody": ({"read_only": ["reads@acme.example.com"]}, {}),
    "a stranger": ({"contact": "Nobody"}, {}),
    "in the past": ({"valid_until": "2020-01-01"}, {}),
    "too far": ({"valid_until": "2199-01-01"}, {}),
    "both": ({"valid_until": "2027-01-01", "valid_days": 3}, {}),
    "stale": ({}, {"If-Match": '"99"'}),
    "unreadable": ({"cc": "x"}, {}),
}


@each_kind
@pytest.mark.parametrize("wrong", list(WRONG))
async def test_what_sending_refuses_is_not_shown(caller: Caller, kind: str, wrong: str) -> None:
    """The same problem, word for word, but for the command: none was stored."""
    quote = await caller.draft()
    body, headers = WRONG[wrong]
    shown = await caller.post(path(quote, kind), body, headers=headers)
    sent = await caller.post(f"/quotes/{quote['id']}/send", body, headers=headers)
    assert told(shown) == told(sent)
    assert shown.status_code in {412, 422}
    assert "command_id" not in shown.json()


def told(answer: httpx.Response) -> dict[str, Any]:
    """What a problem says, without what is of this very request."""
    body = problem(answer, answer.status_code, answer.json()["code"])
    return {
        name: value for name, value in body.items() if name not in {"command_id", "instance", "request_id"}
    }


async def test_a_quote_that_cannot_be_sent_is_not_shown(caller: Caller) -> None:
    """One that is out, accepted, rejected, cancelled: the same conflict as sending it."""
    quotes = [await caller.sent() for _ in range(3)]
    await caller.done(quotes[0], "accept", SIGNER)
    await caller.done(quotes[1], "cancel")
    for quote in quotes:
        sent = await caller.post(f"/quotes/{quote['id']}/send")
        for kind in KINDS:
            shown = await caller.post(path(quote, kind))
            assert told(shown) == told(sent)
            problem(shown, 409, "quote_not_sendable")


async def test_a_reader_is_one_of_the_recipients(caller: Caller) -> None:
    """However the address is written; anybody else is refused."""
    quote, buyer = await draft(caller)
    shown = (await preview(caller, quote, "email", {"reader": buyer.upper()})).json()
    assert shown["to"] == buyer
    answer = await caller.post(path(quote, "email"), {"reader": "else@acme.example.com"})
    problem(answer, 422, "validation_failed")
    assert places(answer) == {("/reader", "not_a_recipient")}


async def test_it_takes_the_scope_of_sending(app: FastAPI, caller: Caller, database_url: str) -> None:
    """Who may only read sends nothing, and is shown nothing of it."""
    quote = await caller.draft()
    async with calling(app, await api_key(database_url, "read")) as reading:
        for kind in KINDS:
            problem(await reading.post(path(quote, kind)), 403, "forbidden")
            problem(await caller.post(f"/quotes/{uuid4()}/preview/{kind}"), 404, "quote_not_found")


async def test_a_draft_that_takes_too_long_is_tried_later(
    app: FastAPI, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with when; and then it is there."""
    quote = await caller.draft()
    with monkeypatch.context() as hurry:
        hurry.setattr(app.state.services.drafts, "_most_seconds", 0)
        answer = await caller.post(path(quote, "pdf"))
    problem(answer, 503, "preview_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    await preview(caller, quote, "pdf")


async def test_without_a_sender_there_is_no_email_to_show(caller: Caller, database_url: str) -> None:
    """A seller without an address: page and document are shown, and of the email why it waits."""
    quote = await caller.draft()
    database = Database.connect(database_url)
    async with database.write() as w:
        await put_seller(w, replace(SELLER, email=None))
    try:
        answer = await caller.post(path(quote, "email"))
        await preview(caller, quote, "page")
        await preview(caller, quote, "pdf")
    finally:
        async with database.write() as w:
            await put_seller(w, SELLER)
        await database.close()
    assert "has no email address" in problem(answer, 409, "email_not_composed")["detail"]
