"""The door: links by mail, and what does not open it."""

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import SecretStr

from adapters.db.database import Database
from adapters.db.parties.sign_ins import make_local_link
from adapters.db.parties.users import put_role
from adapters.settings import Settings
from adapters.tokens import new_token, token_hash
from api.app import create_app
from cli.local.mail import MailServer
from domain.people.roles import LINKS_PER_PERSON, Role
from tests.api.conftest import running
from tests.api.desk.people import at_desk, let_in, session_token
from tests.waiting import eventually

Answer = httpx.Response


@pytest_asyncio.fixture(scope="module")
async def record(database_url: str) -> AsyncIterator[Database]:
    database = Database.connect(database_url)
    yield database
    await database.close()


@pytest_asyncio.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """One that nobody has signed in with."""
    async with at_desk(app, None) as http:
        yield http


@pytest_asyncio.fixture
async def somebody(record: Database) -> str:
    """The address of a person of sales who is new here."""
    address = f"{uuid4().hex[:10]}@tooling.example.com"
    await let_in(record, address, Role.SALES, name="Kim Berg")
    return address


async def ask(browser: httpx.AsyncClient, address: str, leads_to: str = "/desk") -> Answer:
    answer = await browser.post("/desk/sign-in", data={"address": address, "next": leads_to})
    assert answer.status_code == httpx.codes.SEE_OTHER
    return answer


async def link_to(mail_server: MailServer, address: str, *, number: int = 1) -> str:
    """The path of the link in the mail of that number to the address."""
    mails: list[dict[str, Any]] = []

    async def has_come() -> bool:
        mails[:] = await mail_server.messages(to=address)
        return len(mails) >= number

    await eventually(has_come, "the mail with the link")
    found = re.search(r"http://\S+(/desk/sign-in/[\w-]{43})\s", mails[number - 1]["text"])
    assert found is not None
    return found[1]


async def later(record: Database, path: str, by: str) -> None:
    """As if the link had been sent so much longer ago."""
    moved = sa.text(
        "UPDATE staff_sign_ins SET expires_at = expires_at - CAST(:by AS text)::interval WHERE token_hash = :hash"
    )
    async with record.write() as w:
        assert await w.run(moved, {"by": by, "hash": token_hash(path.rpartition("/")[2])}) == 1


async def test_a_link_signs_in_once_in_the_browser_that_asked(
    browser: httpx.AsyncClient, app: FastAPI, somebody: str, mail_server: MailServer
) -> None:
    """Looking at it uses nothing up; its button leads to where one wanted to go, and afterwards it is over for everybody."""
    await ask(browser, somebody.upper(), "/desk/settings/sessions?x=1")
    path = await link_to(mail_server, somebody)
    for _ in range(2):
        shown = await browser.get(path)
        assert shown.status_code == httpx.codes.OK
        assert "Kim Berg" in shown.text
        assert f'<form method="post" action="{path}">' in shown.text
        assert "desk" not in browser.cookies
    entered = await browser.post(path)
    assert entered.status_code == httpx.codes.SEE_OTHER
    assert entered.headers["location"] == "/desk/settings/sessions?x=1"
    assert "desk-browser" not in browser.cookies
    assert (await browser.get("/desk/settings/sessions")).status_code == httpx.codes.OK
    assert (await browser.get(path)).status_code == httpx.codes.SEE_OTHER
    async with at_desk(app, None) as other:
        used = await other.post(path)
    assert used.status_code == httpx.codes.GONE
    assert "This link was used before" in used.text
    assert "Send me a new link" in used.text
    assert "desk" not in used.cookies


async def test_the_mail_is_whole(browser: httpx.AsyncClient, somebody: str, mail_server: MailServer) -> None:
    """In text and in HTML, from the shop; by nothing but its link can anybody sign in."""
    await ask(browser, somebody)
    path = await link_to(mail_server, somebody)
    [mail] = await mail_server.messages(to=somebody)
    assert mail["subject"] == "Your link to sign in"
    assert mail["text"].startswith("Hello Kim Berg,")
    assert path in mail["html"]
    assert "ACME Tooling" in mail["html"]
    assert "Quote" not in mail["html"]


