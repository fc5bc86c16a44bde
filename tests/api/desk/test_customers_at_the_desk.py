"""Customers at the desk: found, made, changed, merged; and people forgotten."""

import re
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr

from adapters.db.database import Database
from adapters.settings import Settings
from api.app import create_app
from domain.people.roles import Role
from tests.api.caller import Caller
from tests.api.conftest import running
from tests.api.desk.conftest import Desks
from tests.api.desk.forms import hidden
from tests.api.desk.people import at_desk, let_in, session_token

CUSTOMERS = "/desk/customers"
NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"
EVIL = "<script>alert(1)</script>"


def edition(page: str) -> str:
    return found[1] if (found := re.search(r'name="edition" value="([^"]*)"', page)) else ""


async def made(desk: httpx.AsyncClient, **typed: str | list[str]) -> str:
    """A new customer's page."""
    answer = await desk.post(f"{CUSTOMERS}/new", data={"email": "buyer@nord.example.com", **typed})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


async def test_a_customer_is_made_shown_and_found(desks: Desks) -> None:
    """With HTML in every field, which stays text; a percentage is a rate."""
    sales, mark = desks[Role.SALES], uuid4().hex[:10]
    typed: dict[str, str | list[str]] = {
        "name": f"{mark} {EVIL}",
        "address": f"{EVIL}\r\n\r\n8020 Graz",
        "tax_id": EVIL,
        "tax_rate": "19,5 %",
        "customer_tier": "premium",
        "contact_name": ["Ada", "", EVIL],
        "contact_email": ["ada@nord.example.com", "", ""],
        "contact_phone": ["", "", EVIL],
        "contact_role": [EVIL, "", ""],
    }
    path = await made(sales, **typed)
    shown = (await desks[Role.VIEWER].get(path)).text
    assert shown.count("&lt;script&gt;") >= 6
    assert EVIL not in shown
    assert "19.5 %" in shown
    assert "8020 Graz" in shown
    listed = (await desks[Role.VIEWER].get(CUSTOMERS, params={"q": mark})).text
    assert listed.count(f'href="{path}"') == 1
    assert EVIL not in listed
    form = (await desks[Role.MANAGER].get(f"{path}/edit")).text
    assert EVIL not in form
    assert 'value="19.5"' in form
    nothing = (
        await desks[Role.VIEWER].get(CUSTOMERS, params={"q": f"{uuid4().hex} </title>", "cursor": "garbage"})
    ).text
    assert "Nobody is called so" in nothing


async def test_what_is_wrong_stands_beside_its_field(desks: Desks) -> None:
    """As it was typed, contacts by their rows; nothing is stored."""
    mark = uuid4().hex
    typed = {
        "name": mark,
        "email": "nobody",
        "tax_rate": "a lot",
        "time_zone": "Europe/Atlantis",
        "contact_name": ["Ada", ""],
        "contact_email": ["a@b.example", "not one"],
        "contact_phone": ["", ""],
        "contact_role": ["", ""],
    }
    answer = await desks[Role.SALES].post(f"{CUSTOMERS}/new", data=typed)
    assert answer.status_code == 422
    for name in ("email", "tax_rate", "time_zone", "contacts-1-name", "contacts-1-email"):
        assert f'id="{name}-error"' in answer.text, name
    assert "Contact 2, email" in answer.text
    assert f'value="{mark}"' in answer.text
    assert "Nobody is called so" in (await desks[Role.SALES].get(CUSTOMERS, params={"q": mark})).text
    both = await desks[Role.SALES].post(
        f"{CUSTOMERS}/new",
        data={"name": mark, "email": "a@b.example", "tax_rate": "19", "no_tax_reason": "Export"},
    )
    assert 'id="tax_rate-error"' in both.text or "not both" in both.text


