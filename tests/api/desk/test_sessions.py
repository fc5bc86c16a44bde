"""How long one is signed in, and that nothing typed is lost when that ends, nor while the record is away."""

import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import unquote
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa
from fastapi import FastAPI

from adapters.db.database import Database
from adapters.db.parties.sessions import DeskUser, forget_signed_in, keep_form
from adapters.db.parties.users import put_role
from adapters.settings import Settings
from adapters.tokens import token_hash
from api.app import create_app
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from domain.people.roles import Role
from tests.api.conftest import prepared, running, settings_for
from tests.api.desk.every_page import NOTHING
from tests.api.desk.people import at_desk, let_in, session_token
from tests.api.desk.test_who_may import LEAST
from tests.waiting import eventually

PAGE = "/desk/settings/users"
TYPED = {"address": "not-an-address", "name": '"Änne" <b>', "role": "manager"}
OPEN = frozenset({"/desk/sign-in", "/desk/sign-in/sent"})
"""What needs no record."""


@dataclass
class Person:
    """Somebody signed in: their browser, and the session's row."""

    user: DeskUser
    token: str
    http: httpx.AsyncClient
    record: Database

    async def move(self, **ages: str) -> None:
        """As if these times of the session lay so much longer ago."""
        for column, age in ages.items():
            moved = sa.text(
                f"UPDATE staff_sessions SET {column} = {column} - CAST(CAST(:age AS text) AS interval)"  # noqa: S608
                " WHERE token_hash = :hash"
            )
            async with self.record.write() as w:
                await w.run(moved, {"age": age, "hash": token_hash(self.token)})

    async def since_seen(self) -> float:
        """Seconds by the record."""
        asked = sa.text(
            "SELECT extract(epoch FROM clock_timestamp() - seen_at)::float FROM staff_sessions WHERE token_hash = :hash"
        )
        async with self.record.read() as r:
            return float(await r.value(asked, {"hash": token_hash(self.token)}))

    async def is_in(self) -> bool:
        return (await self.http.get(PAGE)).status_code == httpx.codes.OK


@pytest_asyncio.fixture(scope="module")
async def record(database_url: str) -> AsyncIterator[Database]:
    database = Database.connect(database_url)
    yield database
    await database.close()


@pytest_asyncio.fixture
async def person(app: FastAPI, record: Database) -> AsyncIterator[Person]:
    """An admin whom no other test knows."""
    user = await let_in(record, f"{uuid4().hex[:10]}@tooling.example.com", Role.ADMIN)
    assert user is not None
    token = await session_token(record, user)
    async with at_desk(app, token) as http:
        yield Person(user, token, http, record)


async def test_a_session_ends_when_nothing_is_opened_for_twelve_hours(person: Person) -> None:
    await person.move(seen_at="11 hours 59 minutes")
    assert await person.is_in()
    await person.move(seen_at="12 hours")
    assert not await person.is_in()


async def test_and_after_seven_days_in_any_case(person: Person) -> None:
    await person.move(created_at="6 days 23 hours")
    assert await person.is_in()
    await person.move(created_at="1 hour")
    assert not await person.is_in()


async def test_it_is_noted_once_a_minute_that_one_is_there(person: Person) -> None:
    """Not by what a page asks for on its own: left open over night, it keeps no session going."""
    await person.move(seen_at="50 seconds")
    assert await person.is_in()
    assert await person.since_seen() > 49
    await person.move(seen_at="10 seconds")
    await person.http.get(PAGE, headers={"Sec-Fetch-Dest": "empty"})
    assert await person.since_seen() > 59
    assert await person.is_in()
    assert await person.since_seen() < 49


async def test_a_form_sent_in_a_session_that_has_ended_comes_back_filled_in(
    app: FastAPI, person: Person
) -> None:
    """To its user alone, after the sign-in, with the address's other parameters; and it works from there."""
    await person.move(seen_at="13 hours")
    ended = await person.http.post(f"{PAGE}?back=1", data=TYPED)
    assert ended.status_code == httpx.codes.SEE_OTHER
    door, _, leads_to = ended.headers["location"].partition("?next=")
    assert door == "/desk/sign-in"
    leads_to = unquote(leads_to)
    assert re.fullmatch(rf"{PAGE}\?back=1&kept=[0-9a-f-]{{36}}", leads_to)
    shown = await person.http.get(ended.headers["location"])
    assert html.escape(leads_to) in shown.text
    async with at_desk(app, await session_token(person.record, person.user)) as again:
        back = await again.get(leads_to)
        assert 'value="not-an-address"' in back.text
        assert "&#34;Änne&#34; &lt;b&gt;" in back.text
        assert '<option value="manager" selected>' in back.text
        assert "kept=" not in (await again.get(PAGE)).text
        for nothing in ("x", "%00", f"{uuid4()}", "'"):
            empty = await again.get(f"{PAGE}?kept={nothing}")
            assert empty.status_code == httpx.codes.OK
            assert 'name="address" type="email" value=""' in empty.text
    other = await let_in(person.record, f"{uuid4().hex[:10]}@tooling.example.com", Role.ADMIN)
    assert other is not None
    async with at_desk(app, await session_token(person.record, other)) as stranger:
        assert "not-an-address" not in (await stranger.get(leads_to)).text


async def test_a_form_too_large_to_be_kept_stays_on_the_page(person: Person) -> None:
    await person.move(seen_at="13 hours")
    many = {f"field-{n}": "x" * 200_000 for n in range(8)}
    ended = await person.http.post(PAGE, data=many)
    assert ended.status_code == httpx.codes.UNAUTHORIZED
    assert "kept on this page" in ended.text
    assert ended.text.count('<input type="hidden"') == len(many)
    assert 'href="/desk/sign-in"' in ended.text