async def test_another_browser_cannot_use_it(
    browser: httpx.AsyncClient, app: FastAPI, somebody: str, mail_server: MailServer
) -> None:
    """With no cookie, or with that of a link of its own; who asked still can."""
    await ask(browser, somebody)
    path = await link_to(mail_server, somebody)
    async with at_desk(app, None) as other:
        for _ in range(2):
            for answer in (await other.get(path), await other.post(path)):
                assert answer.status_code == httpx.codes.FORBIDDEN
                assert "belongs to another browser" in answer.text
                assert "Kim Berg" not in answer.text
            await ask(other, "nobody@tooling.example.com")
    assert (await browser.post(path)).headers["location"] == "/desk"


async def test_after_ten_minutes_it_has_expired(
    browser: httpx.AsyncClient, record: Database, somebody: str, mail_server: MailServer
) -> None:
    await ask(browser, somebody)
    path = await link_to(mail_server, somebody)
    await later(record, path, "9 minutes 50 seconds")
    assert (await browser.get(path)).status_code == httpx.codes.OK
    await later(record, path, "10 seconds")
    for answer in (await browser.get(path), await browser.post(path)):
        assert answer.status_code == httpx.codes.GONE
        assert "This link has expired" in answer.text
        assert "for 10 minutes" in answer.text
    assert (await browser.get("/desk/keys")).status_code == httpx.codes.SEE_OTHER


async def test_a_link_that_is_none(browser: httpx.AsyncClient) -> None:
    for token in ("a" * 43, "x", "a" * 190, "%00"):
        for answer in (
            await browser.get(f"/desk/sign-in/{token}"),
            await browser.post(f"/desk/sign-in/{token}"),
        ):
            assert answer.status_code == httpx.codes.NOT_FOUND
    elsewhere = await browser.get(
        "/desk/sign-in/..%2f"
    )  # no page of the door: who is not signed in has to get in
    assert elsewhere.status_code == httpx.codes.SEE_OTHER


async def test_asked_for_a_hundred_times_few_mails_go_out(
    browser: httpx.AsyncClient, record: Database, somebody: str, mail_server: MailServer
) -> None:
    """And every answer is the same. Ten minutes later one goes out again."""
    answers = {
        (a.status_code, a.headers["location"]) for a in [await ask(browser, somebody) for _ in range(100)]
    }
    assert len(answers) == 1
    last = f"{uuid4().hex[:10]}@tooling.example.com"
    await let_in(record, last, Role.VIEWER)
    await ask(browser, last)
    await link_to(mail_server, last)  # what was asked before has been seen to, but for the last few
    assert len(await mail_server.messages(to=somebody)) == LINKS_PER_PERSON
    async with record.write() as w:
        await w.run(
            sa.text("UPDATE staff_sign_ins SET created_at = created_at - interval '10 minutes'"),
        )
    await ask(browser, somebody)
    await link_to(mail_server, somebody, number=LINKS_PER_PERSON + 1)


async def test_all_of_the_shop_are_sent_so_many_and_no_more(
    browser: httpx.AsyncClient, record: Database, somebody: str, mail_server: MailServer
) -> None:
    """By links of others, sixty within ten minutes; nobody is told."""
    other = await let_in(record, f"{uuid4().hex[:10]}@tooling.example.com", Role.VIEWER)
    assert other is not None
    many = sa.text("""
INSERT INTO staff_sign_ins (token_hash, user_id, browser_hash, leads_to, expires_at)
SELECT 'crowd ' || n, CAST(:user AS uuid), 'x', '/desk', clock_timestamp() FROM generate_series(1, 60) AS n
""")
    async with record.write() as w:
        await w.run(many, {"user": other.id})
    await ask(browser, somebody)
    async with record.write() as w:
        await w.run(sa.text("DELETE FROM staff_sign_ins WHERE token_hash LIKE 'crowd %'"))
    await ask(browser, somebody)
    await link_to(mail_server, somebody)
    assert len(await mail_server.messages(to=somebody)) <= 2


