"""Admins say who may sign in; everybody sees their own sessions."""

import asyncio
import re
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa
from fastapi import FastAPI

from adapters.db.database import Database
from adapters.db.parties.sessions import find_user
from adapters.db.parties.staff import has_acted
from adapters.db.parties.users import LastAdminError, put_role
from domain.people.roles import Role
from tests.api.caller import Caller
from tests.api.desk.conftest import Desks
from tests.api.desk.forms import post
from tests.api.desk.people import at_desk, let_in, session_token
from tests.waiting import eventually

USERS = "/desk/settings/users"


@pytest_asyncio.fixture(scope="module")
async def record(database_url: str) -> AsyncIterator[Database]:
    database = Database.connect(database_url)
    yield database
    await database.close()


def new(**more: str) -> dict[str, str]:
    return {"address": f"{uuid4().hex[:10]}@tooling.example.com", "name": "Kim Berg", "role": "sales"} | more


async def test_an_admin_lets_somebody_in_changes_the_role_and_takes_it(
    desks: Desks, app: FastAPI, record: Database
) -> None:
    """What may be done follows at once, also in sessions that go on; without a role they end."""
    admin, person = desks[Role.ADMIN], new()
    done = await admin.post(USERS, data=person | {"address": person["address"].upper()})
    assert done.headers["location"] == f"{USERS}?done=in"
    assert "may sign in from now on" in (await admin.get(done.headers["location"])).text
    async with record.read() as r:
        user = await find_user(r, person["address"])
    assert user is not None
    assert user.role is Role.SALES
    page = await admin.get(USERS)
    assert f'<a href="{USERS}/{user.id}">Kim Berg</a>' in page.text
    async with at_desk(app, await session_token(record, user)) as theirs:
        assert (await theirs.get(USERS)).status_code == httpx.codes.FORBIDDEN
        path = f"{USERS}/{user.id}"
        saved = await admin.post(path, data={"name": "Kim O'Berg", "phone": "+49 7152 1", "role": "admin"})
        assert saved.headers["location"] == f"{path}?done=saved"
        assert (await theirs.get(USERS)).status_code == httpx.codes.OK
        shown = (await admin.get(path)).text
        assert 'value="Kim O&#39;Berg"' in shown
        assert 'value="+49 7152 1"' in shown
        taken = await admin.post(path, data={"name": "Kim O'Berg", "phone": "", "role": "none"})
        assert taken.headers["location"] == f"{path}?done=out"
        assert (await theirs.get(USERS)).status_code == httpx.codes.SEE_OTHER
    assert "cannot sign in" in (await admin.get(USERS)).text


async def test_who_is_in_already_is_not_let_in_twice(desks: Desks) -> None:
    person = new()
    assert (await desks[Role.ADMIN].post(USERS, data=person)).status_code == httpx.codes.SEE_OTHER
    again = await desks[Role.ADMIN].post(USERS, data=person | {"role": "admin", "name": "Typed"})
    assert again.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "was let in before" in again.text
    assert 'value="Typed"' in again.text


@pytest.mark.parametrize(
    ("field", "typed"),
    [("address", "nobody"), ("address", ""), ("name", "a\nb"), ("name", ""), ("role", "owner"), ("role", "")],
)
async def test_what_is_wrong_is_said_beside_the_field(desks: Desks, field: str, typed: str) -> None:
    """With all that was typed, HTML as text."""
    form = new() | {"name": "<script>1</script>"} | {field: typed}
    wrong = await desks[Role.ADMIN].post(USERS, data=form)
    assert wrong.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert f'<a href="#{field}">' in wrong.text
    assert f'id="{field}-error"' in wrong.text
    assert "<script>1" not in wrong.text
    assert f'value="{form["address"]}"' in wrong.text