async def test_of_one_person_few_forms_are_kept(person: Person) -> None:
    for n in range(25):
        async with person.record.write() as w:
            await keep_form(w, user_id=person.user.id, path=PAGE, fields={"name": [str(n)]})
    async with person.record.read() as r:
        asked = sa.text(
            "SELECT fields->'name'->>0 AS kept FROM staff_forms WHERE user_id = CAST(:id AS uuid) ORDER BY created_at"
        )
        kept = [row["kept"] for row in await r.rows(asked, {"id": person.user.id})]
    assert kept == [str(n) for n in range(5, 25)]


async def test_who_was_sent_away_leaves_nothing_behind(person: Person) -> None:
    """Whose role was taken is out at once, and gives us nothing more to keep."""
    async with person.record.write() as w:
        await put_role(w, person.user.id, None, keeps_an_admin=False)
    answer = await person.http.post(PAGE, data=TYPED)
    assert answer.headers["location"] == f"/desk/sign-in?next={PAGE}"
    async with person.record.write() as w:  # and is not back by the old session with a role
        await put_role(w, person.user.id, Role.ADMIN, keeps_an_admin=False)
    assert not await person.is_in()


async def test_a_script_is_told_by_its_status(person: Person) -> None:
    """It would put the sign-in page into a part of its own."""
    await person.move(seen_at="13 hours")
    for method in ("GET", "POST"):
        answer = await person.http.request(method, PAGE, headers={"Sec-Fetch-Dest": "empty"})
        assert answer.status_code == httpx.codes.UNAUTHORIZED


async def test_what_is_over_is_deleted_in_time(person: Person) -> None:
    """Sessions a month after their end, forms after a week, links after a day; and nothing before."""
    async with person.record.write() as w:
        await keep_form(w, user_id=person.user.id, path=PAGE, fields={})
        await w.run(
            sa.text(
                "INSERT INTO staff_sign_ins (token_hash, user_id, leads_to, expires_at) "
                "VALUES (:hash, CAST(:id AS uuid), '/desk', clock_timestamp())"
            ),
            {"hash": uuid4().hex, "id": person.user.id},
        )
    count = sa.text("""
SELECT (SELECT count(*) FROM staff_sessions WHERE user_id = CAST(:id AS uuid))
    + (SELECT count(*) FROM staff_forms WHERE user_id = CAST(:id AS uuid))
    + (SELECT count(*) FROM staff_sign_ins WHERE user_id = CAST(:id AS uuid)) AS kept
""")

    async def kept() -> object:
        async with person.record.write() as w:
            await forget_signed_in(w)
            return await w.value(count, {"id": person.user.id})

    assert await kept() == 3
    for table, column, left in (
        ("staff_sign_ins", "expires_at", 2),
        ("staff_forms", "created_at", 1),
        ("staff_sessions", "created_at", 0),
    ):
        async with person.record.write() as w:
            moved = f"UPDATE {table} SET {column} = {column} - interval '37 days' WHERE user_id = CAST(:id AS uuid)"  # noqa: S608
            await w.run(sa.text(moved), {"id": person.user.id})
        assert await kept() == left


async def test_while_the_record_is_away_the_page_keeps_the_form(
    temporal: Temporal, mail_server: MailServer, own_postgres: Postgres
) -> None:
    """503 that says so, with what was typed; sent again from there when the record is back, it counts. The door stands open
    meanwhile, and a mail asked for then comes afterwards.
    """
    url = own_postgres.url()
    await prepared(url)
    settings: Settings = settings_for(url, temporal.address, mail_server.smtp_url, queue="desk-away")
    record = Database.connect(url)
    user = await let_in(record, "admin-away@tooling.example.com", Role.ADMIN)
    assert user is not None
    token = await session_token(record, user)
    await record.close()
    typed = {**TYPED, "address": "new@tooling.example.com", "name": 'New "Person" <i>'}
    async with running(create_app(settings=settings)) as app, at_desk(app, token) as desk:
        assert (await desk.get(PAGE)).status_code == httpx.codes.OK
        await own_postgres.stop()
        page = await desk.get(PAGE)
        assert page.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert "cannot be reached right now" in page.text
        answer = await desk.post(PAGE, data=typed)
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert answer.headers["retry-after"]
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', answer.text))
        assert {name: html.unescape(value) for name, value in hidden.items()} == typed
        for name in LEAST:
            method, path = name.split(" ")
            if path not in OPEN:
                every = await desk.request(
                    method,
                    re.sub(r"{[^}]+}", NOTHING, path),
                    data={"word": "é"} if method == "POST" else None,
                )
                assert every.status_code == httpx.codes.SERVICE_UNAVAILABLE, name
                assert (method == "POST") is ('name="word" value="é"' in every.text), name
        async with at_desk(app, None) as other:
            assert (await other.get("/desk/sign-in")).status_code == httpx.codes.OK
            asked = await other.post("/desk/sign-in", data={"address": user.address})
            assert asked.status_code == httpx.codes.SEE_OTHER
        await own_postgres.start()

        async def is_back() -> bool:
            return (await desk.get(PAGE)).status_code == httpx.codes.OK

        await eventually(is_back, "the record")
        again = await desk.post(PAGE, data=typed)
        assert again.headers["location"] == f"{PAGE}?done=in"
        assert "New &#34;Person&#34; &lt;i&gt;" in (await desk.get(PAGE)).text

        async def mail_has_come() -> bool:
            return bool(await mail_server.messages(to=user.address))

        await eventually(mail_has_come, "the mail that was asked for meanwhile")


@pytest_asyncio.fixture
async def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    """A server of one test's own, to be stopped."""
    folder = tmp_path_factory.mktemp("postgres")
    async with Postgres(folder, durable=False) as server:
        yield server