async def test_an_address_that_was_not_let_in_gets_the_same_answer_and_no_mail(
    browser: httpx.AsyncClient, app: FastAPI, record: Database, somebody: str, mail_server: MailServer
) -> None:
    """Nor one that offers name, but that has no role. Not a header of the answer differs."""
    named = f"{uuid4().hex[:10]}@tooling.example.com"
    await let_in(record, named, None)
    told = []
    for address in (f"{uuid4().hex[:10]}@tooling.example.com", named, somebody):
        async with at_desk(app, None) as http:
            answer = await ask(http, address)
            page = await http.get(answer.headers["location"])
            told.append((answer.status_code, _headers(answer), page.status_code, page.text, _headers(page)))
    assert told[0] == told[1] == told[2]
    await link_to(mail_server, somebody)
    assert await mail_server.messages(to=named) == []


def _headers(answer: Answer) -> Mapping[str, str]:
    """What is the same by right: not the request's id, nor the random part of the cookie."""
    cookie = re.sub(r"=[\w-]{43};", "=…;", answer.headers.get("set-cookie", ""))
    return {**answer.headers, "x-request-id": "", "set-cookie": cookie}


@pytest.mark.parametrize("typed", ["", "nobody", "a@b\nBcc: c@d.example", "ä@example.com", "x@" + "y" * 300])
async def test_what_is_no_address_is_told(browser: httpx.AsyncClient, typed: str) -> None:
    answer = await browser.post("/desk/sign-in", data={"address": typed, "next": "/desk/keys"})
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "must " in answer.text
    assert 'value="/desk/keys"' in answer.text


async def test_a_mail_server_that_is_away_for_a_moment_costs_nobody_a_link(
    settings: Settings, somebody: str, tmp_path: Path
) -> None:
    """Who asked is answered at once; the mail comes when the server is back."""
    server = MailServer(tmp_path)
    away = settings.model_copy(update={"smtp_url": SecretStr(server.smtp_url)})
    async with running(create_app(settings=away)) as app, at_desk(app, None) as browser:
        await ask(browser, somebody)
        await server.start()
        try:
            path = await link_to(server, somebody)
            assert (await browser.post(path)).headers["location"] == "/desk"
        finally:
            await server.stop()


async def test_what_anybody_may_send_is_small(browser: httpx.AsyncClient) -> None:
    large = await browser.post("/desk/sign-in", data={"address": "x" * 16 * 1024})
    assert large.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    assert "more than 16 kB" in large.text


async def test_who_lost_the_role_cannot_use_a_link_that_is_on_its_way(
    browser: httpx.AsyncClient, record: Database, mail_server: MailServer
) -> None:
    user = await let_in(record, f"{uuid4().hex[:10]}@tooling.example.com", Role.SALES)
    assert user is not None
    await ask(browser, user.address)
    path = await link_to(mail_server, user.address)
    async with record.write() as w:
        await put_role(w, user.id, None, keeps_an_admin=False)
    assert (await browser.post(path)).status_code == httpx.codes.NOT_FOUND


async def test_a_session_is_never_one_that_the_browser_brought(
    app: FastAPI, record: Database, somebody: str, mail_server: MailServer
) -> None:
    """Signing in makes a new token, and ends the session that the browser had before, whosever it was."""
    other = await let_in(record, f"{uuid4().hex[:10]}@tooling.example.com", Role.ADMIN)
    assert other is not None
    planted = await session_token(record, other)
    async with at_desk(app, planted) as browser:
        await ask(browser, somebody)
        path = await link_to(mail_server, somebody)
        entered = await browser.post(path)
    assert entered.cookies["desk"] != planted
    async with at_desk(app, planted) as before:
        assert (await before.get("/desk/keys")).status_code == httpx.codes.SEE_OTHER