async def test_two_who_edit_at_once_do_not_overwrite_each_other(desks: Desks) -> None:
    """The second is shown what the first did, keeps what was typed, and may save after that."""
    manager = desks[Role.MANAGER]
    path = await made(desks[Role.SALES], name="Nord")
    begun = edition((await manager.get(f"{path}/edit")).text)
    typed = {"email": "buyer@nord.example.com", "customer_tier": "standard", "edition": begun}
    first = await manager.post(f"{path}/edit", data={**typed, "name": "Nord One"})
    assert first.headers["location"] == f"{path}?done=saved"
    second = await manager.post(f"{path}/edit", data={**typed, "name": "Nord Two"})
    assert second.status_code == 409
    assert "Nord One" in second.text
    assert 'value="Nord Two"' in second.text
    again = await manager.post(
        f"{path}/edit", data={**typed, "name": "Nord Two", "edition": edition(second.text)}
    )
    assert again.status_code == 303
    assert "Nord Two" in (await manager.get(path)).text


async def test_merging_shows_what_will_be_and_old_addresses_lead_on(desks: Desks, silent: Caller) -> None:
    """The customer that stays gets what it lacked; the other's page leads to it."""
    manager = desks[Role.MANAGER]
    stays = await silent.customer(name=f"Nord {uuid4().hex[:8]} {EVIL}")
    goes = await silent.customer(name=f"Nordlicht {EVIL}", email="old@nord.example.com")
    path = f"{CUSTOMERS}/{goes['id']}/merge"
    found = (await manager.get(path, params={"q": stays["name"]})).text
    assert f"into={stays['id']}" in found
    preview = (await manager.get(path, params={"into": stays["id"]})).text
    assert "old@nord.example.com" in preview
    assert "cannot be taken back" in preview
    assert "old@nord.example.com" in preview.partition("What goes")[2]
    assert EVIL not in found + preview
    assert (await manager.post(path, data={"into": goes["id"]})).status_code == 422
    assert (await manager.post(path, data={"into": NOBODY})).status_code == 422
    assert (await manager.post(path, data={"into": EVIL})).status_code == 422
    for _ in range(2):
        answer = await manager.post(path, data={"into": stays["id"]})
        assert answer.headers["location"] == f"{CUSTOMERS}/{stays['id']}?done=merged"
    led = await manager.get(f"{CUSTOMERS}/{goes['id']}")
    assert (led.status_code, led.headers["location"]) == (303, f"{CUSTOMERS}/{stays['id']}")


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (Role.VIEWER, "new", 403),
        (Role.VIEWER, "{id}/edit", 403),
        (Role.SALES, "{id}/edit", 403),
        (Role.SALES, "{id}/merge", 403),
        (Role.MANAGER, "{id}/forget", 403),
        (Role.MANAGER, f"{NOBODY}/edit", 404),
        (Role.MANAGER, "garbage/merge", 404),
        (Role.ADMIN, f"{NOBODY}/forget", 404),
    ],
)
async def test_who_may_not_or_finds_nothing_changes_nothing(
    desks: Desks, silent: Caller, role: Role, path: str, status: int
) -> None:
    """For the page and for its form."""
    customer = await silent.customer()
    address = f"{CUSTOMERS}/{path.format(id=customer['id'])}"
    assert (await desks[role].get(address)).status_code == status
    typed = {"name": "Changed", "email": "x@y.example", "do": "forget", "address": customer["email"]}
    assert (await desks[role].post(address, data=typed)).status_code == status
    assert (await silent.get(f"/customers/{customer['id']}")).json() == customer