async def test_the_last_admin_stays(record: Database, desks: Desks) -> None:
    """At the desk; also where two admins take each other's role in the same moment."""
    names = [f"{uuid4().hex[:10]}@tooling.example.com" for _ in range(2)]
    users = [await let_in(record, name, Role.ADMIN) for name in names]
    async with record.write() as w:  # for a moment nobody else is one
        await w.run(
            sa.text("UPDATE staff_users SET role = NULL WHERE role = 'admin' AND address <> ALL(:names)"),
            {"names": names},
        )

    async def take(user_id: str) -> bool:
        async with record.write() as w:
            return await put_role(w, user_id, Role.SALES, keeps_an_admin=True)

    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")

    async def second_waits() -> bool:
        async with record.read() as r:
            return bool(second.done() or await r.value(waiting))

    first_user, second_user = (user.id for user in users if user)
    try:
        async with record.write() as w:
            assert await put_role(w, first_user, Role.SALES, keeps_an_admin=True)
            second = asyncio.create_task(take(second_user))
            await eventually(second_waits, "the second, behind the first")
        with pytest.raises(LastAdminError):
            await second
    finally:
        await let_in(record, "admin@tooling.example.com", Role.ADMIN)
    for user in users:
        assert user is not None
        async with record.write() as w:
            await put_role(w, user.id, None, keeps_an_admin=False)
    admin = desks[Role.ADMIN]
    async with record.read() as r:
        me = await find_user(r, "admin@tooling.example.com")
    assert me is not None
    for role in ("none", "manager"):
        kept = await admin.post(f"{USERS}/{me.id}", data={"name": "Admin", "role": role})
        assert kept.status_code == httpx.codes.UNPROCESSABLE_ENTITY
        assert "make another person admin first" in kept.text
    assert (await admin.get(USERS)).status_code == httpx.codes.OK


async def test_sessions_are_seen_and_ended(desks: Desks, app: FastAPI, record: Database) -> None:
    """One's own, one by one or all; nobody else's, but by an admin."""
    user = await let_in(record, new()["address"], Role.VIEWER)
    assert user is not None
    async with (
        at_desk(app, await session_token(record, user)) as here,
        at_desk(app, await session_token(record, user)) as there,
    ):
        page = (await here.get("/desk/settings/sessions")).text
        rows = {re.findall(r'value="([0-9a-f-]{36})"', row)[0]: row for row in page.split("<tr>")[2:]}
        assert len(rows) == 2
        [mine] = [each for each, row in rows.items() if "this one" in row]
        [other] = rows.keys() - {mine}
        stranger = await desks[Role.SALES].post("/desk/settings/sessions", data={"session": other})
        assert stranger.status_code == httpx.codes.SEE_OTHER
        assert (await there.get("/desk/keys")).status_code == httpx.codes.OK
        await here.post("/desk/settings/sessions", data={"session": other})
        assert (await there.get("/desk/keys")).status_code == httpx.codes.SEE_OTHER
        assert mine in (await here.get("/desk/settings/sessions?done=ended")).text
        await desks[Role.ADMIN].post(f"{USERS}/{user.id}", data={"session": "all"})
        assert (await here.get("/desk/keys")).status_code == httpx.codes.SEE_OTHER


async def test_whoever_leaves_is_in_charge_of_open_quotes(
    desks: Desks, caller: Caller, record: Database
) -> None:
    """Their page counts them and leads to them; a withdrawn one is none."""
    admin, person = desks[Role.ADMIN], new()
    await admin.post(USERS, data=person)
    async with record.read() as r:
        user = await find_user(r, person["address"])
    assert user is not None
    path = f"{USERS}/{user.id}"
    assert "In charge of" not in (await admin.get(path)).text
    drafts = [await caller.draft(owner=person["address"]) for _ in range(3)]
    await caller.done(drafts[2], "cancel")
    shown = (await admin.get(path)).text
    found = re.search(r'In charge of <a href="([^"]+)">2 open quotes</a>', shown)
    assert found is not None
    listed = (await admin.get(found[1].replace("&amp;", "&"))).text
    assert [quote["number"] in listed for quote in drafts] == [True, True, False]


@pytest.mark.parametrize("id_", ["01890a5d-ac96-774b-bcce-b302099a8057", "x", "%00", "1'--"])
async def test_somebody_who_is_not_there(desks: Desks, id_: str) -> None:
    for answer in (
        await desks[Role.ADMIN].get(f"{USERS}/{id_}"),
        await desks[Role.ADMIN].post(f"{USERS}/{id_}", data={"role": "admin", "name": "X"}),
        await desks[Role.ADMIN].post("/desk/settings/sessions", data={"session": id_}),
    ):
        assert answer.status_code in {httpx.codes.NOT_FOUND, httpx.codes.SEE_OTHER}


async def test_who_has_acted_is_known(desks: Desks, caller: Caller, record: Database) -> None:
    """By an event of a quote: then `firm-offer user remove` keeps the person."""
    quote = await caller.sent()
    await post(desks[Role.MANAGER], f"/desk/quotes/{quote['id']}/cancel", {"reason": "No material"})
    idle = await let_in(record, f"{uuid4().hex[:10]}@tooling.example.com", Role.SALES)
    async with record.read() as r:
        manager = await find_user(r, "manager@tooling.example.com")
        assert manager is not None
        assert idle is not None
        assert (await has_acted(r, manager.id), await has_acted(r, idle.id)) == (True, False)