async def test_cookies_are_for_this_host_alone(
    settings: Settings, record: Database, somebody: str, mail_server: MailServer
) -> None:
    """Over TLS by their names too; never for scripts, nor for other sites' forms."""
    by_tls = settings.model_copy(update={"public_url": "https://desk.example.com"})
    async with running(create_app(settings=by_tls)) as app:
        transport = httpx.ASGITransport(app=app)
        headers = {"Sec-Fetch-Site": "same-origin"}
        async with httpx.AsyncClient(
            transport=transport, base_url="https://desk.example.com", headers=headers
        ) as browser:
            answer = await ask(browser, somebody)
            flags = "Max-Age={}; Path=/; SameSite=lax; Secure"
            assert _flags(answer, "__Host-desk-browser") == "HttpOnly; " + flags.format(3600)
            mails: list[dict[str, Any]] = []

            async def has_come() -> bool:
                mails[:] = await mail_server.messages(to=somebody)
                return bool(mails)

            await eventually(has_come, "the mail")
            found = re.search(r"https://desk\.example\.com(/desk/sign-in/\S+)", mails[0]["text"])
            assert found
            entered = await browser.post(found[1])
            assert _flags(entered, "__Host-desk") == "HttpOnly; " + flags.format(7 * 24 * 3600)
            assert (page := await browser.get("/desk/keys")).status_code == httpx.codes.OK
            assert page.headers["strict-transport-security"]
            out = await browser.post("/desk/sign-out")
            assert "Max-Age=0" in _flags(out, "__Host-desk")
            assert (await browser.get("/desk/keys")).status_code == httpx.codes.SEE_OTHER


def _flags(answer: Answer, name: str) -> str:
    [cookie] = [each for each in answer.headers.get_list("set-cookie") if each.startswith(f"{name}=")]
    return "; ".join(part.strip() for part in cookie.split(";")[1:])


async def test_headers_keep_pages_to_this_browser_and_this_site(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/desk/sign-in")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|<script>|\son\w+=|\sstyle=", page.text)


async def test_no_secret_is_in_the_log(
    browser: httpx.AsyncClient,
    somebody: str,
    mail_server: MailServer,
    capfd: pytest.CaptureFixture[str],
    app: FastAPI,
) -> None:
    """Nor whose address was asked for."""
    from adapters.logs import configure_logging  # noqa: PLC0415 - by now the test's own standard error

    configure_logging("DEBUG")
    await ask(browser, somebody)
    path = await link_to(mail_server, somebody)
    await browser.get(path)
    entered = await browser.post(path)
    await browser.get("/desk/keys")
    lines = capfd.readouterr().err.splitlines()
    told = "\n".join(line for line in lines if '"logger": "httpx"' not in line)  # the test's own browser
    assert "signed_in" in told
    for secret in (path.rpartition("/")[2], entered.cookies["desk"], somebody, "Kim Berg"):
        assert secret not in told


async def test_the_link_of_the_local_run_belongs_to_the_first_browser_that_opens_it(
    settings: Settings, record: Database, somebody: str
) -> None:
    """And works nowhere but in the local run."""
    user = await let_in(record, somebody, Role.ADMIN)
    assert user is not None
    token = new_token()
    async with record.write() as w:
        await make_local_link(w, user_id=user.id, token_hash=token_hash(token))
    path = f"/desk/sign-in/{token}"
    async with running(create_app(settings=settings)) as app, at_desk(app, None) as elsewhere:
        assert (await elsewhere.get(path)).status_code == httpx.codes.FORBIDDEN
    local = settings.model_copy(update={"environment": "local"})
    async with (
        running(create_app(settings=local)) as app,
        at_desk(app, None) as scanner,
        at_desk(app, None) as first,
        at_desk(app, None) as second,
    ):
        assert (await scanner.head(path)).status_code == httpx.codes.OK
        assert (await scanner.post(path)).status_code == httpx.codes.FORBIDDEN
        assert (await first.get(path)).status_code == httpx.codes.OK
        assert (await second.get(path)).status_code == httpx.codes.FORBIDDEN
        assert (await first.post(path)).headers["location"] == "/desk"
        assert (await first.get("/desk/keys")).status_code == httpx.codes.OK