@pytest_asyncio.fixture
async def owners_admin(settings: Settings, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """An admin at a desk that may connect as the owner of the tables."""
    own = settings.model_copy(update={"database_owner_url": SecretStr(database_url)})
    database = Database.connect(database_url)
    user = await let_in(database, "owners-admin@tooling.example.com", Role.ADMIN)
    assert user is not None
    async with (
        running(create_app(settings=own)) as app,
        at_desk(app, await session_token(database, user)) as desk,
    ):
        yield desk
    await database.close()


async def test_a_person_is_forgotten_as_the_plan_says(
    desks: Desks, owners_admin: httpx.AsyncClient, caller: Caller, app: FastAPI
) -> None:
    """Shown first, with what is kept; a desk without the owner's connection shows the plan and names the command."""
    address = f"ada.{uuid4().hex[:8]}@acme.example.com"
    customer = await caller.customer(contacts=[{"name": "Ada Lovelace", "email": address}])
    path = f"{CUSTOMERS}/{customer['id']}/forget"
    sent = await caller.sent(customer_id=customer["id"])
    form = (await owners_admin.get(path)).text
    assert f'value="{address}"' in form
    asked = {"do": "plan", "address": address, "names": "", "reason": "request"}
    in_the_way = (await owners_admin.post(path, data=asked)).text
    assert sent["number"] in in_the_way
    assert f'href="/desk/quotes/{sent["id"]}"' in in_the_way
    assert 'value="forget"' not in in_the_way
    refused = await owners_admin.post(path, data={**asked, "do": "forget"})
    assert (refused.status_code, sent["number"] in refused.text) == (422, True)
    shown = f"{CUSTOMERS}/{customer['id']}"
    until = re.compile(r'data-label="Open until"><time')
    assert until.search((await owners_admin.get(shown)).text)
    await caller.done(sent, "cancel")
    assert not until.search((await owners_admin.get(shown)).text)
    plan = (await owners_admin.post(path, data=asked)).text
    assert "customers: address, contacts" in plan
    elsewhere = (await desks[Role.ADMIN].post(path, data=asked)).text
    assert f"firm-offer forget {address}" in elsewhere
    assert 'value="forget"' not in elsewhere
    unable = await desks[Role.ADMIN].post(path, data={**asked, "do": "forget"})
    assert "firm-offer forget" in unable.text
    assert address in (await caller.get(f"/customers/{customer['id']}")).text
    done = await owners_admin.post(path, data={**asked, "do": "forget"})
    assert done.headers["location"] == f"{CUSTOMERS}/{customer['id']}?done=forgotten", done.text
    assert address not in (await caller.get(f"/customers/{customer['id']}")).text
    events = (await caller.get(f"/quotes/{sent['id']}/events", params={"verify": "true"})).json()
    assert events["data"][-1]["type"] == "quote.person_forgotten"
    assert events["data"][-1]["actor"].startswith("user:")
    assert events["verification"]["mismatches"] == []
    again = (await owners_admin.post(path, data=asked)).text
    assert "nothing to be blanked" in again


@pytest.mark.parametrize(
    "typed", [{"other": "nobody"}, {"address": EVIL}, {"address": "a@b.example", "names": "X"}, {}]
)
async def test_who_cannot_be_forgotten(desks: Desks, silent: Caller, typed: dict[str, str]) -> None:
    """No address, or a name that stands everywhere."""
    customer = await silent.customer()
    answer = await desks[Role.ADMIN].post(
        f"{CUSTOMERS}/{customer['id']}/forget", data={"do": "plan", **typed}
    )
    assert answer.status_code == 422
    assert EVIL not in answer.text


async def test_the_same_form_makes_one_customer(desks: Desks) -> None:
    """By its id, also without script; other words are another customer, and so is a form without an id."""
    desk = desks[Role.SALES]
    page = (await desk.get("/desk/customers/new")).text
    typed = {**hidden(page), "name": "Once GmbH", "email": "once@example.com", "customer_tier": "standard"}
    first, second = [await desk.post("/desk/customers/new", data=typed) for _ in range(2)]
    other = await desk.post("/desk/customers/new", data={**typed, "name": "Twice GmbH"})
    bare = await desk.post("/desk/customers/new", data={**typed, "form_id": ""})
    made = [each.headers["location"] for each in (first, second, other, bare)]
    assert made[0] == made[1]
    assert len(set(made)) == 3
